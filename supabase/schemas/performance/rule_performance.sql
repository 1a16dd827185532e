-- What each automation rule did, as of the last refresh: from the totals of its rollups.
create materialized view everwatch.mv_rule_performance as
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
  coalesce(t.succeeded + t.failed, 0) as total_executions,
  coalesce(t.succeeded, 0) as successful_executions,
  coalesce(t.failed, 0) as failed_executions,
  round(100.0 * t.succeeded / nullif(t.succeeded + t.failed, 0), 2) as success_rate_pct,
  round(1.0 * t.duration_sum / nullif(t.timed, 0), 1) as avg_duration_ms,
  coalesce(t.affected, 0) as total_affected_contacts,
  coalesce(t.day_rows, 0) + coalesce(e.day_rows, 0) as executions_24h,
  coalesce(t.week_rows, 0) + coalesce(e.week_rows, 0) as executions_7d
from
  everwatch.automation_rules as r
  left join everwatch.segments as s on s.id = r.segment_id
  left join everwatch_private.totals as t on t.source = 'execution'
  and t.resource_id = r.id
  left join everwatch_private.window_edges as e on e.source = 'execution'
  and e.resource_id = r.id;

-- Unique, as a concurrent refresh needs it; the org first, as every reader asks by org.
create unique index mv_rule_performance_key on everwatch.mv_rule_performance (org_id, rule_id);

comment on materialized view everwatch.mv_rule_performance
  is 'Executions of each automation rule, of all time, as of everwatch_private.refreshed_at(); those that retention dropped count too. Members read it through everwatch_private.rule_performance().';
comment on column everwatch.mv_rule_performance.success_rate_pct
  is 'Percent of executions that succeeded; null when there was none.';
comment on column everwatch.mv_rule_performance.avg_duration_ms
  is 'Milliseconds, over executions whose duration is known; null when there is none.';
comment on column everwatch.mv_rule_performance.total_affected_contacts
  is 'Sum over executions: a contact that was affected twice counts twice.';
comment on column everwatch.mv_rule_performance.executions_24h
  is 'Executions of any status in the 24 hours before the refresh.';
comment on column everwatch.mv_rule_performance.executions_7d
  is 'Executions of any status in the 7 days before the refresh.';

grant select on everwatch.mv_rule_performance to service_role;

create function everwatch_private.rule_performance(org_id uuid)
  returns setof everwatch.mv_rule_performance
  language plpgsql stable security definer set search_path = ''
  as $$
begin
  return query
  select p.*
  from everwatch.mv_rule_performance as p
  where p.org_id = rule_performance.org_id
    and (select everwatch_private.may_read(rule_performance.org_id));
end
$$;

comment on function everwatch_private.rule_performance(uuid)
  is 'The rows of mv_rule_performance of one org, for those who may read that org; nothing for others.';

revoke execute on function everwatch_private.rule_performance(uuid) from public;
