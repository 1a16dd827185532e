-- What each automation rule did, as of the last refresh.
create materialized view public.mv_rule_performance as
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
  public.automation_rules as r
  left join public.segments as s on s.id = r.segment_id
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
      public.rule_executions
    group by
      rule_id
  ) as e on e.rule_id = r.id;

-- Unique, as a concurrent refresh needs it; the org first, as every reader asks by org.
create unique index mv_rule_performance_key on public.mv_rule_performance (org_id, rule_id);

comment on materialized view public.mv_rule_performance
  is 'Executions of each automation rule, from rule_executions, as of monitoring.refreshed_at(). Members read it through monitoring.rule_performance().';
comment on column public.mv_rule_performance.success_rate_pct
  is 'Percent of executions that succeeded; null when there was none.';
comment on column public.mv_rule_performance.avg_duration_ms
  is 'Milliseconds, over all executions; null when there was none.';
comment on column public.mv_rule_performance.total_affected_contacts
  is 'Sum over executions: a contact that was affected twice counts twice.';
comment on column public.mv_rule_performance.executions_24h
  is 'Executions of any status in the 24 hours before the refresh.';
comment on column public.mv_rule_performance.executions_7d
  is 'Executions of any status in the 7 days before the refresh.';

revoke all on public.mv_rule_performance from public, anon, authenticated, service_role;
grant select on public.mv_rule_performance to service_role;

create function monitoring.rule_performance(org_id uuid)
  returns setof public.mv_rule_performance
  language sql stable security definer set search_path = ''
  as $$
  select p.*
  from public.mv_rule_performance as p
  where p.org_id = rule_performance.org_id
    and (select monitoring.may_read(rule_performance.org_id))
$$;

comment on function monitoring.rule_performance(uuid)
  is 'The rows of mv_rule_performance of one org, for those who may read that org; nothing for others.';

revoke all
  on function monitoring.rule_performance(uuid)
  from public, anon, authenticated, service_role;
grant execute on function monitoring.rule_performance(uuid) to authenticated, service_role;
