-- mv_rule_performance as a plain materialized view, which reads every execution at each refresh.
create materialized view bench.rule_performance as
select
  r.id as rule_id,
  r.org_id,
  r.name as rule_name,
  r.type as rule_type,
  r.enabled,
  r.trigger_count,
  r.last_triggered_at,
  r.created_at,
  r.segment_id,
  s.name as segment_name,
  s.member_count as segment_member_count,
  coalesce(e.total, 0) as total_executions,
  coalesce(e.successful, 0) as successful_executions,
  coalesce(e.failed, 0) as failed_executions,
  round(100.0 * e.successful / e.total, 2) as success_rate_pct,
  e.avg_duration_ms,
  coalesce(e.affected_contacts, 0) as total_affected_contacts,
  coalesce(e.executions_24h, 0) as executions_24h,
  coalesce(e.executions_7d, 0) as executions_7d
from
  everwatch.automation_rules as r
  left join everwatch.segments as s on s.id = r.segment_id
  left join (
    select
      rule_id,
      count(*) as total,
      count(*) filter (where status = 'success') as successful,
      count(*) filter (where status = 'failed') as failed,
      round(avg(duration_ms), 1) as avg_duration_ms,
      sum(affected_contacts) as affected_contacts,
      count(*) filter (where executed_at >= now() - interval '24 hours') as executions_24h,
      count(*) filter (where executed_at >= now() - interval '7 days') as executions_7d
    from
      everwatch.rule_executions
    group by
      rule_id
  ) as e on e.rule_id = r.id;

create unique index rule_performance_key on bench.rule_performance (org_id, rule_id);
