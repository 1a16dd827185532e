-- The read path of GET /functions/v1/monitoring/prometheus: everything in one round trip.
create function monitoring.prometheus(org_id uuid)
  returns jsonb
  language plpgsql stable security definer set search_path = '' set jit = off
  as $$
declare
  operator constant boolean := monitoring.reads_every_org();
  org_ids uuid[];
begin
  if operator and prometheus.org_id is null then
    org_ids := array(select o.id from public.orgs as o);
  else
    -- Whoever may not read the org is refused here.
    org_ids := array[monitoring.metrics_org(prometheus.org_id)];
  end if;
  return (
    select jsonb_build_object(
      'bounds_ms', to_jsonb(monitoring.duration_bounds_ms()),
      'orgs', (select coalesce(jsonb_agg(o), '[]') from monitoring.prometheus_orgs(org_ids) as o),
      'durations', (select coalesce(jsonb_agg(d), '[]') from monitoring.prometheus_durations(org_ids) as d),
      'webhooks', (select coalesce(jsonb_agg(w), '[]') from monitoring.prometheus_webhooks(org_ids) as w),
      'rules', (select coalesce(jsonb_agg(r), '[]') from monitoring.prometheus_rules(org_ids) as r),
      'rate_limits', (select coalesce(jsonb_agg(l), '[]') from monitoring.prometheus_rate_limits(org_ids) as l),
      'alerts', (
        select coalesce(jsonb_agg(a), '[]')
        from monitoring.prometheus_alerts(org_ids, operator and prometheus.org_id is null) as a
      ),
      'insights', (
        select coalesce(jsonb_agg(i), '[]')
        from monitoring.prometheus_insights(org_ids, operator and prometheus.org_id is null) as i
      ),
      'notifications', (
        select coalesce(jsonb_agg(n), '[]')
        from monitoring.prometheus_notifications(org_ids, operator and prometheus.org_id is null) as n
      ),
      'costs', monitoring.prometheus_costs(org_ids, operator),
      'refresh', jsonb_build_object(
        'every_seconds', extract(epoch from h.every)::integer,
        'refreshed_at', h.refreshed_at,
        'failures', h.failures,
        'duration_ms', (select r.duration_ms from monitoring.refresh_runs as r where r.id = h.last_run),
        -- It counts rows of all orgs.
        'backlog', case when operator then (select count(*) from monitoring.changes) end
      ),
      'history_complete', not exists (select from monitoring.backfills as b where b.finished_at is null),
      'jobs', s.status -> 'jobs',
      'http_requests_waiting', s.status -> 'http_requests_waiting',
      'pg_net_is_up', monitoring.pg_net_is_up()
    )
    from monitoring.refresh_health() as h
    cross join monitoring.system_status() as s (status)
  );
end
$$;

comment on function monitoring.prometheus(uuid)
  is 'What public.monitoring_prometheus answers; reads totals as their owner, of orgs that the caller may read.';

create function public.monitoring_prometheus(org_id uuid default null)
  returns jsonb
  language sql stable set search_path = ''
  as $$
  select monitoring.prometheus(monitoring_prometheus.org_id)
$$;

comment on function public.monitoring_prometheus(uuid)
  is 'What GET monitoring/prometheus shows: lifetime counts as of the last refresh, and the state of now, of one org, or of all for who reads every org. Costs what there are of webhooks, rules and orgs. Raises PT400, PT401, PT403 or PT404 as monitoring_metrics does.';

revoke all
  on function monitoring.prometheus(uuid), public.monitoring_prometheus(uuid)
  from public, anon, authenticated, service_role;
grant execute
  on function monitoring.prometheus(uuid), public.monitoring_prometheus(uuid)
  to authenticated, service_role;
