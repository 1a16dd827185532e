-- What each automation rule did, as of the last refresh: from the totals of its rollups. A table, as row
-- level security is of tables; the refresh keeps it.
create table everwatch.mv_rule_performance (
  rule_id uuid primary key,
  org_id uuid not null,
  rule_name text not null,
  rule_type text not null,
  enabled boolean not null,
  trigger_count bigint not null,
  last_triggered_at timestamptz,
  created_at timestamptz not null,
  segment_id uuid,
  segment_name text,
  segment_member_count integer,
  total_executions bigint not null,
  successful_executions bigint not null,
  failed_executions bigint not null,
  success_rate_pct numeric,
  avg_duration_ms numeric,
  total_affected_contacts bigint not null,
  executions_24h bigint not null,
  executions_7d bigint not null,
  -- Every reader asks by org.
  unique (org_id, rule_id)
)
-- Room on each page for the rows that a refresh writes, so that no index is written with them.
with
  (fillfactor = 70);

comment on table everwatch.mv_rule_performance
  is 'Executions of each automation rule, of all time, as of everwatch_private.refreshed_at(); those that retention dropped count too. Only the refresh writes it.';
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

alter table everwatch.mv_rule_performance enable row level security;

grant select on everwatch.mv_rule_performance to authenticated, service_role;

create policy "members read what their orgs' rules did"
  on everwatch.mv_rule_performance
  for select
  to authenticated
  using (org_id = any (array(select everwatch_private.my_org_ids())));

create function everwatch_private.current_rule_performance(rule_ids uuid[])
  returns setof everwatch.mv_rule_performance
  language plpgsql stable set search_path = '' set plan_cache_mode = force_custom_plan
  as $$
begin
  return query
  select r.id, r.org_id, r.name, r.type, r.enabled, r.trigger_count, r.last_triggered_at, r.created_at,
    r.segment_id, s.name, s.member_count,
    coalesce(t.succeeded + t.failed, 0),
    coalesce(t.succeeded, 0),
    coalesce(t.failed, 0),
    round(100.0 * t.succeeded / nullif(t.succeeded + t.failed, 0), 2),
    round(1.0 * t.duration_sum / nullif(t.timed, 0), 1),
    coalesce(t.affected, 0),
    coalesce(t.day_rows, 0) + coalesce(e.day_rows, 0),
    coalesce(t.week_rows, 0) + coalesce(e.week_rows, 0)
  from everwatch.automation_rules as r
  left join everwatch.segments as s on s.id = r.segment_id
  left join everwatch_private.totals as t on t.source = 'execution' and t.resource_id = r.id
    and (rule_ids is null or t.resource_id = any (rule_ids))
  left join everwatch_private.execution_edges(rule_ids) as e on e.resource_id = r.id
  where rule_ids is null or r.id = any (rule_ids);
end
$$;

comment on function everwatch_private.current_rule_performance(uuid[])
  is 'The rows that mv_rule_performance has of these rules after a refresh, if nothing changes until then; null asks for all.';

revoke execute on function everwatch_private.current_rule_performance(uuid[]) from public;
