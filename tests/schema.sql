-- The schema that the migrations make, object by object, for reading and for comparing: what a change
-- to a migration does can be seen here. Made by `npm run check -- --fix`; nothing reads it.

-- cluster/extensions/pg_cron

create extension "pg_cron";

comment on extension "pg_cron" is 'Job scheduler for PostgreSQL (local stand-in)';

-- cluster/extensions/pg_net

create extension "pg_net" schema "extensions";

comment on extension "pg_net" is 'Async HTTP (local stand-in)';

-- cluster/extensions/pgcrypto

create extension "pgcrypto" schema "extensions";

comment on extension "pgcrypto" is 'cryptographic functions';

-- cluster/extensions/uuid-ossp

create extension "uuid-ossp" schema "extensions";

comment on extension "uuid-ossp" is 'generate universally unique identifiers (UUIDs)';

-- cluster/misc

select
  cron.schedule_in_database('everwatch-age-rollups', '27 0 * * *',
  'select monitoring.age_rollups()', 'postgres', null, true);

select
  cron.schedule_in_database('everwatch-backfill', '* * * * *', 'select monitoring.backfill()',
  'postgres', null, true);

select
  cron.schedule_in_database('everwatch-dispatch-notifications', '* * * * *',
  'select monitoring.dispatch_notifications()', 'postgres', null, true);

select
  cron.schedule_in_database('everwatch-evaluate-alerts', '* * * * *',
  'select monitoring.evaluate_alerts()', 'postgres', null, true);

select
  cron.schedule_in_database('everwatch-expire-raw-rows', '*/10 * * * *',
  'select monitoring.expire_raw_rows()', 'postgres', null, true);

select
  cron.schedule_in_database('everwatch-judge-deploys', '* * * * *',
  'select monitoring.judge_deploys()', 'postgres', null, true);

select
  cron.schedule_in_database('everwatch-make-partitions', '7 * * * *',
  'select monitoring.make_partitions()', 'postgres', null, true);

select
  cron.schedule_in_database('everwatch-merge-deleted-durations', '37 0 * * *',
  'select monitoring.merge_deleted_durations()', 'postgres', null, true);

select
  cron.schedule_in_database('everwatch-record-call-outcomes', '* * * * *',
  'select monitoring.record_call_outcomes()', 'postgres', null, true);

select
  cron.schedule_in_database('everwatch-refresh-monitoring-views', '*/5 * * * *',
  'select public.refresh_monitoring_views()', 'postgres', null, true);

select
  cron.schedule_in_database('everwatch-score-series', '*/5 * * * *',
  'select monitoring.score_watched_series()', 'postgres', null, true);

select
  cron.schedule_in_database('everwatch-send-heartbeat', '* * * * *',
  'select monitoring.send_heartbeat()', 'postgres', null, true);

select
  cron.schedule_in_database('everwatch-state-anomalies', '* * * * *',
  'select monitoring.state_anomalies()', 'postgres', null, true);

select
  cron.schedule_in_database('everwatch-state-predictions', '* * * * *',
  'select monitoring.state_predictions()', 'postgres', null, true);

select
  cron.schedule_in_database('everwatch-state-savings', '57 3 * * *',
  'select monitoring.state_savings()', 'postgres', null, true);

select
  cron.schedule_in_database('everwatch-trim-alerts', '27 3 * * *',
  'select monitoring.trim_alerts()', 'postgres', null, true);

select
  cron.schedule_in_database('everwatch-trim-metric-points', '37 3 * * *',
  'select monitoring.trim_metric_points()', 'postgres', null, true);

select
  cron.schedule_in_database('everwatch-trim-notifications', '47 3 * * *',
  'select monitoring.trim_notifications()', 'postgres', null, true);

select
  cron.schedule_in_database('everwatch-trim-run-logs', '17 3 * * *',
  'select monitoring.trim_run_logs()', 'postgres', null, true);

-- cluster/roles

alter default privileges for role "postgres" revoke all on FUNCTIONS from public;

-- schemas/monitoring/functions/accept_call

create or replace function monitoring.accept_call (
  id        text,
  sent_at   bigint,
  body      text,
  signature text
)
  returns jsonb
  language plpgsql
  security definer
  set search_path to ''
  AS $function$
begin
  perform monitoring.check_request(id, sent_at, body, signature);
  return body::jsonb;
end
$function$;

comment on function "monitoring"."accept_call"(text, bigint, text, text) is
  'What this database asked for in a request that it signed; raises PT401 for any other request.';

revoke all on function "monitoring"."accept_call"(text, bigint, text, text) from public;

grant execute
  on function "monitoring"."accept_call"(text, bigint, text, text)
  to "postgres", "service_role";

-- schemas/monitoring/functions/accept_heartbeat

create or replace function monitoring.accept_heartbeat (
  id        text,
  sent_at   bigint,
  body      text,
  signature text
)
  returns jsonb
  language plpgsql
  security definer
  set search_path to ''
  AS $function$
begin
  perform monitoring.check_request(id, sent_at, body, signature);
  return (
    select jsonb_build_object(
      'url', s.heartbeat_url,
      'allowed_networks', s.allowed_networks,
      'timeout_ms', least(s.receiver_timeout_ms, 4000)
    )
    from monitoring.settings as s
  );
end
$function$;

comment on function "monitoring"."accept_heartbeat"(text, bigint, text, text) is
  'What public.accept_heartbeat_call calls.';

revoke all on function "monitoring"."accept_heartbeat"(text, bigint, text, text) from public;

grant execute
  on function "monitoring"."accept_heartbeat"(text, bigint, text, text)
  to "postgres", "service_role";

-- schemas/monitoring/functions/activity_series

create or replace function monitoring.activity_series (
  source        monitoring.source,
  org_id        uuid,
  resource_id   uuid,
  resource_type text,
  before_start  timestamp with time zone,
  range_start   timestamp with time zone,
  range_end     timestamp with time zone,
  step          interval,
  percentiles   boolean
)
  returns table (
    is_before    boolean,
    bucket       timestamp with time zone,
    pending      bigint,
    succeeded    bigint,
    failed       bigint,
    duration_sum bigint,
    affected     bigint,
    p95_ms       numeric
  )
  language plpgsql
  stable
  security definer
  set search_path to ''
  set plan_cache_mode to 'force_custom_plan'
  set jit to 'off'
  AS $function$
#variable_conflict use_column
declare
  span record;
begin
  if not monitoring.may_read(activity_series.org_id) then
    return;
  end if;
  span := monitoring.rolled_up_span(
    -- Rollups do not tell the types of resources apart.
    source, before_start, range_end, case when activity_series.resource_type is null then step else interval '0' end
  );

  return query
  with resource as materialized (
    select r.id
    from monitoring.resources as r
    where r.source = activity_series.source and r.org_id = activity_series.org_id
      and (activity_series.resource_id is null or r.id = activity_series.resource_id)
  ),
  known as (
    select r.starts_at, r.pending, r.succeeded, r.failed, r.duration_sum, r.affected, r.bins::bigint[] as bins
    from resource
    join monitoring.rollups as r
      on r.source = activity_series.source and r.resource_id = resource.id
      and r.starts_at >= span.first and r.starts_at < span.last
    union all
    select c.starts_at, c.pending, c.succeeded, c.failed, c.duration_sum, c.affected, c.bins
    from resource
    join monitoring.changes as c
      on c.source = activity_series.source and c.resource_id = resource.id
      and c.starts_at >= span.first and c.starts_at < span.last
    union all
    select date_bin(step, a.happened_at, 'epoch'), sum(a.pending), sum(a.succeeded), sum(a.failed),
      coalesce(sum(a.duration_ms), 0), sum(a.affected),
      array_agg(
        2048 + case when a.duration_ms > 0 then 1 + ceil(ln(a.duration_ms::float8) / ln(1.02::float8)) else 0 end::bigint
      ) filter (where percentiles and a.duration_ms is not null)
    from (values (before_start, span.first), (span.last, range_end)) as rest (since, until)
    cross join lateral (
      select r.*
      from monitoring.raw_activity as r
      where r.source = activity_series.source and r.org_id = activity_series.org_id
        and (activity_series.resource_id is null or r.resource_id = activity_series.resource_id)
        and (activity_series.resource_type is null or r.resource_type = activity_series.resource_type)
        and r.happened_at >= rest.since and r.happened_at < rest.until
      offset 0
    ) as a
    group by a.happened_at < range_start, 1
  ),
  part as materialized (
    select k.*, k.starts_at < range_start as is_before, date_bin(step, k.starts_at, 'epoch') as bucket
    from known as k
  ),
  counted as (
    select p.is_before, p.bucket,
      sum(p.pending)::bigint as pending,
      sum(p.succeeded)::bigint as succeeded,
      sum(p.failed)::bigint as failed,
      sum(p.duration_sum)::bigint as duration_sum,
      sum(p.affected)::bigint as affected
    from part as p
    group by grouping sets ((p.is_before), (p.is_before, p.bucket))
    having (grouping(p.bucket) = 1 or not p.is_before) and sum(p.pending + p.succeeded + p.failed) > 0
  ),
  durations as (
    select b.is_before, b.bucket, array_agg(b.count * 2048 + b.bin) as bins
    from (
      select p.is_before, p.bucket, element & 2047 as bin, sum(element >> 11)::bigint as count
      from part as p
      cross join lateral unnest(p.bins) as element
      where percentiles
      group by grouping sets ((p.is_before, element & 2047), (p.is_before, p.bucket, element & 2047))
    ) as b
    group by b.is_before, b.bucket
  )
  select c.is_before, c.bucket, c.pending, c.succeeded, c.failed, c.duration_sum, c.affected, h.p95_ms
  from counted as c
  left join durations as d on d.is_before = c.is_before and d.bucket is not distinct from c.bucket
  left join lateral monitoring.add_durations(null, null, null, d.bins, c.succeeded + c.failed) as h on percentiles;
end
$function$;

comment on function "monitoring"."activity_series"(monitoring.source, uuid, uuid, text, timestamp
  with time zone,
  timestamp with time zone,
  timestamp with time zone, interval, boolean) is 'What happened to an org''s webhooks, rules or API (or to one of them, or for one type of API resource), for those who may read the org: one row a bucket of `step` that has any, and one with a null bucket for the range and for the range before. Live. Milliseconds; the percentile is within 1%, and null unless asked for.';

revoke all
  on function "monitoring"."activity_series"(monitoring.source, uuid, uuid, text, timestamp
    with time zone, timestamp with time zone, timestamp with time zone, interval, boolean)
  from public;

grant execute
  on function "monitoring"."activity_series"(monitoring.source, uuid, uuid, text, timestamp
    with time zone, timestamp with time zone, timestamp with time zone, interval, boolean)
  to "authenticated", "postgres", "service_role";

-- schemas/monitoring/functions/add_bins

create or replace function monitoring.add_bins (
  a jsonb,
  b jsonb
)
  returns jsonb
  language sql
  immutable
  set search_path to ''
  AS $function$
  select jsonb_object_agg(bin, count)
  from (
    select bin, sum(count::bigint) as count
    from (select * from jsonb_each_text(a) union all select * from jsonb_each_text(b)) as _ (bin, count)
    group by bin
  ) as added
$function$;

comment on function "monitoring"."add_bins"(jsonb, jsonb) is 'Two histograms as one: counts by bin; null when neither has any.';

revoke all on function "monitoring"."add_bins"(jsonb, jsonb) from public;

grant execute on function "monitoring"."add_bins"(jsonb, jsonb) to "postgres", "service_role";

-- schemas/monitoring/functions/add_durations

create or replace function monitoring.add_durations (
  INOUT histogram bigint[],
  INOUT p95_bin integer,
  INOUT p95_above bigint,
  bins  bigint[],
  total bigint,
  OUT   p95_ms numeric
)
  returns record
  language plpgsql
  immutable
  set search_path to ''
  AS $function$
declare
  place constant double precision := 0.95 * (total - 1);
  -- How many durations are no shorter than the one at that place.
  at_least constant bigint := total - floor(place)::bigint;
  next_bin integer;
  low double precision;
  element bigint;
begin
  histogram := coalesce(histogram, '{}');
  foreach element in array coalesce(bins, '{}') loop
    histogram[element & 2047] := coalesce(histogram[element & 2047], 0) + (element >> 11);
    if element & 2047 > p95_bin then
      p95_above := p95_above + (element >> 11);
    end if;
  end loop;
  if total is null or total < 1 then
    p95_bin := null;
    p95_above := null;
    return;
  end if;

  -- The place moves little between two calls, so the search begins where it was; first at the top.
  p95_bin := coalesce(p95_bin, array_upper(histogram, 1));
  p95_above := coalesce(p95_above, 0);
  while p95_above >= at_least and p95_bin < 2047 loop
    p95_bin := p95_bin + 1;
    p95_above := p95_above - coalesce(histogram[p95_bin], 0);
  end loop;
  while p95_above + coalesce(histogram[p95_bin], 0) < at_least and p95_bin > 0 loop
    p95_above := p95_above + coalesce(histogram[p95_bin], 0);
    p95_bin := p95_bin - 1;
  end loop;

  -- Between two places it is interpolated, as percentile_cont does.
  next_bin := p95_bin;
  if p95_above = at_least - 1 and place > floor(place) then
    loop
      next_bin := next_bin + 1;
      exit when histogram[next_bin] > 0 or next_bin = 2047;
    end loop;
  end if;
  low := monitoring.bin_duration(p95_bin);
  if next_bin > p95_bin then
    low := low + (place - floor(place)) * (monitoring.bin_duration(next_bin) - low);
  end if;
  p95_ms := round(low::numeric, 1);
end
$function$;

comment on function "monitoring"."add_durations"(bigint[], integer, bigint, bigint[], bigint) is
  'Adds durations, as count * 2048 + bin, to a histogram (counts by bin, null for one of nothing) that then holds `total`, and finds its 95th percentile in milliseconds, within 1%: the bin of the one at its place, and how many durations are in bins above that, are where the next search begins.';

revoke all
  on function "monitoring"."add_durations"(bigint[], integer, bigint, bigint[], bigint)
  from public;

grant execute
  on function "monitoring"."add_durations"(bigint[], integer, bigint, bigint[], bigint)
  to "authenticated", "postgres", "service_role";

-- schemas/monitoring/functions/add_metric_series

create or replace function monitoring.add_metric_series (
  events jsonb
)
  returns void
  language plpgsql
  set search_path to ''
  AS $function$
declare
  wanting uuid;
begin
  for wanting in
    select distinct e.org_id
    from monitoring.metric_events(events) as e
    left join public.metric_series as s
      on s.org_id = e.org_id and s.name = e.name and s.kind = e.kind
        and md5(s.labels::text) = md5(e.labels::text)
    where s.id is null
    -- In one order, so that two batches do not wait for one another.
    order by 1
  loop
    -- Writers that count at the same time would exceed the limit together.
    perform pg_advisory_xact_lock(hashtextextended('metric_series ' || wanting::text, 0));
    insert into public.metric_series (org_id, name, kind, labels)
    select wanting, e.name, e.kind, e.labels
    from monitoring.metric_events(events) as e
    where e.org_id = wanting
      and not exists (
        select from public.metric_series as s
        where s.org_id = e.org_id and s.name = e.name and s.kind = e.kind
          and md5(s.labels::text) = md5(e.labels::text)
      )
    group by e.name, e.kind, e.labels
    order by min(e.index)
    limit greatest(0,
      (select series_per_org from monitoring.metric_settings)
        - (select count(*) from public.metric_series as s where s.org_id = wanting)
    );
  end loop;
end
$function$;

comment on function "monitoring"."add_metric_series"(jsonb) is 'Begins the series that events are the first of, as many as their org may have.';

revoke all on function "monitoring"."add_metric_series"(jsonb) from public;

grant execute on function "monitoring"."add_metric_series"(jsonb) to "postgres", "service_role";

-- schemas/monitoring/functions/age_rollups

create or replace function monitoring.age_rollups (
  at timestamp with time zone default now()
)
  returns bigint
  language plpgsql
  set search_path to ''
  AS $function$
declare
  before monitoring.rollup_state;
  after monitoring.rollup_state;
  aged bigint;
begin
  perform monitoring.lock_rollups();
  select * into strict before from monitoring.rollup_state;
  update monitoring.rollup_state as s
  set daily_before = greatest(s.daily_before, date_bin('1 day', age_rollups.at - w.hourly_for, 'epoch')),
    forgotten_before = greatest(s.forgotten_before, date_bin('1 day', age_rollups.at - w.rollup_retention, 'epoch'))
  from monitoring.rollup_settings as w
  returning s.* into strict after;

  with old as (
    delete from monitoring.rollups as r
    where r.starts_at > '-infinity' and r.starts_at < after.forgotten_before
      -- The row of a day's first hour becomes the day's.
      or r.starts_at >= before.daily_before and r.starts_at < after.daily_before
        and r.source <> 'request' and r.starts_at <> date_bin('1 day', r.starts_at, 'epoch')
    returning r.*
  )
  insert into monitoring.changes (
    source, resource_id, starts_at, pending, succeeded, failed, duration_sum, duration_max,
    last_success_at, affected, bins, adds_to
  )
  select source, resource_id, starts_at, pending, succeeded, failed, duration_sum, duration_max,
    last_success_at, coalesce(affected, 0), bins, 'rollups'
  from old;
  get diagnostics aged = row_count;
  perform monitoring.fold_changes();
  return aged;
end
$function$;

comment on function "monitoring"."age_rollups"(timestamp
  with time zone) is 'Makes days of the hours that are older than hourly_for of rollup_settings, and one row of what is older than rollup_retention; returns how many rows it took out.';

revoke all on function "monitoring"."age_rollups"(timestamp with time zone) from public;

grant execute on function "monitoring"."age_rollups"(timestamp with time zone) to "postgres";

-- schemas/monitoring/functions/alert_conditions

create or replace function monitoring.alert_conditions (
  at     timestamp with time zone,
  org_id uuid                     default null::uuid
)
  returns SETOF monitoring.condition
  language plpgsql
  stable
  set search_path to ''
  AS $function$
declare
  of_type text;
begin
  for of_type in
    select p.type
    from monitoring.alert_policies as p
    where p.scope = 'org'
      or (alert_conditions.org_id is null and monitoring.reads_every_org())
    order by p.type
  loop
    -- One that is broken hides no other; the evaluation records it, and tells the operator.
    begin
      return query
      select c.org_id, c.type, coalesce(c.severity, a.severity), c.resource_type, c.resource_id,
        c.resource_name, c.message, c.value, c.threshold
      from monitoring.conditions_of(of_type, alert_conditions.at, alert_conditions.org_id) as c
      left join monitoring.alerts as a
        on c.severity is null
        and a.state in ('firing', 'recovering')
        and a.fingerprint
          = monitoring.fingerprint(c.org_id, c.type, c.resource_type, c.resource_id)
      where coalesce(c.severity, a.severity) is not null;
    exception
      when others then raise warning 'conditions of type % cannot be read: %', of_type, sqlerrm;
    end;
  end loop;
end
$function$;

comment on function "monitoring"."alert_conditions"(timestamp
  with time zone, uuid) is 'The conditions that are true as of `at`, of one org or of all that the caller may read. One that is not beyond its threshold is listed while an alert fires for it and it has not recovered.';

revoke all on function "monitoring"."alert_conditions"(timestamp with time zone, uuid) from public;

grant execute
  on function "monitoring"."alert_conditions"(timestamp with time zone, uuid)
  to "authenticated", "postgres", "service_role";

-- schemas/monitoring/functions/alert_group

create or replace function monitoring.alert_group (
  type          text,
  resource_type text,
  resource_name text
)
  returns text
  language sql
  immutable
  set search_path to ''
  AS $function$
  select concat_ws(
    ':', type,
    case when resource_type = 'webhook'
      then lower(substring(resource_name from '^[a-z]+://(?:[^/?#]*@)?([^/?#]*)'))
    end
  )
$function$;

comment on function "monitoring"."alert_group"(text, text, text) is 'What alerts have in common that are told in one message: the type and, of webhooks, the receiver''s host.';

revoke all on function "monitoring"."alert_group"(text, text, text) from public;

grant execute on function "monitoring"."alert_group"(text, text, text) to "postgres";

-- schemas/monitoring/functions/alert_metrics

create or replace function monitoring.alert_metrics (
  org_id     uuid,
  page_limit integer,
  after      text
)
  returns jsonb
  language plpgsql
  stable
  set search_path to ''
  AS $function$
begin
  return (
    with alerts as (
      -- 'critical' sorts before 'warning'.
      select array[a.severity, a.type, a.resource_id] as key, a
      from monitoring.alert_conditions(now(), alert_metrics.org_id) as a
    ),
    found as (
      select x.*
      from alerts as x
      where x.key > (select monitoring.decode_cursor(alert_metrics.after, 'alerts'))
      order by x.key
      limit alert_metrics.page_limit + 1
    ),
    counts as (
      select jsonb_build_object(
        'total', count(*),
        'critical', count(*) filter (where (x.a).severity = 'critical'),
        'warning', count(*) filter (where (x.a).severity = 'warning')
      )
      from alerts as x
    )
    select (select * from counts) || monitoring.page(
      'alerts',
      (
        select jsonb_agg(
          jsonb_build_object('key', f.key, 'item', to_jsonb(f.a) - 'org_id') order by f.key
        )
        from found as f
      ),
      alert_metrics.page_limit
    )
  );
end
$function$;

comment on function "monitoring"."alert_metrics"(uuid, integer, text) is 'How many alert conditions of an org are true now, and one page of them, critical ones first: as in v_alert_conditions.';

revoke all on function "monitoring"."alert_metrics"(uuid, integer, text) from public;

grant execute
  on function "monitoring"."alert_metrics"(uuid, integer, text)
  to "authenticated", "postgres", "service_role";

-- schemas/monitoring/functions/anomaly_conditions

create or replace function monitoring.anomaly_conditions (
  at     timestamp with time zone,
  org_id uuid                     default null::uuid
)
  returns SETOF monitoring.condition
  language plpgsql
  stable
  set search_path to ''
  set plan_cache_mode to 'force_generic_plan'
  AS $function$
declare
  orgs constant uuid[] := monitoring.orgs_asked(org_id);
begin
  return query
  select
    w.org_id,
    p.type,
    s.severity,
    'series',
    w.resource_id::text || '/' || w.metric,
    monitoring.series_name(w),
    monitoring.describe_anomaly(w.metric, w.said, w.missing),
    round((w.said).score::numeric, 2),
    case when s.severity = 'critical' then p.critical else coalesce(p.warning, p.critical) end
  from monitoring.unusual_series(anomaly_conditions.at, orgs) as w
  join public.v_alert_policies as p on p.org_id = w.org_id and p.type = 'anomaly'
  cross join lateral (
    select case
      when (w.said).score >= p.critical then 'critical'
      when (w.said).score >= p.warning then 'warning'
    end
  ) as s (severity)
  where p.enabled and s.severity is not null;
end
$function$;

comment on function "monitoring"."anomaly_conditions"(timestamp
  with time zone, uuid) is 'Watched series whose last hour was unusual, once they have two weeks of history: of one org or of all.';

revoke all on function "monitoring"."anomaly_conditions"(timestamp with time zone, uuid) from public;

grant execute
  on function "monitoring"."anomaly_conditions"(timestamp with time zone, uuid)
  to "authenticated", "postgres", "service_role";

-- schemas/monitoring/functions/anomaly_history

create or replace function monitoring.anomaly_history (
  policy public.v_alert_policies,
  since  timestamp with time zone,
  until  timestamp with time zone
)
  returns SETOF monitoring.condition_step
  language sql
  stable
  set search_path to ''
  AS $function$
  select 'series', w.resource_id::text || '/' || w.metric, monitoring.series_name(w), k.at,
    k.severity, k.severity is null
  from monitoring.watched_series as w
  cross join lateral (
    -- An hour is judged once it is over.
    select s.at + interval '1 hour' as at,
      case
        when not s.unusual or s.at < w.started_at + interval '14 days' then null
        when said.score >= policy.critical then 'critical'
        when said.score >= policy.warning then 'warning'
      end as severity
    from monitoring.series_scores as s
    left join lateral (
      select x.score
      from monitoring.series_scores as x
      where x.series_id = s.series_id and x.at <= s.at and x.score >= 0.5
      order by x.at desc
      limit 1
    ) as said on s.unusual
    where s.series_id = w.id
      and s.at >= anomaly_history.since - interval '1 day'
      and s.at + interval '1 hour' < anomaly_history.until
  ) as k
  where w.org_id = policy.org_id
$function$;

comment on function "monitoring"."anomaly_history"(public.v_alert_policies, timestamp
  with time zone, timestamp with time zone) is 'What of an org''s watched series was unusual, hour by hour, as it was scored; from a day before `since` on.';

revoke all
  on function "monitoring"."anomaly_history"(public.v_alert_policies, timestamp
    with time zone, timestamp with time zone)
  from public;

grant execute
  on function "monitoring"."anomaly_history"(public.v_alert_policies, timestamp
    with time zone, timestamp with time zone)
  to "authenticated", "postgres", "service_role";

-- schemas/monitoring/functions/api_error_rate_conditions

create or replace function monitoring.api_error_rate_conditions (
  at     timestamp with time zone,
  org_id uuid                     default null::uuid
)
  returns SETOF monitoring.condition
  language plpgsql
  stable
  set search_path to ''
  set plan_cache_mode to 'force_generic_plan'
  AS $function$
declare
  orgs constant uuid[] := monitoring.orgs_asked(org_id);
begin
  return query
  select
    o.id,
    p.type,
    s.severity,
    'org',
    o.id::text,
    o.name,
    case
      when a.id is null then
        format('%s%% of %s API requests failed in the last hour', f.failed_pct, r.total)
      -- No data is not health: what fired goes on, and says why.
      else format('Too few API requests in the last hour (%s) to tell whether they still fail', r.total)
    end,
    case when a.id is null then f.failed_pct else a.value end,
    case
      when a.id is not null then a.threshold
      when s.severity = 'critical' then p.critical
      else coalesce(p.warning, p.critical)
    end
  from public.orgs as o
  join public.v_alert_policies as p on p.org_id = o.id and p.type = 'api_error_rate'
  cross join lateral (
    select count(*) as total, count(*) filter (where l.status_code >= 400) as failed
    from public.api_audit_logs as l
    where l.org_id = o.id
      and l.created_at > api_error_rate_conditions.at - interval '1 hour'
      and l.created_at <= api_error_rate_conditions.at
  ) as r
  left join monitoring.alerts as a
    on a.fingerprint = monitoring.fingerprint(o.id, p.type, 'org', o.id::text)
    and a.state = 'firing'
    and r.total < greatest(p.minimum_sample, 1)
    -- Whoever has been silent for a day is not coming back soon.
    and exists (
      select
      from public.api_audit_logs as l
      where l.org_id = o.id
        and l.created_at > api_error_rate_conditions.at - interval '1 day'
        and l.created_at <= api_error_rate_conditions.at
    )
  cross join lateral (select round(100.0 * r.failed / nullif(r.total, 0), 1)) as f (failed_pct)
  -- From the counts, not from the rounded percentage: 50.04% is above 50%.
  cross join lateral (
    select case
      when r.total < greatest(p.minimum_sample, 1) then null
      when 100 * r.failed > p.critical * r.total then 'critical'
      when 100 * r.failed > p.warning * r.total then 'warning'
    end
  ) as s (severity)
  where p.enabled
    and (s.severity is not null
      or a.id is not null
      or (r.total >= greatest(p.minimum_sample, 1) and 100 * r.failed > p.recovery * r.total))
    and o.id = any (orgs);
end
$function$;

comment on function "monitoring"."api_error_rate_conditions"(timestamp
  with time zone, uuid) is 'Orgs whose API requests fail, over the hour before `at`: one org or all.';

revoke all
  on function "monitoring"."api_error_rate_conditions"(timestamp with time zone, uuid)
  from public;

grant execute
  on function "monitoring"."api_error_rate_conditions"(timestamp with time zone, uuid)
  to "authenticated", "postgres", "service_role";

-- schemas/monitoring/functions/api_error_rate_history

create or replace function monitoring.api_error_rate_history (
  policy public.v_alert_policies,
  since  timestamp with time zone,
  until  timestamp with time zone
)
  returns SETOF monitoring.condition_step
  language sql
  stable
  set search_path to ''
  AS $function$
  -- A minute's requests are those up to its end, as an evaluation then counts them.
  with counted as (
    select
      date_bin(interval '1 minute', l.created_at - interval '1 microsecond', timestamptz 'epoch')
        + interval '1 minute' as minute,
      count(*) as total,
      count(*) filter (where l.status_code >= 400) as failed
    from public.api_audit_logs as l
    where l.org_id = policy.org_id
      and l.created_at > since - interval '1 day'
      and l.created_at <= until
    group by 1
  ),
  hour as (
    select
      m.at,
      coalesce(sum(c.total) over past_hour, 0) as total,
      coalesce(sum(c.failed) over past_hour, 0) as failed,
      max(c.minute) over (order by m.at) as latest
    from generate_series(
      date_bin(interval '1 minute', since, timestamptz 'epoch') - interval '1 day', until, interval '1 minute'
    ) as m (at)
    left join counted as c on c.minute = m.at
    window past_hour as (order by m.at range between interval '59 minutes' preceding and current row)
  )
  select
    'org',
    o.id::text,
    o.name,
    h.at,
    case
      when h.total < greatest(policy.minimum_sample, 1) then null
      when 100 * h.failed > policy.critical * h.total then 'critical'
      when 100 * h.failed > policy.warning * h.total then 'warning'
    end,
    case
      when h.total >= greatest(policy.minimum_sample, 1) then
        100 * h.failed <= least(policy.warning, policy.critical, policy.recovery) * h.total
      -- No data is not health, for a day.
      when h.latest > h.at - interval '1 day' then null
      else true
    end
  from hour as h
  join public.orgs as o on o.id = policy.org_id
  where h.at >= since
$function$;

comment on function "monitoring"."api_error_rate_history"(public.v_alert_policies, timestamp
  with time zone, timestamp with time zone) is 'How an org''s API requests failed, over the hour before each minute.';

revoke all
  on function "monitoring"."api_error_rate_history"(public.v_alert_policies, timestamp
    with time zone, timestamp with time zone)
  from public;

grant execute
  on function "monitoring"."api_error_rate_history"(public.v_alert_policies, timestamp
    with time zone, timestamp with time zone)
  to "authenticated", "postgres", "service_role";

-- schemas/monitoring/functions/api_metrics

create or replace function monitoring.api_metrics (
  org_id     uuid,
  page_limit integer,
  after      text
)
  returns jsonb
  language plpgsql
  stable
  set search_path to ''
  AS $function$
declare
  -- The newest hours come first. The first page is of the current hour and the 23 before it; later
  -- ones go further back. The cursor is the first hour of the page, counted from the epoch.
  before constant timestamptz := case
    when after is null then timestamptz 'infinity'
    else to_timestamp(
      3600 * substring((monitoring.decode_cursor(after, 'hours'))[1] from '^\d{1,7}$')::bigint
    )
  end;
  oldest constant timestamptz := case
    when after is null
      then date_bin(interval '1 hour', now() - interval '23 hours', timestamptz 'epoch')
    else timestamptz '-infinity'
  end;
  first timestamptz := oldest;
  is_last boolean;
begin
  if after is not null or page_limit < 24 then
    -- A page begins at an hour with traffic, so that a gap is no empty page.
    first := greatest(oldest, interval '1 hour' * (1 - page_limit) + (
      select max(u.hour)
      from public.v_api_usage_metrics as u
      where u.org_id = api_metrics.org_id and u.hour < before and u.hour >= oldest
    ));
  end if;
  -- Where an older hour is rolled up, nobody needs to look at what is not yet.
  is_last := not exists (
    select
    from monitoring.rollups as r
    where r.source = 'request'
      and r.resource_id = api_metrics.org_id
      and r.starts_at > '-infinity'
      and r.starts_at < first
      and r.succeeded + r.failed > 0
  );
  if is_last then
    is_last := not exists (
      select from public.v_api_usage_metrics as u where u.org_id = api_metrics.org_id and u.hour < first
    );
  end if;
  return (
    select jsonb_build_object(
      'summary', jsonb_build_object(
        'total_requests', s.succeeded + s.failed,
        'successful_requests', s.succeeded,
        'failed_requests', s.failed,
        'success_rate', round(100.0 * s.succeeded / nullif(s.succeeded + s.failed, 0), 1),
        'avg_response_time_ms', round(1.0 * s.duration_sum / nullif(s.succeeded + s.failed, 0), 1),
        'p95_response_time_ms', s.p95_ms
      ),
      'hours', (
        select coalesce(jsonb_agg(to_jsonb(u) - 'org_id' order by u.hour desc), '[]')
        from public.v_api_usage_metrics as u
        where u.org_id = api_metrics.org_id and u.hour >= first and u.hour < before
      ),
      'next', case
        when not is_last then monitoring.encode_cursor(
          'hours', jsonb_build_array((extract(epoch from first) / 3600)::bigint)
        )
      end
    )
    from monitoring.request_summary(api_metrics.org_id, now() - interval '24 hours') as s
  );
end
$function$;

comment on function "monitoring"."api_metrics"(uuid, integer, text) is 'Summary of an org''s API requests in the last 24 hours, and one page of its hours, newest first: v_api_usage_metrics.';

revoke all on function "monitoring"."api_metrics"(uuid, integer, text) from public;

grant execute
  on function "monitoring"."api_metrics"(uuid, integer, text)
  to "authenticated", "postgres", "service_role";

-- schemas/monitoring/functions/api_series

create or replace function monitoring.api_series (
  org_id       uuid,
  resource     text,
  before_start timestamp with time zone,
  range_start  timestamp with time zone,
  range_end    timestamp with time zone,
  step         interval,
  percentiles  boolean
)
  returns table (
    is_before boolean,
    bucket    timestamp with time zone,
    measured  jsonb
  )
  language sql
  stable
  set search_path to ''
  AS $function$
  select s.is_before, s.bucket, jsonb_build_object(
    'api_requests', s.succeeded + s.failed,
    'failed_api_requests', s.failed,
    'api_error_rate_pct', round(100.0 * s.failed / (s.succeeded + s.failed), 2),
    'api_avg_ms', round(1.0 * s.duration_sum / (s.succeeded + s.failed), 1),
    'api_p95_ms', s.p95_ms
  )
  from monitoring.activity_series(
    'request', org_id, null, resource, before_start, range_start, range_end, step, percentiles
  ) as s
$function$;

comment on function "monitoring"."api_series"(uuid, text, timestamp with time zone, timestamp
  with time zone, timestamp with time zone, interval, boolean) is 'An org''s API requests, or those for the type of resource that resource names: see delivery_series.';

revoke all
  on function "monitoring"."api_series"(uuid, text, timestamp with time zone, timestamp
    with time zone, timestamp with time zone, interval, boolean)
  from public;

grant execute
  on function "monitoring"."api_series"(uuid, text, timestamp with time zone, timestamp
    with time zone, timestamp with time zone, interval, boolean)
  to "authenticated", "postgres", "service_role";

-- schemas/monitoring/functions/backfill

create or replace function monitoring.backfill (
  days integer default 10
)
  returns SETOF monitoring.backfills
  language plpgsql
  set search_path to ''
  AS $function$
declare
  -- Whoever refreshes the views waits for this one.
  until constant timestamptz := clock_timestamp() + interval '10 seconds';
  next monitoring.source;
begin
  for day in 1 .. days loop
    select b.source into next
    from monitoring.backfills as b
    where b.finished_at is null
    order by b.done_since desc, b.source
    limit 1;
    exit when not found;
    perform monitoring.backfill_day(next);
    exit when clock_timestamp() > until;
  end loop;
  return query select * from monitoring.backfills order by source;
end
$function$;

comment on function "monitoring"."backfill"(integer) is 'Goes on with rolling up history, by so many days of one raw table each or ten seconds, and returns how far it is. The schedule calls it; whoever is in a hurry may, too, again and again.';

revoke all on function "monitoring"."backfill"(integer) from public;

grant execute on function "monitoring"."backfill"(integer) to "postgres";

-- schemas/monitoring/functions/backfill_day

create or replace function monitoring.backfill_day (
  source monitoring.source
)
  returns void
  language plpgsql
  set search_path to ''
  AS $function$
declare
  progress monitoring.backfills;
  since timestamptz;
begin
  select * into strict progress
  from monitoring.backfills as b
  where b.source = backfill_day.source
  for update;

  -- The newest day that is not done. All that is older than the rollups' retention is one span.
  select case when b.newest < s.forgotten_before then '-infinity' else date_bin('1 day', b.newest, 'epoch') end
  into since
  from monitoring.raw_bounds(backfill_day.source, progress.done_since) as b
  cross join monitoring.rollup_state as s;

  if since >= (select r.complete_since from monitoring.raw_tables as r where r.source = backfill_day.source) then
    update monitoring.backfills as b
    set rows_done = b.rows_done + monitoring.reconcile(backfill_day.source, since, progress.done_since),
      done_since = since
    where b.source = backfill_day.source;
  else
    update monitoring.backfills as b
    set finished_at = clock_timestamp(), done_since = '-infinity'
    where b.source = backfill_day.source;
  end if;
end
$function$;

comment on function "monitoring"."backfill_day"(monitoring.source) is 'Rolls up the newest day of a raw table that is not done, or says that all are.';

revoke all on function "monitoring"."backfill_day"(monitoring.source) from public;

grant execute on function "monitoring"."backfill_day"(monitoring.source) to "postgres";

-- schemas/monitoring/functions/bin_duration

create or replace function monitoring.bin_duration (
  bin integer
)
  returns double precision
  language plpgsql
  immutable
  set search_path to ''
  AS $function$
declare
  least_ms constant double precision := floor(1.02::double precision ^ (bin - 2)) + 1;
  most_ms constant double precision := floor(1.02::double precision ^ (bin - 1));
begin
  -- The value that is as far from both, relative to each.
  return case when bin > 0 then 2 * least_ms * most_ms / (least_ms + most_ms) else 0 end;
end
$function$;

comment on function "monitoring"."bin_duration"(integer) is 'What stands for the durations in a bin, in milliseconds: no more than 1% from any whole number in it.';

revoke all on function "monitoring"."bin_duration"(integer) from public;

grant execute
  on function "monitoring"."bin_duration"(integer)
  to "authenticated", "postgres", "service_role";

-- schemas/monitoring/functions/bucket_durations

create or replace function monitoring.bucket_durations (
  histogram bigint[]
)
  returns bigint[]
  language plpgsql
  immutable
  set search_path to ''
  AS $function$
declare
  bounds constant integer[] := monitoring.duration_bound_bins();
  buckets bigint[] := array_fill(0::bigint, array[cardinality(bounds) + 1]);
  bin integer := array_lower(histogram, 1);
  bucket integer := 1;
  counted bigint;
begin
  foreach counted in array coalesce(histogram, '{}') loop
    while bin > bounds[bucket] loop
      bucket := bucket + 1;
    end loop;
    if counted <> 0 then
      buckets[bucket] := buckets[bucket] + counted;
    end if;
    bin := bin + 1;
  end loop;
  for n in 2..cardinality(buckets) loop
    buckets[n] := buckets[n] + buckets[n - 1];
  end loop;
  return buckets;
end
$function$;

comment on function "monitoring"."bucket_durations"(bigint[]) is 'How many durations of a histogram (counts by bin) are no longer than each of duration_bounds_ms(), and in the last place all. One that is longer than a bound by less than 2%, in the same bin, counts as no longer.';

revoke all on function "monitoring"."bucket_durations"(bigint[]) from public;

grant execute on function "monitoring"."bucket_durations"(bigint[]) to "postgres";

-- schemas/monitoring/functions/burn_rates

create or replace function monitoring.burn_rates (
  at     timestamp with time zone,
  org_id uuid                     default null::uuid
)
  returns SETOF monitoring.burn
  language plpgsql
  stable
  set search_path to ''
  AS $function$
#variable_conflict use_column
declare
  orgs constant uuid[] := monitoring.orgs_asked(burn_rates.org_id);
  spans constant interval[] := array['5 minutes', '30 minutes', '1 hour', '6 hours', '3 days']::interval[];
begin
  return query
  select o.org_id, o.metric, o.target, c.total, c.failed, c.failed_by_hour, (
      select array_agg(f.failed / nullif(f.total * (1 - o.target), 0) order by f.n)
      from unnest(c.total, c.failed) with ordinality as f (total, failed, n)
    )
  from monitoring.objectives as o
  cross join lateral monitoring.outcomes(o.metric, o.org_id, burn_rates.at, spans) as c
  where o.org_id = any (orgs);
end
$function$;

comment on function "monitoring"."burn_rates"(timestamp
  with time zone, uuid) is 'How fast the error budget of each objective burns over 5 minutes, 30 minutes, 1 hour, 6 hours and 3 days, and the counts behind that; null without traffic. Of one org or of all that the caller may read.';

revoke all on function "monitoring"."burn_rates"(timestamp with time zone, uuid) from public;

grant execute
  on function "monitoring"."burn_rates"(timestamp with time zone, uuid)
  to "authenticated", "postgres", "service_role";

-- schemas/monitoring/functions/burn_severity

create or replace function monitoring.burn_severity (
  policy public.v_alert_policies,
  total  bigint[],
  rates  numeric[]
)
  returns monitoring.burn_severity
  language plpgsql
  immutable
  set search_path to ''
  AS $function$
begin
  return (
    -- The workbook's 14.4 is 2.4 times its 6: 2% of the budget in an hour, or 5% in six.
    select row(w.severity, w.threshold, w.span, rates[w.long])::monitoring.burn_severity
    from (
      values
        ('critical', 2.4 * policy.critical, 'an hour', 3, 1),
        ('critical', policy.critical, '6 hours', 4, 2),
        ('warning', policy.warning, '3 days', 5, 4)
    ) as w (severity, threshold, span, long, short)
    where total[w.long] >= policy.minimum_sample
      and rates[w.long] > w.threshold
      and rates[w.short] > w.threshold
    order by w.severity, w.threshold desc
    limit 1
  );
end
$function$;

comment on function "monitoring"."burn_severity"(public.v_alert_policies, bigint[], numeric[]) is
  'How bad it is, by a policy, that an error budget burns at these rates over 5 minutes, 30 minutes, 1 hour, 6 hours and 3 days.';

revoke all
  on function "monitoring"."burn_severity"(public.v_alert_policies, bigint[], numeric[])
  from public;

grant execute
  on function "monitoring"."burn_severity"(public.v_alert_policies, bigint[], numeric[])
  to "authenticated", "postgres", "service_role";

-- schemas/monitoring/functions/bytes_in_words

create or replace function monitoring.bytes_in_words (
  bytes numeric
)
  returns text
  language sql
  immutable
  set search_path to ''
  AS $function$
  select case
    when bytes >= 1e9 then to_char(bytes / 1e9, 'FM999,990.0') || ' GB'
    when bytes >= 1e6 then to_char(bytes / 1e6, 'FM990.0') || ' MB'
    else to_char(bytes / 1e3, 'FM990.0') || ' kB'
  end
$function$;

comment on function "monitoring"."bytes_in_words"(numeric) is 'A number of bytes with its unit: 1 GB is 10^9 of them.';

revoke all on function "monitoring"."bytes_in_words"(numeric) from public;

grant execute on function "monitoring"."bytes_in_words"(numeric) to "postgres";

-- schemas/monitoring/functions/call_function

create or replace function monitoring.call_function (
  path        text,
  body        jsonb,
  cron_run_id bigint default null::bigint
)
  returns bigint
  language plpgsql
  security definer
  set search_path to ''
  AS $function$
declare
  functions_url constant text := (select s.functions_url from monitoring.settings as s);
  id constant text := 'req_' || gen_random_uuid();
  sent_at constant bigint := extract(epoch from clock_timestamp())::bigint;
  request bigint;
  call_id bigint;
begin
  if functions_url is null then
    return null;
  end if;
  request := net.http_post(
    url => functions_url || call_function.path,
    body => call_function.body,
    headers => jsonb_build_object(
      'Content-Type', 'application/json',
      'x-request-id', id,
      'webhook-id', id,
      'webhook-timestamp', sent_at::text,
      'webhook-signature', monitoring.sign_request(id, sent_at, call_function.body::text)
    ),
    timeout_milliseconds => 5000
  );
  update monitoring.function_calls as c
  set outcome = 'lost'
  where c.request_id = request and c.outcome = 'pending';
  insert into monitoring.function_calls (path, request_id, cron_run_id, called_at)
  values (call_function.path, request, call_function.cron_run_id, now())
  returning function_calls.id into call_id;
  return call_id;
end
$function$;

comment on function "monitoring"."call_function"(text, jsonb, bigint) is 'Has pg_net POST a signed request to an edge function once this transaction commits; returns the id in function_calls, or null where settings.functions_url is not set.';

revoke all on function "monitoring"."call_function"(text, jsonb, bigint) from public;

grant execute on function "monitoring"."call_function"(text, jsonb, bigint) to "postgres";

-- schemas/monitoring/functions/calls_failing_conditions

create or replace function monitoring.calls_failing_conditions (
  at     timestamp with time zone,
  org_id uuid                     default null::uuid
)
  returns SETOF monitoring.condition
  language plpgsql
  stable
  security definer
  set search_path to ''
  AS $function$
begin
  return query
  select
    null::uuid,
    p.type,
    case when c.failed >= p.critical then 'critical' else 'warning' end,
    'function',
    c.path,
    c.path,
    format('%s of %s calls of the edge function %s failed: %s', c.failed, c.total, c.path, c.latest),
    c.failed::numeric,
    case when c.failed >= p.critical then p.critical else p.warning end
  from monitoring.alert_policies as p
  cross join lateral (
    select f.path, count(*) as total, count(*) filter (where w.reason is not null) as failed,
      (array_agg(w.reason order by f.id desc) filter (where w.reason is not null))[1] as latest
    from monitoring.function_calls as f
    cross join lateral (
      select case
        when f.status_code between 200 and 299 then null
        when f.outcome = 'answered' then 'status ' || f.status_code
        when f.outcome = 'lost' then 'it was lost'
        else f.error
      end
    ) as w (reason)
    where f.outcome <> 'pending'
      and f.called_at > calls_failing_conditions.at - interval '15 minutes'
      and f.called_at <= calls_failing_conditions.at
    group by f.path
  ) as c
  where p.type = 'calls_failing'
    and p.enabled
    and c.failed >= least(p.warning, p.critical)
    and calls_failing_conditions.org_id is null
    and monitoring.reads_every_org();
end
$function$;

comment on function "monitoring"."calls_failing_conditions"(timestamp
  with time zone, uuid) is 'Edge functions that the database called in the last 15 minutes and that did not answer with 2xx; nothing for callers who do not read every org.';

revoke all
  on function "monitoring"."calls_failing_conditions"(timestamp with time zone, uuid)
  from public;

grant execute
  on function "monitoring"."calls_failing_conditions"(timestamp with time zone, uuid)
  to "postgres", "service_role";

-- schemas/monitoring/functions/capacity_forecast

create or replace function monitoring.capacity_forecast (
  at timestamp with time zone default now()
)
  returns table (
    what         text,
    value        double precision,
    limit_value  numeric,
    samples      bigint,
    exhausted_at timestamp with time zone,
    earliest     timestamp with time zone,
    latest       timestamp with time zone
  )
  language plpgsql
  stable
  set search_path to ''
  AS $function$
#variable_conflict use_column
begin
  return query
  select l.what, g.value, l.limit_value, g.samples,
    capacity_forecast.at + make_interval(secs => t.expected),
    capacity_forecast.at + make_interval(secs => t.earliest),
    capacity_forecast.at + make_interval(secs => t.latest)
  from monitoring.capacity_limits as l
  cross join lateral (
    select count(*) as samples, (array_agg(s.value order by s.at desc))[1] as value,
      sum(s.grown) / nullif(sum(s.seconds), 0) as drift,
      sum(s.seconds) filter (where s.grown is not null) as observed,
      bool_or(s.grown < 0) as wavers,
      -- Of each step the part that the drift does not explain; and for few steps more, as Student's t.
      sum((s.grown - s.drift * s.seconds) ^ 2 / nullif(s.seconds, 0)) / nullif(count(s.grown) - 1, 0)
        * (1 + 1.4 / nullif(count(s.grown) - 1, 0)) as variance
    from (
      select s.*, sum(s.grown) over () / nullif(sum(s.seconds) over (), 0) as drift
      from (
        select s.at, s.value,
          s.value - lag(s.value) over previous as grown,
          extract(epoch from s.at - lag(s.at) over previous)::float8 as seconds
        from monitoring.capacity_samples as s
        where s.what = l.what
          and s.at <= capacity_forecast.at
          -- Long enough for a week's course to be in it several times; a backlog is of this hour.
          and s.at > capacity_forecast.at
            - case l.what when 'disk_bytes' then interval '29 days' else interval '65 minutes' end
        window previous as (order by s.at)
      ) as s
    ) as s
  ) as g
  left join lateral monitoring.time_to_reach(
    l.limit_value::float8 - g.value, g.drift, g.variance, g.observed, g.wavers
  ) as t
    -- A week of days, or half an hour of minutes; fewer say nothing.
    on g.samples >= 7
  order by l.what;
end
$function$;

comment on function "monitoring"."capacity_forecast"(timestamp
  with time zone) is 'When the disk and the outbox will pass their limits, with the bounds of an 80% interval, if they go on to grow as they have: the disk in four weeks, the outbox in an hour. Null with fewer than 7 samples, and where nothing grows.';

revoke all on function "monitoring"."capacity_forecast"(timestamp with time zone) from public;

grant execute
  on function "monitoring"."capacity_forecast"(timestamp with time zone)
  to "postgres", "service_role";

-- schemas/monitoring/functions/capture_deliveries

create or replace function monitoring.capture_deliveries()
  returns trigger
  language plpgsql
  security definer
  set search_path to ''
  AS $function$
declare
  sign constant integer := tg_argv[0];
begin
  insert into monitoring.changes (
    source, resource_id, starts_at, pending, succeeded, failed, duration_sum, duration_max,
    last_success_at, bins, removed
  )
  select 'delivery', webhook_id, date_bin('1 hour', sent_at, 'epoch'),
    sign * count(*) filter (where status = 'pending'),
    sign * count(*) filter (where status = 'sent'),
    sign * count(*) filter (where status = 'failed'),
    sign * coalesce(sum(duration_ms), 0),
    max(duration_ms) filter (where sign > 0),
    max(sent_at) filter (where sign > 0 and status = 'sent'),
    array_agg(
      sign * 2048::bigint
        + case when duration_ms > 0 then 1 + ceil(ln(duration_ms::float8) / ln(1.02::float8)) else 0 end::bigint
    ) filter (where duration_ms is not null),
    -- One that was pending was no maximum.
    sign < 0 and bool_or(status <> 'pending')
  from changed
  group by 2, 3;
  return null;
end
$function$;

comment on function "monitoring"."capture_deliveries"() is 'Adds what a statement did to deliveries to monitoring.changes: with 1 the rows that it added, with -1 those that it removed.';

revoke all on function "monitoring"."capture_deliveries"() from public;

grant execute on function "monitoring"."capture_deliveries"() to "postgres";

-- schemas/monitoring/functions/capture_executions

create or replace function monitoring.capture_executions()
  returns trigger
  language plpgsql
  security definer
  set search_path to ''
  AS $function$
declare
  sign constant integer := tg_argv[0];
begin
  insert into monitoring.changes (
    source, resource_id, starts_at, succeeded, failed, duration_sum, duration_max, last_success_at,
    affected, bins, removed
  )
  select 'execution', rule_id, date_bin('1 hour', executed_at, 'epoch'),
    sign * count(*) filter (where status = 'success'),
    sign * count(*) filter (where status = 'failed'),
    sign * sum(duration_ms),
    max(duration_ms) filter (where sign > 0),
    max(executed_at) filter (where sign > 0 and status = 'success'),
    sign * sum(affected_contacts),
    array_agg(
      sign * 2048::bigint
        + case when duration_ms > 0 then 1 + ceil(ln(duration_ms::float8) / ln(1.02::float8)) else 0 end::bigint
    ),
    sign < 0
  from changed
  group by 2, 3;
  return null;
end
$function$;

comment on function "monitoring"."capture_executions"() is 'As capture_deliveries(), of executions.';

revoke all on function "monitoring"."capture_executions"() from public;

grant execute on function "monitoring"."capture_executions"() to "postgres";

-- schemas/monitoring/functions/capture_requests

create or replace function monitoring.capture_requests()
  returns trigger
  language plpgsql
  security definer
  set search_path to ''
  AS $function$
declare
  sign constant integer := tg_argv[0];
begin
  insert into monitoring.changes (
    source, resource_id, starts_at, succeeded, failed, duration_sum, duration_max, last_success_at,
    resource_type, status_code, bins, removed
  )
  select 'request', org_id, date_bin('1 hour', created_at, 'epoch'),
    sign * count(*) filter (where status_code < 400),
    sign * count(*) filter (where status_code >= 400),
    sign * sum(duration_ms),
    max(duration_ms) filter (where sign > 0),
    max(created_at) filter (where sign > 0 and status_code < 400),
    coalesce(resource_type, 'unknown'),
    status_code,
    array_agg(
      sign * 2048::bigint
        + case when duration_ms > 0 then 1 + ceil(ln(duration_ms::float8) / ln(1.02::float8)) else 0 end::bigint
    ),
    sign < 0
  from changed
  group by 2, 3, resource_type, status_code;
  return null;
end
$function$;

comment on function "monitoring"."capture_requests"() is 'As capture_deliveries(), of requests, each kind of resource and each status by itself.';

revoke all on function "monitoring"."capture_requests"() from public;

grant execute on function "monitoring"."capture_requests"() to "postgres";

-- schemas/monitoring/functions/changed_policy

create or replace function monitoring.changed_policy (
  policy  public.v_alert_policies,
  changes jsonb
)
  returns public.v_alert_policies
  language plpgsql
  stable
  set search_path to ''
  AS $function$
declare
  known constant text[] := array[
    'enabled', 'warning', 'critical', 'recovery', 'minimum_sample', 'pending_for', 'keep_firing_for',
    'repeat_interval'
  ];
  defaults constant jsonb := (
    select to_jsonb(d) from monitoring.alert_policies as d where d.type = policy.type
  );
  field text;
  wrong text;
begin
  if jsonb_typeof(changes) is distinct from 'object' then
    raise exception 'changes must be an object of %.', array_to_string(known, ', ')
      using errcode = 'PT400', detail = 'invalid_policy', hint = 'changes';
  end if;
  for field in select jsonb_object_keys(changes) loop
    begin
      if field <> all (known) then
        raise data_exception;
      end if;
      policy := jsonb_populate_record(policy, jsonb_build_object(
        field, coalesce(nullif(changes -> field, 'null'), defaults -> field)
      ));
    exception
      when data_exception then
        raise exception '% is not a setting of a policy, or has a value that is none.', field
          using errcode = 'PT400', detail = 'invalid_policy', hint = field;
    end;
  end loop;

  wrong := case
    when policy.warning = 0 or policy.warning > policy.critical
      or not monitoring.is_threshold(policy.warning) then 'warning'
    when policy.critical = 0 or not monitoring.is_threshold(policy.critical) then 'critical'
    when policy.recovery > least(policy.warning, policy.critical)
      or not monitoring.is_threshold(policy.recovery) then 'recovery'
    when policy.minimum_sample < 0 then 'minimum_sample'
    when policy.pending_for not between interval '0' and interval '30 days' then 'pending_for'
    when policy.keep_firing_for not between interval '0' and interval '30 days' then 'keep_firing_for'
    when policy.repeat_interval not between interval '1 minute' and interval '30 days' then 'repeat_interval'
  end;
  if wrong is not null then
    raise exception '% is out of bounds: 0 < warning <= critical, 0 <= recovery <= both, and times up to 30 days.', wrong
      using errcode = 'PT400', detail = 'invalid_policy', hint = wrong;
  end if;
  return policy;
end
$function$;

comment on function "monitoring"."changed_policy"(public.v_alert_policies, jsonb) is
  'A policy with some settings changed, for example {"critical": 20, "pending_for": "10 minutes"}; null means the default. Refuses (400, invalid_policy) what is none, with the setting in the hint.';

revoke all on function "monitoring"."changed_policy"(public.v_alert_policies, jsonb) from public;

grant execute
  on function "monitoring"."changed_policy"(public.v_alert_policies, jsonb)
  to "authenticated", "postgres", "service_role";

-- schemas/monitoring/functions/channel_problem

create or replace function monitoring.channel_problem (
  channel monitoring.channels
)
  returns table (
    field   text,
    problem text
  )
  language sql
  stable
  set search_path to ''
  AS $function$
  select p.field, p.problem
  from (values
    ('name', 'must have 1 to 200 characters', coalesce(length(channel.name) between 1 and 200, false)),
    (
      'url', 'must be an absolute https address without a user or password',
      channel.kind = 'slack' or coalesce(
        channel.url ~* '^https?://[^\s/?#@]+([/?#]\S*)?$' and length(channel.url) <= 2048, false
      )
    ),
    (
      'url', 'is the secret of a Slack channel: leave it out',
      channel.kind <> 'slack' or channel.url is null
    ),
    (
      'email_from', 'must be an address, or a name and <address>',
      channel.kind <> 'email'
        or coalesce(channel.email_from ~ '^([^<>@"]{1,100} <[^\s@<>,;]+@[^\s@<>,;]+>|[^\s@<>,;]+@[^\s@<>,;]+)$', false)
    ),
    (
      'email_to', 'must be 1 to 50 addresses',
      channel.kind <> 'email' or coalesce(
        cardinality(channel.email_to) between 1 and 50
        and not exists (
          select from unnest(channel.email_to) as _ (address)
          where coalesce(address !~ '^[^\s@<>,;]+@[^\s@<>,;]+$', true)
        ), false
      )
    ),
    (
      'email_from', 'is for channels of kind email',
      channel.kind = 'email' or channel.email_from is null
    ),
    ('email_to', 'is for channels of kind email', channel.kind = 'email' or channel.email_to is null),
    (
      'min_severity', 'must be warning or critical',
      coalesce(channel.min_severity in ('warning', 'critical'), false)
    ),
    (
      'group_seconds', 'must be from 0 to 600',
      coalesce(channel.group_seconds between 0 and 600, false)
    ),
    (
      'types', 'must be types of alerts, as webhook_failure',
      coalesce(cardinality(channel.types) <= 50, false) and not exists (
        select from unnest(channel.types) as _ (type)
        where coalesce(type !~ '^[a-z][a-z0-9_]{0,99}$', true)
      )
    ),
    (
      'mute_windows', 'must be a list of windows',
      coalesce(jsonb_typeof(channel.mute_windows) = 'array', false)
        and length(channel.mute_windows::text) <= 10000
    )
  ) as p (field, problem, is_fit)
  where not p.is_fit
  union all
  select 'mute_windows', monitoring.mute_window_problem(w)
  from jsonb_array_elements(
    case when jsonb_typeof(channel.mute_windows) = 'array' then channel.mute_windows else '[]' end
  ) as w
  where monitoring.mute_window_problem(w) is not null
$function$;

comment on function "monitoring"."channel_problem"(monitoring.channels) is 'Which settings of a channel are wrong, and how; no row for a good one.';

revoke all on function "monitoring"."channel_problem"(monitoring.channels) from public;

grant execute on function "monitoring"."channel_problem"(monitoring.channels) to "postgres";

-- schemas/monitoring/functions/check_answered

create or replace function monitoring.check_answered (
  insight_id   uuid,
  was_answered boolean
)
  returns void
  language plpgsql
  stable
  set search_path to ''
  AS $function$
begin
  if was_answered then
    return;
  elsif not exists (select from monitoring.insights as i where i.id = insight_id) then
    raise exception 'There is no such insight.'
      using errcode = 'PT404', detail = 'insight_not_found', hint = 'insight_id';
  end if;
  raise exception 'Viewers answer nothing: ask a member of the org.'
    using errcode = 'PT403', detail = 'not_allowed', hint = 'insight_id';
end
$function$;

comment on function "monitoring"."check_answered"(uuid, boolean) is 'Says why an insight could not be answered, when it was not: PT404 (also for another org''s) or PT403.';

revoke all on function "monitoring"."check_answered"(uuid, boolean) from public;

grant execute
  on function "monitoring"."check_answered"(uuid, boolean)
  to "authenticated", "postgres", "service_role";

-- schemas/monitoring/functions/check_channel

create or replace function monitoring.check_channel()
  returns trigger
  language plpgsql
  set search_path to ''
  AS $function$
declare
  found_problem record;
begin
  new.url := coalesce(new.url, case new.kind
    when 'pagerduty' then 'https://events.pagerduty.com/v2/enqueue'
    when 'email' then 'https://api.resend.com/emails'
  end);
  select * into found_problem from monitoring.channel_problem(new) limit 1;
  if found then
    raise exception '% %.', found_problem.field, found_problem.problem
      using errcode = 'PT400', detail = 'invalid_channel', hint = found_problem.field;
  end if;
  return new;
end
$function$;

comment on function "monitoring"."check_channel"() is 'Refuses (400, invalid_channel) a channel with a setting that is wrong; says where PagerDuty and the mail service are, where that was left out.';

revoke all on function "monitoring"."check_channel"() from public;

grant execute on function "monitoring"."check_channel"() to "postgres";

-- schemas/monitoring/functions/check_channel_secret

create or replace function monitoring.check_channel_secret (
  kind   text,
  secret text
)
  returns void
  language plpgsql
  immutable
  set search_path to ''
  AS $function$
declare
  wanted constant text := case kind
    when 'slack' then '^https?://[^\s/?#@]+/\S+$'
    when 'pagerduty' then '^[A-Za-z0-9]{20,64}$'
    when 'email' then '^[!-~]{8,200}$'
    when 'webhook' then '^whsec_[A-Za-z0-9+/]+={0,2}$'
  end;
  is_fit boolean := coalesce(secret ~ wanted and length(secret) <= 2048, false);
begin
  if wanted is null then
    raise exception 'kind must be slack, pagerduty, email or webhook.'
      using errcode = 'PT400', detail = 'invalid_channel', hint = 'kind';
  elsif is_fit and kind = 'webhook' then
    begin
      is_fit := octet_length(decode(substr(secret, 7), 'base64')) between 24 and 64;
    exception
      when data_exception then is_fit := false;
    end;
  end if;
  if not is_fit then
    -- The message is kept in logs: it says what would be right, never what was given.
    raise exception 'secret must be %.', case kind
      when 'slack' then 'the address of a Slack incoming webhook'
      when 'pagerduty' then 'the routing key of a PagerDuty integration'
      when 'email' then 'the key of the mail service, of 8 to 200 characters'
      else 'whsec_ and the base64 of 24 to 64 bytes'
    end
      using errcode = 'PT400', detail = 'invalid_secret', hint = 'secret';
  end if;
end
$function$;

comment on function "monitoring"."check_channel_secret"(text, text) is 'Raises PT400 for what cannot be the secret of a channel of this kind.';

revoke all on function "monitoring"."check_channel_secret"(text, text) from public;

grant execute on function "monitoring"."check_channel_secret"(text, text) to "postgres";

-- schemas/monitoring/functions/check_currency

create or replace function monitoring.check_currency()
  returns trigger
  language plpgsql
  set search_path to ''
  AS $function$
begin
  if (select count(distinct p.currency) from monitoring.prices as p) > 1 then
    raise exception 'all prices must be in one currency: change them in one statement'
      using errcode = 'check_violation', column = 'currency';
  end if;
  return null;
end
$function$;

comment on function "monitoring"."check_currency"() is 'Refuses (23514) prices in several currencies, which nobody could add up.';

revoke all on function "monitoring"."check_currency"() from public;

grant execute on function "monitoring"."check_currency"() to "postgres";

-- schemas/monitoring/functions/check_insight_kind

create or replace function monitoring.check_insight_kind (
  kind text
)
  returns void
  language plpgsql
  immutable
  set search_path to ''
  AS $function$
begin
  if kind is null or kind <> all (monitoring.insight_kinds()) then
    raise exception 'kind must be one of %.', array_to_string(monitoring.insight_kinds(), ', ')
      using errcode = 'PT400', detail = 'invalid_kind', hint = 'kind';
  end if;
end
$function$;

comment on function "monitoring"."check_insight_kind"(text) is 'Refuses (400, invalid_kind) a kind of insights that there is not.';

revoke all on function "monitoring"."check_insight_kind"(text) from public;

grant execute
  on function "monitoring"."check_insight_kind"(text)
  to "authenticated", "postgres", "service_role";

-- schemas/monitoring/functions/check_matchers

create or replace function monitoring.check_matchers (
  matchers jsonb
)
  returns void
  language plpgsql
  immutable
  set search_path to ''
  AS $function$
declare
  known constant text[] := array['type', 'severity', 'resource_type', 'resource_id', 'resource_name'];
begin
  if jsonb_typeof(matchers) is distinct from 'object' or exists (
    select
    from jsonb_each(matchers) as m
    where m.key <> all (known)
      or jsonb_typeof(m.value) <> 'string'
      or length(m.value #>> '{}') not between 1 and 2048
  ) then
    raise exception 'matchers must be an object of %, each a text; * stands for any text.',
      array_to_string(known, ', ')
      using errcode = 'PT400', detail = 'invalid_matchers', hint = 'matchers';
  end if;
end
$function$;

comment on function "monitoring"."check_matchers"(jsonb) is 'Refuses (400, invalid_matchers) what does not describe alerts.';

revoke all on function "monitoring"."check_matchers"(jsonb) from public;

grant execute
  on function "monitoring"."check_matchers"(jsonb)
  to "authenticated", "postgres", "service_role";

-- schemas/monitoring/functions/check_request

create or replace function monitoring.check_request (
  id        text,
  sent_at   bigint,
  body      text,
  signature text
)
  returns void
  language plpgsql
  stable
  set search_path to ''
  AS $function$
begin
  if abs(extract(epoch from clock_timestamp()) - check_request.sent_at) > 300 then
    raise exception 'The request is older than five minutes.'
      using errcode = 'PT401', detail = 'stale_request';
  elsif sha256(convert_to(monitoring.sign_request(id, sent_at, body), 'UTF8'))
    is distinct from sha256(convert_to(signature, 'UTF8'))
  then
    raise exception 'The signature is not the database''s.'
      using errcode = 'PT401', detail = 'invalid_signature';
  end if;
end
$function$;

comment on function "monitoring"."check_request"(text, bigint, text, text) is
  'Raises PT401 unless this database signed the request within the last five minutes.';

revoke all on function "monitoring"."check_request"(text, bigint, text, text) from public;

grant execute on function "monitoring"."check_request"(text, bigint, text, text) to "postgres";

-- schemas/monitoring/functions/check_series_points

create or replace function monitoring.check_series_points (
  after  timestamp with time zone,
  times  timestamp with time zone[],
  points double precision[]
)
  returns void
  language plpgsql
  immutable
  set search_path to ''
  AS $function$
declare
  largest constant double precision := 1e15;
  previous timestamptz := coalesce(after, '-infinity');
  wrong text;
begin
  if coalesce(cardinality(times), 0) <> coalesce(cardinality(points), 0) then
    raise exception 'A series needs as many values as times: there are % and %.',
      coalesce(cardinality(points), 0), coalesce(cardinality(times), 0)
      using errcode = '22023';
  end if;
  for i in 1 .. coalesce(cardinality(times), 0) loop
    wrong := case
      when times[i] is null or not isfinite(times[i]) then 'its time is not one'
      when times[i] < previous then format('its time, %s, is before %s', times[i], previous)
      when points[i] is null then 'its value is null'
      when abs(points[i]) <= largest then null
      else format('its value is %s', points[i])
    end;
    if wrong is not null then
      raise exception 'Point % of the series cannot be scored: %. Times must not go back, and values must be numbers of up to %.', i, wrong, largest
        using errcode = '22023';
    end if;
    previous := times[i];
  end loop;
end
$function$;

comment on function "monitoring"."check_series_points"(timestamp with time zone, timestamp
  with time zone[], double precision[]) is 'Refuses (22023) points that are no series, or do not go on after a time: times do not go back (they may repeat: sources do), and values are finite numbers of up to 1e15. Says which point, and what is wrong with it.';

revoke all
  on function "monitoring"."check_series_points"(timestamp with time zone, timestamp
    with time zone[], double precision[])
  from public;

grant execute
  on function "monitoring"."check_series_points"(timestamp with time zone, timestamp
    with time zone[], double precision[])
  to "postgres";

-- schemas/monitoring/functions/check_series_resource

create or replace function monitoring.check_series_resource (
  org_id   uuid,
  subjects text[],
  resource text
)
  returns void
  language plpgsql
  stable
  set search_path to ''
  AS $function$
declare
  is_uuid constant boolean := resource ~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$';
  found boolean := true;
begin
  if resource is null then
    if 'custom' <> all (subjects) then return; end if;
    raise exception 'resource must name the metric of your own, for example emails.sent.'
      using errcode = 'PT400', detail = 'resource_required', hint = 'resource';
  elsif cardinality(subjects) > 1 then
    raise exception 'resource is of one subject: ask for its metrics alone.'
      using errcode = 'PT400', detail = 'invalid_resource', hint = 'resource';
  elsif subjects[1] = 'delivery' then
    found := is_uuid and exists (
      select from public.webhooks as w
      where w.org_id = check_series_resource.org_id and w.id::text = resource
    );
  elsif subjects[1] = 'execution' then
    found := is_uuid and exists (
      select from public.automation_rules as r
      where r.org_id = check_series_resource.org_id and r.id::text = resource
    );
  elsif subjects[1] = 'custom' then
    found := exists (
      select from public.metric_series as s
      cross join monitoring.parse_metric_resource(resource) as asked
      where s.org_id = check_series_resource.org_id and s.name = asked.name
        and s.labels @> asked.labels
    );
  end if;
  if not found then
    raise exception 'The org has no such resource.'
      using errcode = 'PT404', detail = 'resource_not_found', hint = 'resource';
  end if;
end
$function$;

comment on function "monitoring"."check_series_resource"(uuid, text[], text) is
  'Refuses (400, 404) a resource that is not one of the subject''s: a webhook''s id for deliveries, a rule''s for executions, a metric of the org''s own for custom ones, which need one. Types of API resources and keys of rate limits are any text.';

revoke all on function "monitoring"."check_series_resource"(uuid, text[], text) from public;

grant execute
  on function "monitoring"."check_series_resource"(uuid, text[], text)
  to "authenticated", "postgres", "service_role";

-- schemas/monitoring/functions/claim_ids

create or replace function monitoring.claim_ids (
  ids uuid[]
)
  returns integer
  language plpgsql
  set search_path to ''
  AS $function$
declare
  claimed integer;
begin
  -- In one order for all, so that batches with the same ids cannot deadlock.
  insert into monitoring.claimed_ids
  select distinct id from unnest(ids) as id where id is not null order by id;
  get diagnostics claimed = row_count;
  -- What others wait for is in the index until this transaction has ended.
  delete from monitoring.claimed_ids where id = any (ids);
  return claimed;
end
$function$;

comment on function "monitoring"."claim_ids"(uuid[]) is 'Waits until no other transaction is about to store one of these ids, and has others wait for this one; returns how many different ones there are.';

revoke all on function "monitoring"."claim_ids"(uuid[]) from public;

grant execute on function "monitoring"."claim_ids"(uuid[]) to "postgres", "service_role";

-- schemas/monitoring/functions/claim_notification

create or replace function monitoring.claim_notification (
  notification_id bigint,
  at              timestamp with time zone
)
  returns jsonb
  language plpgsql
  security definer
  set search_path to ''
  AS $function$
declare
  asked monitoring.notifications;
  channel monitoring.channels;
  ids bigint[];
  quiet_at timestamptz;
  nothing constant jsonb := '{}'::jsonb;
begin
  at := greatest(at, clock_timestamp());
  select * into asked from monitoring.notifications as n where n.id = claim_notification.notification_id;
  -- Who claims from the same group at the same time takes what is left.
  perform pg_advisory_xact_lock(hashtextextended(asked.channel_id || asked.group_key, 0));
  select * into asked from monitoring.notifications as n where n.id = claim_notification.notification_id;
  if asked.id is null or asked.status <> 'queued' or asked.due_at > at then
    return nothing;
  end if;

  select * into channel from monitoring.channels as c where c.id = asked.channel_id;
  if not channel.enabled and asked.event_id is not null then
    update monitoring.notifications as n
    set status = 'dropped', finished_at = claim_notification.at, error = 'The channel is disabled.'
    where n.channel_id = asked.channel_id and n.status = 'queued';
    return nothing;
  end if;

  ids := monitoring.sendable_notifications(asked, channel, at);
  quiet_at := monitoring.group_is_quiet_at(ids, channel);
  if quiet_at > at then
    -- The first of a group waits for it; the others go with the first.
    return case when asked.id = ids[1] then monitoring.next_call(asked.id, quiet_at - at) else nothing end;
  end if;

  if channel.kind = 'pagerduty' and asked.event_id is not null and asked.message_id is null then
    ids := monitoring.first_of_one_action(ids);
    if monitoring.is_incident_still_open(ids) then
      update monitoring.notifications as n
      set status = 'dropped', finished_at = claim_notification.at,
        error = 'Its incident stays open: other alerts of it are.'
      where n.id = any (ids);
      return monitoring.next_in_group(asked.channel_id, asked.group_key, at);
    end if;
  end if;

  ids := monitoring.lease_notifications(ids, channel, at);
  if ids is null then
    return nothing;
  end if;
  return jsonb_build_object('message', monitoring.describe_message(ids, channel, at));
end
$function$;

comment on function "monitoring"."claim_notification"(bigint, timestamp
  with time zone) is 'Takes on the message of a notification for one minute: {message} to send now, {next} to claim later, or {} when there is nothing to do, as when another sender has it.';

revoke all
  on function "monitoring"."claim_notification"(bigint, timestamp with time zone)
  from public;

grant execute
  on function "monitoring"."claim_notification"(bigint, timestamp with time zone)
  to "postgres", "service_role";

-- schemas/monitoring/functions/compare_deploy

create or replace function monitoring.compare_deploy (
  org_id      uuid,
  deployed_at timestamp with time zone,
  length      interval
)
  returns SETOF monitoring.comparison
  language sql
  stable
  set search_path to ''
  AS $function$
  with difference as materialized (
    select *
    from monitoring.deploy_differences(
      compare_deploy.org_id, compare_deploy.deployed_at, compare_deploy.length
    )
  ),
  -- Of the two tests of a latency the surer.
  latency as (
    select distinct on (resource_type, resource_id) resource_type, resource_id, excess, p_value
    from difference
    where statistic in ('longer', 'longer_tail')
    order by resource_type, resource_id, p_value, statistic
  ),
  -- The percentile that moved: the 95th, if it went where the test says.
  percentile as (
    select distinct on (d.resource_type, d.resource_id) d.*,
      case when l.p_value is not null then least(1, 2 * l.p_value) end as latency_p
    from difference as d
    join latency as l using (resource_type, resource_id)
    where d.statistic in ('p50', 'p95')
    order by d.resource_type, d.resource_id,
      abs(d.excess) >= ln(1.05::double precision) and sign(d.excess) = sign(l.excess) desc,
      d.statistic desc
  )
  select resource_type, resource_id, 'latency', case when excess is not null then statistic || '_ms' end,
    after / exp(excess), after, exp(excess) - 1, exp(excess - margin) - 1, exp(excess + margin) - 1,
    latency_p, rows_before, rows_after
  from percentile
  union all
  select resource_type, resource_id, 'error_rate', case when excess is not null then 'error_rate' end,
    case when excess is not null then greatest(0, after - excess) end, after, excess, excess - margin,
    excess + margin, p_value, rows_before, rows_after
  from difference
  where statistic = 'failed'
$function$;

comment on function "monitoring"."compare_deploy"(uuid, timestamp
  with time zone, interval) is 'What changed with a deploy, by what came in the time of `length` (up to an hour) after it: the latency and the share of failures of each route, webhook and rule, uncorrected for their number.';

revoke all
  on function "monitoring"."compare_deploy"(uuid, timestamp with time zone, interval)
  from public;

grant execute
  on function "monitoring"."compare_deploy"(uuid, timestamp with time zone, interval)
  to "postgres";

-- schemas/monitoring/functions/conditions_of

create or replace function monitoring.conditions_of (
  type   text,
  at     timestamp with time zone,
  org_id uuid
)
  returns SETOF monitoring.condition
  language plpgsql
  stable
  set search_path to ''
  AS $function$
begin
  -- No longer than this: it is planned each time.
  return query execute format('select * from monitoring.%I($1, $2)', type || '_conditions')
    using at, org_id;
end
$function$;

comment on function "monitoring"."conditions_of"(text, timestamp
  with time zone, uuid) is 'What monitoring.<type>_conditions(at, org_id) returns.';

revoke all
  on function "monitoring"."conditions_of"(text, timestamp with time zone, uuid)
  from public;

grant execute
  on function "monitoring"."conditions_of"(text, timestamp with time zone, uuid)
  to "authenticated", "postgres", "service_role";

-- schemas/monitoring/functions/costs_measured_at

create or replace function monitoring.costs_measured_at()
  returns timestamp with time zone
  language plpgsql
  stable
  security definer
  set search_path to ''
  AS $function$
begin
  return (select s.measured_at from monitoring.cost_state as s);
end
$function$;

comment on function "monitoring"."costs_measured_at"() is 'When it was last measured what everyone holds; null before the first time.';

revoke all on function "monitoring"."costs_measured_at"() from public;

grant execute
  on function "monitoring"."costs_measured_at"()
  to "authenticated", "postgres", "service_role";

-- schemas/monitoring/functions/count_days

create or replace function monitoring.count_days (
  at timestamp with time zone default now()
)
  returns void
  language plpgsql
  set search_path to ''
  AS $function$
declare
  today constant date := (at at time zone 'UTC')::date;
  -- At the first time no more than a month of what was there before.
  since constant date := (
    select greatest(s.days_before, today - 30) from monitoring.cost_state as s
  );
  -- Of a month whose raw rows went nothing holds anything.
  kept_since constant timestamp := (
    select today - s.raw_retention - interval '31 days' from monitoring.rollup_settings as s
  );
begin
  perform monitoring.count_routes(since, today);
  perform monitoring.count_webhooks(since, today);
  delete from monitoring.route_days as r where r.day < kept_since;
  delete from monitoring.webhook_days as w where w.day < kept_since;

  update monitoring.cost_state as s
  set days_before = greatest(s.days_before, today)
  where s.singleton;
end
$function$;

comment on function "monitoring"."count_days"(timestamp with time zone) is 'Counts each day that has ended and is not counted yet, or the last 30 at the first time; deletes days that are past the retention.';

revoke all on function "monitoring"."count_days"(timestamp with time zone) from public;

grant execute on function "monitoring"."count_days"(timestamp with time zone) to "postgres";

-- schemas/monitoring/functions/count_deliveries

create or replace function monitoring.count_deliveries()
  returns trigger
  language plpgsql
  security definer
  set search_path to ''
  AS $function$
begin
  perform monitoring.lock_webhooks(array_agg(webhook_id), array_agg(status = 'failed'))
  from deliveries
  where status <> 'pending';

  -- A snapshot from before the lock may show a count that a later commit has changed. At read
  -- committed the update below takes a new one; otherwise this fails with serialization_failure.
  if current_setting('transaction_isolation') <> 'read committed' then
    perform from public.webhooks
    where id in (select webhook_id from deliveries where status <> 'pending')
    order by id
    for share;
  end if;

  -- Nearly always there is nothing to write.
  if not exists (
    select
    from deliveries as d
    where d.status = 'failed' or d.status = 'sent' and exists (
      select from public.webhooks as w where w.id = d.webhook_id and w.consecutive_failures > 0
    )
  ) then
    return null;
  end if;

  with ordered as (
    select webhook_id, status, sent_at,
      coalesce(bool_or(status = 'sent') over (
        partition by webhook_id
        order by sent_at, position
        rows between 1 following and unbounded following
      ), false) as recovered
    from (select *, row_number() over () as position from deliveries) as delivery
    where status <> 'pending'
  ),
  outcome as (
    select webhook_id,
      bool_or(status = 'sent') as succeeded,
      count(*) filter (where status = 'failed' and not recovered) as trailing_failures,
      max(sent_at) filter (where status = 'failed') as last_failure_at
    from ordered
    group by webhook_id
  ),
  -- Locked in one order for all, so that two batches with the same webhooks cannot deadlock.
  to_write as materialized (
    select webhook.id
    from public.webhooks as webhook
    join outcome on outcome.webhook_id = webhook.id
    where outcome.last_failure_at is not null or webhook.consecutive_failures > 0
    order by webhook.id
    for no key update of webhook
  )
  update public.webhooks as webhook
  set consecutive_failures = outcome.trailing_failures
      + case when outcome.succeeded then 0 else webhook.consecutive_failures end,
    last_failure_at = greatest(webhook.last_failure_at, outcome.last_failure_at)
  from outcome
  join to_write on to_write.id = outcome.webhook_id
  where webhook.id = outcome.webhook_id;
  if found then
    perform monitoring.judge_webhooks(
      array(select webhook_id from deliveries where status <> 'pending')
    );
  end if;
  return null;
end
$function$;

comment on function "monitoring"."count_deliveries"() is 'Keeps consecutive_failures and last_failure_at of the webhooks whose deliveries a statement finished; within it, by sent_at and then by position. If any counter was written, their alerts are judged.';

revoke all on function "monitoring"."count_deliveries"() from public;

grant execute on function "monitoring"."count_deliveries"() to "postgres";

-- schemas/monitoring/functions/count_executions

create or replace function monitoring.count_executions()
  returns trigger
  language plpgsql
  security definer
  set search_path to ''
  AS $function$
begin
  -- Locked in one order for all, so that two batches with the same rules cannot deadlock.
  perform from public.automation_rules
  where id in (select rule_id from executions)
  order by id
  for no key update;

  update public.automation_rules as rule
  set trigger_count = rule.trigger_count + added.executions,
    last_triggered_at = greatest(rule.last_triggered_at, added.last_executed_at)
  from (
    select rule_id, count(*) as executions, max(executed_at) as last_executed_at
    from executions
    group by rule_id
  ) as added
  where rule.id = added.rule_id;
  return null;
end
$function$;

comment on function "monitoring"."count_executions"() is 'Adds a statement''s new executions to their rules'' trigger_count and last_triggered_at.';

revoke all on function "monitoring"."count_executions"() from public;

grant execute on function "monitoring"."count_executions"() to "postgres";

-- schemas/monitoring/functions/count_notifications

create or replace function monitoring.count_notifications()
  returns trigger
  language plpgsql
  security definer
  set search_path to ''
  AS $function$
begin
  insert into monitoring.notification_counts (org_id, channel_kind, outcome, counted)
  select n.org_id, c.kind, n.status, count(*)
  from after as n
  join before as b on b.id = n.id
  join monitoring.channels as c on c.id = n.channel_id
  where n.finished_at is not null and b.finished_at is null and n.event_id is not null
  group by n.org_id, c.kind, n.status;
  return null;
end
$function$;

comment on function "monitoring"."count_notifications"() is 'Counts the notifications that a statement ended.';

revoke all on function "monitoring"."count_notifications"() from public;

grant execute on function "monitoring"."count_notifications"() to "postgres";

-- schemas/monitoring/functions/count_routes

create or replace function monitoring.count_routes (
  since date,
  until date
)
  returns void
  language plpgsql
  set search_path to ''
  set plan_cache_mode to 'force_custom_plan'
  set jit to 'off'
  AS $function$
begin
  insert into monitoring.route_days (org_id, route, day, requests, duration_sum, bytes_out)
  select o.id, r.route, d.day::date, r.requests, r.duration_sum, r.bytes_out
  from generate_series(since::timestamp, until - interval '1 day', interval '1 day') as d (day)
  cross join public.orgs as o
  -- Org by org, as the index on time begins with it.
  cross join lateral (
    select case when place <= 100 then one.route else '' end as route, sum(one.requests) as requests,
      sum(one.duration_sum) as duration_sum, sum(one.bytes_out) as bytes_out
    from (
      -- As much of a path as an index takes.
      select concat(l.method, ' ', left(l.path, 500)) as route, count(*) as requests,
        sum(l.duration_ms) as duration_sum, sum(l.bytes_out) as bytes_out,
        row_number() over (order by count(*) desc, concat(l.method, ' ', left(l.path, 500))) as place
      from public.api_audit_logs as l
      where l.org_id = o.id
        and l.created_at >= d.day at time zone 'UTC'
        and l.created_at < (d.day + interval '1 day') at time zone 'UTC'
      group by 1
    ) as one
    group by 1
  ) as r
  on conflict do nothing;
end
$function$;

comment on function "monitoring"."count_routes"(date, date) is 'Counts the requests of each day of a span by route: the 100 busiest of each org and day by themselves, the rest together.';

revoke all on function "monitoring"."count_routes"(date, date) from public;

grant execute on function "monitoring"."count_routes"(date, date) to "postgres";

-- schemas/monitoring/functions/count_webhooks

create or replace function monitoring.count_webhooks (
  since date,
  until date
)
  returns void
  language plpgsql
  set search_path to ''
  set plan_cache_mode to 'force_custom_plan'
  set jit to 'off'
  AS $function$
begin
  insert into monitoring.webhook_days (org_id, webhook_id, day, bytes_out)
  select o.id, w.webhook_id, d.day::date, w.bytes_out
  from generate_series(since::timestamp, until - interval '1 day', interval '1 day') as d (day)
  cross join public.orgs as o
  cross join lateral (
    select v.webhook_id, sum(v.bytes_out) as bytes_out
    from public.webhook_deliveries as v
    where v.org_id = o.id
      and v.sent_at >= d.day at time zone 'UTC'
      and v.sent_at < (d.day + interval '1 day') at time zone 'UTC'
      and v.status <> 'pending' and v.bytes_out is not null
    group by v.webhook_id
  ) as w
  on conflict do nothing;
end
$function$;

comment on function "monitoring"."count_webhooks"(date, date) is 'Adds up what the deliveries of each day of a span sent, by webhook: those that finished and said it.';

revoke all on function "monitoring"."count_webhooks"(date, date) from public;

grant execute on function "monitoring"."count_webhooks"(date, date) to "postgres";

-- schemas/monitoring/functions/course_bounds

create or replace function monitoring.course_bounds (
  distance   double precision,
  drift      double precision,
  variance   double precision,
  observed   double precision,
  deviations double precision,
  OUT        sooner double precision,
  OUT        later double precision
)
  returns record
  language plpgsql
  immutable
  set search_path to ''
  AS $function$
declare
  spread constant double precision := deviations ^ 2 * variance;
  a constant double precision := drift ^ 2 - spread / observed;
  b constant double precision := 2 * distance * drift + spread;
  root constant double precision := sqrt(greatest(b ^ 2 - 4 * a * distance ^ 2, 0));
begin
  sooner := 2 * distance ^ 2 / (b + root);
  -- Where it may as well not grow at all, nobody knows by when it is there.
  if a > 0 then
    later := (b + root) / (2 * a);
  end if;
end
$function$;

comment on function
  "monitoring"."course_bounds"(double precision, double precision, double precision, double
  precision, double precision) is 'When a random walk with drift is `distance` further if it is so many deviations ahead of, or behind, its expected course.';

revoke all
  on function
    "monitoring"."course_bounds"(double precision, double precision, double precision, double
    precision, double precision)
  from public;

grant execute
  on function
    "monitoring"."course_bounds"(double precision, double precision, double precision, double
    precision, double precision)
  to "authenticated", "postgres", "service_role";

-- schemas/monitoring/functions/create_channel

create or replace function monitoring.create_channel (
  org_id        uuid,
  kind          text,
  name          text,
  secret        text,
  url           text,
  email_from    text,
  email_to      text[],
  min_severity  text,
  types         text[],
  mute_windows  jsonb,
  group_seconds numeric
)
  returns jsonb
  language plpgsql
  security definer
  set search_path to ''
  AS $function$
declare
  new_id constant uuid := gen_random_uuid();
  -- Who gives none for a webhook gets one, and sees it this once.
  made constant text := case
    when create_channel.kind = 'webhook' and create_channel.secret is null
      then monitoring.make_webhook_secret()
  end;
begin
  perform monitoring.require_channel_admin(create_channel.org_id);
  perform monitoring.check_channel_secret(create_channel.kind, coalesce(made, create_channel.secret));
  insert into monitoring.channels (
    id, org_id, kind, name, url, email_from, email_to, min_severity, types, mute_windows,
    group_seconds, secret_id
  )
  values (
    new_id, create_channel.org_id, create_channel.kind, create_channel.name, create_channel.url,
    create_channel.email_from, create_channel.email_to, create_channel.min_severity,
    create_channel.types, create_channel.mute_windows, create_channel.group_seconds,
    vault.create_secret(
      coalesce(made, create_channel.secret), null, 'Everwatch channel ' || new_id
    )
  );
  return jsonb_strip_nulls(jsonb_build_object('id', new_id, 'secret', made));
end
$function$;

comment on function
  "monitoring"."create_channel"(uuid, text, text, text, text, text, text[], text, text[], jsonb,
  numeric) is 'What public.create_channel calls.';

revoke all
  on function
    "monitoring"."create_channel"(uuid, text, text, text, text, text, text[], text, text[], jsonb,
    numeric)
  from public;

grant execute
  on function
    "monitoring"."create_channel"(uuid, text, text, text, text, text, text[], text, text[], jsonb,
    numeric)
  to "authenticated", "postgres", "service_role";

-- schemas/monitoring/functions/create_org

create or replace function monitoring.create_org (
  name text
)
  returns uuid
  language plpgsql
  security definer
  set search_path to ''
  AS $function$
declare
  new_id uuid;
begin
  if (select auth.uid()) is null then
    raise exception 'sign in to create an organisation'
      using errcode = 'PT401', detail = 'unauthenticated';
  end if;
  insert into public.orgs (name) values (create_org.name) returning id into new_id;
  insert into public.org_members (org_id, user_id, role) values (new_id, auth.uid(), 'owner');
  return new_id;
end
$function$;

comment on function "monitoring"."create_org"(text) is 'Makes an org with the signed-in user as its owner; what public.create_org calls.';

revoke all on function "monitoring"."create_org"(text) from public;

grant execute on function "monitoring"."create_org"(text) to "authenticated", "postgres";

-- schemas/monitoring/functions/cron_job_failing_conditions

create or replace function monitoring.cron_job_failing_conditions (
  at     timestamp with time zone,
  org_id uuid                     default null::uuid
)
  returns SETOF monitoring.condition
  language plpgsql
  stable
  security definer
  set search_path to ''
  AS $function$
begin
  return query
  select
    null::uuid,
    p.type,
    case when j.failures >= p.critical then 'critical' else 'warning' end,
    'cron_job',
    j.job_name,
    j.job_name,
    format('%s failed %s times in a row: %s', j.job_name, j.failures, left(j.error, 500)),
    j.failures::numeric,
    case when j.failures >= p.critical then p.critical else p.warning end
  from monitoring.alert_policies as p
  cross join monitoring.job_health(cron_job_failing_conditions.at) as j
  where p.type = 'cron_job_failing'
    and p.enabled
    and j.failures >= least(p.warning, p.critical)
    and cron_job_failing_conditions.org_id is null
    and monitoring.reads_every_org()
    and monitoring.is_set_up(cron_job_failing_conditions.at);
end
$function$;

comment on function "monitoring"."cron_job_failing_conditions"(timestamp
  with time zone, uuid) is 'Scheduled jobs whose last runs failed; nothing for callers who do not read every org.';

revoke all
  on function "monitoring"."cron_job_failing_conditions"(timestamp with time zone, uuid)
  from public;

grant execute
  on function "monitoring"."cron_job_failing_conditions"(timestamp with time zone, uuid)
  to "postgres", "service_role";

-- schemas/monitoring/functions/cron_job_late_conditions

create or replace function monitoring.cron_job_late_conditions (
  at     timestamp with time zone,
  org_id uuid                     default null::uuid
)
  returns SETOF monitoring.condition
  language plpgsql
  stable
  security definer
  set search_path to ''
  AS $function$
begin
  return query
  select
    null::uuid,
    p.type,
    case when l.periods > p.critical then 'critical' else 'warning' end,
    'cron_job',
    j.job_name,
    j.job_name,
    format('%s has not succeeded for %s; it is to run every %s',
      j.job_name, date_trunc('second', cron_job_late_conditions.at - j.last_success), j.period),
    l.periods,
    case when l.periods > p.critical then p.critical else p.warning end
  from monitoring.alert_policies as p
  cross join monitoring.job_health(cron_job_late_conditions.at) as j
  cross join lateral (
    select round(extract(epoch from cron_job_late_conditions.at - j.last_success)
      / extract(epoch from j.period), 1)
  ) as l (periods)
  where p.type = 'cron_job_late'
    and p.enabled
    and l.periods > least(p.warning, p.critical)
    and cron_job_late_conditions.org_id is null
    and monitoring.reads_every_org()
    and monitoring.is_set_up(cron_job_late_conditions.at);
end
$function$;

comment on function "monitoring"."cron_job_late_conditions"(timestamp
  with time zone, uuid) is 'Scheduled jobs that have not succeeded for several of their periods, or never; nothing for callers who do not read every org.';

revoke all
  on function "monitoring"."cron_job_late_conditions"(timestamp with time zone, uuid)
  from public;

grant execute
  on function "monitoring"."cron_job_late_conditions"(timestamp with time zone, uuid)
  to "postgres", "service_role";

-- schemas/monitoring/functions/cron_period

create or replace function monitoring.cron_period (
  schedule text
)
  returns interval
  language sql
  immutable
  set search_path to ''
  AS $function$
  select case
    when schedule ~ '^\*(/1)?( \*){4}$' then interval '1 minute'
    when schedule ~ '^\*/\d+( \*){4}$'
      then substring(schedule from '\d+')::integer * interval '1 minute'
    when schedule ~ '^\d+( \*){4}$' then interval '1 hour'
    when schedule ~ '^\d+ \d+( \*){3}$' then interval '1 day'
  end
$function$;

comment on function "monitoring"."cron_period"(text) is 'How often a job with this schedule runs, for the forms that are in use here; null for others.';

revoke all on function "monitoring"."cron_period"(text) from public;

grant execute on function "monitoring"."cron_period"(text) to "postgres";

-- schemas/monitoring/functions/cron_stopped_conditions

create or replace function monitoring.cron_stopped_conditions (
  at     timestamp with time zone,
  org_id uuid                     default null::uuid
)
  returns SETOF monitoring.condition
  language plpgsql
  stable
  security definer
  set search_path to ''
  AS $function$
begin
  return query
  select
    null::uuid,
    p.type,
    case when r.minutes > p.critical then 'critical' else 'warning' end,
    'extension',
    'pg_cron',
    'pg_cron',
    format('No scheduled job has begun for %s minutes', r.minutes),
    r.minutes,
    case when r.minutes > p.critical then p.critical else p.warning end
  from monitoring.alert_policies as p
  cross join lateral (
    select round(extract(epoch from cron_stopped_conditions.at - coalesce(
      (
        -- By the id, for that alone is indexed.
        select d.start_time
        from cron.job_run_details as d
        where d.start_time <= cron_stopped_conditions.at
        order by d.runid desc
        limit 1
      ),
      (select s.installed_at from monitoring.settings as s)
    )) / 60, 1)
  ) as r (minutes)
  where p.type = 'cron_stopped'
    and p.enabled
    and r.minutes > least(p.warning, p.critical)
    and cron_stopped_conditions.org_id is null
    and monitoring.reads_every_org()
    and monitoring.is_set_up(cron_stopped_conditions.at);
end
$function$;

comment on function "monitoring"."cron_stopped_conditions"(timestamp
  with time zone, uuid) is 'Whether the scheduler of pg_cron starts nothing any more; nothing for callers who do not read every org.';

revoke all
  on function "monitoring"."cron_stopped_conditions"(timestamp with time zone, uuid)
  from public;

grant execute
  on function "monitoring"."cron_stopped_conditions"(timestamp with time zone, uuid)
  to "postgres", "service_role";

-- schemas/monitoring/functions/current_cron_run

create or replace function monitoring.current_cron_run()
  returns bigint
  language sql
  stable
  set search_path to ''
  AS $function$
  select max(run.runid)
  from cron.job_run_details as run
  where run.job_pid = pg_backend_pid() and run.status = 'running'
$function$;

comment on function "monitoring"."current_cron_run"() is 'The run of pg_cron that this session is; null when it is none.';

revoke all on function "monitoring"."current_cron_run"() from public;

grant execute on function "monitoring"."current_cron_run"() to "postgres";

-- schemas/monitoring/functions/custom_series

create or replace function monitoring.custom_series (
  org_id       uuid,
  resource     text,
  before_start timestamp with time zone,
  range_start  timestamp with time zone,
  range_end    timestamp with time zone,
  step         interval
)
  returns table (
    is_before boolean,
    bucket    timestamp with time zone,
    measured  jsonb
  )
  language sql
  stable
  set search_path to ''
  AS $function$
  with found as (
    select r.*,
      r.hour < custom_series.range_start as is_before,
      date_bin(custom_series.step, r.hour, timestamptz 'epoch') as bucket
    from monitoring.parse_metric_resource(custom_series.resource) as asked
    join public.metric_series as s
      on s.org_id = custom_series.org_id and s.name = asked.name and s.labels @> asked.labels
    join public.metric_rollups as r on r.org_id = s.org_id and r.series_id = s.id
    where r.hour >= custom_series.before_start and r.hour < custom_series.range_end
  )
  select f.is_before, f.bucket, jsonb_build_object(
    'custom_count', sum(f.count),
    'custom_sum', sum(f.sum),
    'custom_avg', sum(f.sum) / sum(f.count),
    'custom_min', min(f.min),
    'custom_max', max(f.max),
    'custom_last', (array_agg(f.last order by f.last_at desc))[1],
    'custom_p95', monitoring.quantile_of_bins(array_agg(f.bins), 0.95)
  )
  from found as f
  group by grouping sets ((f.is_before), (f.is_before, f.bucket))
  having grouping(f.bucket) = 1 or not f.is_before
$function$;

comment on function "monitoring"."custom_series"(uuid, text, timestamp with time zone, timestamp
  with time zone, timestamp with time zone, interval) is 'Values of the metric of an org''s own that resource names: see delivery_series. A 95th percentile is known of histograms alone.';

revoke all
  on function "monitoring"."custom_series"(uuid, text, timestamp with time zone, timestamp
    with time zone, timestamp with time zone, interval)
  from public;

grant execute
  on function "monitoring"."custom_series"(uuid, text, timestamp with time zone, timestamp
    with time zone, timestamp with time zone, interval)
  to "authenticated", "postgres", "service_role";

-- schemas/monitoring/functions/decode_cursor

create or replace function monitoring.decode_cursor (
  cursor text,
  list   text
)
  returns text[]
  language plpgsql
  immutable
  set search_path to ''
  AS $function$
declare
  place jsonb;
begin
  if cursor is null then
    return array[]::text[];
  end if;
  begin
    place := convert_from(decode(cursor, 'hex'), 'UTF8')::jsonb;
  exception
    when data_exception then place := null;
  end;
  if jsonb_typeof(place -> list) is distinct from 'array' then
    raise exception 'after is not a cursor of this list.'
      using errcode = 'PT400', detail = 'invalid_cursor', hint = 'after';
  end if;
  return array(select jsonb_array_elements_text(place -> list));
end
$function$;

comment on function "monitoring"."decode_cursor"(text, text) is 'The key after which a page of this list begins; empty for the first page. Any text is safe as a key: it is only compared.';

revoke all on function "monitoring"."decode_cursor"(text, text) from public;

grant execute
  on function "monitoring"."decode_cursor"(text, text)
  to "authenticated", "postgres", "service_role";

-- schemas/monitoring/functions/delete_channel

create or replace function monitoring.delete_channel (
  channel_id uuid
)
  returns void
  language plpgsql
  security definer
  set search_path to ''
  AS $function$
declare
  channel constant monitoring.channels := monitoring.own_channel(delete_channel.channel_id);
begin
  delete from monitoring.channels as c where c.id = channel.id;
end
$function$;

comment on function "monitoring"."delete_channel"(uuid) is 'What public.delete_channel calls.';

revoke all on function "monitoring"."delete_channel"(uuid) from public;

grant execute
  on function "monitoring"."delete_channel"(uuid)
  to "authenticated", "postgres", "service_role";

-- schemas/monitoring/functions/delivery_series

create or replace function monitoring.delivery_series (
  org_id       uuid,
  resource     text,
  before_start timestamp with time zone,
  range_start  timestamp with time zone,
  range_end    timestamp with time zone,
  step         interval,
  percentiles  boolean
)
  returns table (
    is_before boolean,
    bucket    timestamp with time zone,
    measured  jsonb
  )
  language sql
  stable
  set search_path to ''
  AS $function$
  select s.is_before, s.bucket, jsonb_build_object(
    'deliveries', s.pending + s.succeeded + s.failed,
    'failed_deliveries', s.failed,
    'delivery_success_rate_pct', round(100.0 * s.succeeded / nullif(s.succeeded + s.failed, 0), 2),
    'delivery_avg_ms', round(1.0 * s.duration_sum / nullif(s.succeeded + s.failed, 0), 1),
    'delivery_p95_ms', s.p95_ms
  )
  from monitoring.activity_series(
    'delivery', org_id, resource::uuid, null, before_start, range_start, range_end, step, percentiles
  ) as s
$function$;

comment on function "monitoring"."delivery_series"(uuid, text, timestamp with time zone, timestamp
  with time zone, timestamp with time zone, interval, boolean) is 'Deliveries of an org, or of the webhook that resource names, for monitoring_timeseries: one row a bucket that has any, and one with a null bucket for the range and for the range before. Their percentiles where they are asked for.';

revoke all
  on function "monitoring"."delivery_series"(uuid, text, timestamp with time zone, timestamp
    with time zone, timestamp with time zone, interval, boolean)
  from public;

grant execute
  on function "monitoring"."delivery_series"(uuid, text, timestamp with time zone, timestamp
    with time zone, timestamp with time zone, interval, boolean)
  to "authenticated", "postgres", "service_role";

-- schemas/monitoring/functions/deploy_contrasts

create or replace function monitoring.deploy_contrasts (
  org_id      uuid,
  deployed_at timestamp with time zone,
  length      interval
)
  returns table (
    resource_type text,
    resource_id   text,
    day           integer,
    back          integer,
    rows_before   bigint,
    rows_after    bigint,
    failed_before bigint,
    failed_after  bigint,
    p50_before    double precision,
    p50_after     double precision,
    p95_before    double precision,
    p95_after     double precision,
    longer        double precision,
    longer_tail   double precision
  )
  language sql
  stable
  set search_path to ''
  AS $function$
  with traffic as materialized (
    select *
    from monitoring.deploy_traffic(
      deploy_contrasts.org_id, deploy_contrasts.deployed_at, deploy_contrasts.length
    )
  ),
  side as (
    select t.resource_type, t.resource_id, t.day, -t.hour - h.hours as back, t.bin,
      t.count as before, 0 as after, t.failed as failed_before, 0 as failed_after
    from traffic as t
    cross join (values (1), (2)) as h (hours)
    where -t.hour - h.hours between 0 and 5
    union all
    select resource_type, resource_id, day, -hour, bin, 0, count, 0, failed
    from traffic
    where is_early and hour > -6
  ),
  bin as (
    select resource_type, resource_id, day, back, bin, sum(before)::float8 as before,
      sum(after)::float8 as after, sum(failed_before) as failed_before, sum(failed_after) as failed_after
    from side
    group by resource_type, resource_id, day, back, bin
  ),
  ranked as (
    select b.*,
      sum(before) over up_to as before_up_to, sum(after) over up_to as after_up_to,
      sum(before) over whole as all_before, sum(after) over whole as all_after
    from bin as b
    window whole as (partition by resource_type, resource_id, day, back),
      up_to as (partition by resource_type, resource_id, day, back order by bin)
  ),
  contrast as (
    select resource_type, resource_id, day, back, max(all_before)::bigint as rows_before,
      max(all_after)::bigint as rows_after, sum(failed_before)::bigint as failed_before,
      sum(failed_after)::bigint as failed_after,
      min(bin) filter (where before_up_to >= 0.5 * all_before) as p50_before,
      min(bin) filter (where after_up_to >= 0.5 * all_after) as p50_after,
      min(bin) filter (where before_up_to >= 0.95 * all_before) as p95_before,
      min(bin) filter (where after_up_to >= 0.95 * all_after) as p95_after,
      sum(after / all_after * (before_up_to - before / 2) / all_before) - 0.5 as longer,
      -- Of the bin in which a percentile lies, the part above it.
      sum(after / all_after * (
        least(1, greatest(0, before_up_to - 0.9 * all_before) / greatest(before, 1e-9))
          + least(1, greatest(0, before_up_to - 0.95 * all_before) / greatest(before, 1e-9))
      )) - 0.15 as above
    from ranked
    where all_before > 0 and all_after > 0
    group by resource_type, resource_id, day, back
  )
  select resource_type, resource_id, day, back, rows_before, rows_after, failed_before, failed_after,
    monitoring.bin_duration(p50_before), monitoring.bin_duration(p50_after),
    monitoring.bin_duration(p95_before), monitoring.bin_duration(p95_after),
    longer,
    -- Of a row that is above q of the others with the place u among them, the covariance of both over
    -- the variance of u is 6 q (1 - q); here of 0.9 and 0.95.
    above - 0.825 * longer
  from contrast
$function$;

comment on function "monitoring"."deploy_contrasts"(uuid, timestamp
  with time zone, interval) is 'Each two hours beside the time of `length` after them, of the deploy (day 0, back 0) and of moments so many days and hours before: milliseconds at percentiles; how much more often than half the time a later row takes longer; and how many more than 10 and 5% take longer than the 90th and the 95th percentile before, less what goes with the former.';

revoke all
  on function "monitoring"."deploy_contrasts"(uuid, timestamp with time zone, interval)
  from public;

grant execute
  on function "monitoring"."deploy_contrasts"(uuid, timestamp with time zone, interval)
  to "postgres";

-- schemas/monitoring/functions/deploy_differences

create or replace function monitoring.deploy_differences (
  org_id      uuid,
  deployed_at timestamp with time zone,
  length      interval
)
  returns table (
    resource_type text,
    resource_id   text,
    statistic     text,
    after         double precision,
    excess        double precision,
    margin        double precision,
    p_value       double precision,
    rows_before   bigint,
    rows_after    bigint
  )
  language sql
  stable
  set search_path to ''
  AS $function$
  with contrast as materialized (
    select c.*, c.day = 0 and c.back = 0 as is_deploy,
      1.0::double precision / c.rows_before + 1.0::double precision / c.rows_after as unit
    from monitoring.deploy_contrasts(
      deploy_differences.org_id, deploy_differences.deployed_at, deploy_differences.length
    ) as c
    where c.day = 0 and c.back = 0
      or c.rows_before >= 20 and c.rows_after >= 20
        -- What a deploy changed is no measure of what an ordinary day does.
        and not exists (
          select
          from monitoring.deploy_comparisons as k
          join public.deploys as d on d.id = k.deploy_id
          cross join lateral (
            select deploy_differences.deployed_at - make_interval(hours => 24 * c.day + c.back)
          ) as moment (at)
          where k.org_id = deploy_differences.org_id
            and k.resource_type = c.resource_type
            and k.resource_id = c.resource_id
            and k.verdict in ('better', 'worse')
            and d.deployed_at > moment.at - interval '2 hours'
            and d.deployed_at < moment.at + deploy_differences.length
        )
  ),
  share as (
    select resource_type, resource_id,
      (sum(failed_before) + sum(failed_after)) / (sum(rows_before) + sum(rows_after))::double precision as failed,
      -- Two hours each that have no row in common.
      sum(failed_before) filter (where back in (0, 2, 4))::bigint as failed_before,
      sum(rows_before) filter (where back in (0, 2, 4))::bigint as rows_before
    from contrast
    group by resource_type, resource_id
  ),
  -- What is measured of each, and the least variance of it per 1/rows before + 1/rows after.
  measured as (
    select c.resource_type, c.resource_id, c.back, c.is_deploy, c.unit, m.*
    from contrast as c
    join share as s using (resource_type, resource_id)
    cross join lateral (
      values
        ('longer', null, c.longer, 1.0 / 12),
        -- 0.09 + 0.0475 + 2 * 0.045 of both shares, less 0.825 ^ 2 / 12.
        ('longer_tail', null, c.longer_tail, 0.1707),
        ('p50', c.p50_after, ln(greatest(c.p50_after, 0.5) / greatest(c.p50_before, 0.5)), 0),
        ('p95', c.p95_after, ln(greatest(c.p95_after, 0.5) / greatest(c.p95_before, 0.5)), 0),
        (
          'failed',
          c.failed_after::double precision / c.rows_after,
          c.failed_after::double precision / c.rows_after - c.failed_before::double precision / c.rows_before,
          s.failed * (1 - s.failed)
        )
    ) as m (statistic, after, difference, least)
  ),
  -- What each hour does, and how much that varies from day to day.
  usual as (
    select resource_type, resource_id, statistic, back, max(least) as least, max(mean) as mean,
      avg(unit) as unit, count(*) as moments,
      sum((difference - mean) ^ 2 / unit) / nullif(count(*) - 1, 0) as variance
    from (
      select m.*,
        avg(difference) over (partition by resource_type, resource_id, statistic, back) as mean
      from measured as m
      where not is_deploy
    ) as m
    group by resource_type, resource_id, statistic, back
  ),
  spread as (
    select v.resource_type, v.resource_id, v.statistic, v.freedom,
      greatest(v.least, case
        -- Hours are not alike: some have a job at midnight, or the shops open. So what the deploy's own
        -- hour does is drawn to what a usual hour does, which no unusual one changes.
        when v.statistic in ('longer', 'longer_tail') then
          (v.own_freedom * v.own + (v.freedom - v.own_freedom) * v.typical) / v.freedom
        else v.mean
      end) as variance
    from (
      select resource_type, resource_id, statistic, max(least) as least,
        sum((moments - 1) * variance) / sum(moments - 1) as mean,
        percentile_disc(0.5) within group (order by variance) as typical,
        max(variance) filter (where back = 0) as own,
        max(moments - 1) filter (where back = 0) as own_freedom,
        -- Beside the deploy's hour, the same rows are before one moment, and after another: neighbours say
        -- less than twice as much.
        (sum((moments - 1) * case back when 0 then 3 else 2 end) / 3)::integer as freedom
      from usual
      where moments > 1
      group by resource_type, resource_id, statistic
    ) as v
  ),
  judged as (
    select m.resource_type, m.resource_id, m.statistic,
      m.difference - u.mean as excess,
      sqrt(p.variance * (m.unit + u.unit / u.moments)) as error,
      p.freedom
    from measured as m
    join usual as u using (resource_type, resource_id, statistic, back)
    join spread as p using (resource_type, resource_id, statistic)
    where m.is_deploy and u.moments >= 3 and p.freedom >= 4
  ),
  tested as (
    select j.*,
      case when error > 0 then monitoring.student_p(excess / error, freedom) else 1 end as p_value,
      -- Bins are known within 1%.
      monitoring.student_t90(freedom)
        * case when statistic in ('p50', 'p95') then greatest(error, 0.01) else error end as margin
    from judged as j
  )
  select m.resource_type, m.resource_id, m.statistic, m.after, t.excess, t.margin,
    case
      when c.rows_before < 100 or c.rows_after < 100 then null
      -- The first knows how failures vary, the second how few they are.
      when m.statistic = 'failed' and t.p_value is not null then greatest(
        t.p_value,
        monitoring.fisher_p(c.failed_after, c.rows_after, s.failed_before, s.rows_before)
      )
      else t.p_value
    end,
    c.rows_before, c.rows_after
  from measured as m
  join contrast as c using (resource_type, resource_id, is_deploy)
  join share as s using (resource_type, resource_id)
  left join tested as t using (resource_type, resource_id, statistic)
  where is_deploy
$function$;

comment on function "monitoring"."deploy_differences"(uuid, timestamp
  with time zone, interval) is 'How the rows of the time of `length` (up to an hour) after a deploy differ from those of the two hours before, beyond what they usually do by then. Of each route, webhook and rule, five statistics: longer and longer_tail, of deploy_contrasts(); p50 and p95, logarithms of milliseconds; failed, a share. after: the milliseconds or the share since the deploy; margin: of the 90% interval. Null where fewer than three days are known; p_value also with fewer than 100 rows.';

revoke all
  on function "monitoring"."deploy_differences"(uuid, timestamp with time zone, interval)
  from public;

grant execute
  on function "monitoring"."deploy_differences"(uuid, timestamp with time zone, interval)
  to "postgres";

-- schemas/monitoring/functions/deploy_traffic

create or replace function monitoring.deploy_traffic (
  org_id      uuid,
  deployed_at timestamp with time zone,
  length      interval
)
  returns table (
    resource_type text,
    resource_id   text,
    day           integer,
    hour          integer,
    is_early      boolean,
    bin           integer,
    count         bigint,
    failed        bigint
  )
  language plpgsql
  stable
  set search_path to ''
  set plan_cache_mode to 'force_custom_plan'
  set work_mem to '32MB'
  set max_parallel_workers_per_gather to '0'
  AS $function$
#variable_conflict use_column
declare
  types text[];
  ids text[];
  early constant double precision := date_part('epoch', deploy_traffic.length) / 3600;
  at timestamptz;
begin
  -- A path that carries ids makes each request a route of its own.
  select array_agg(b.resource_type), array_agg(b.resource_id) into types, ids
  from (
    select r.resource_type, r.resource_id
    from monitoring.timed_rows as r
    where r.org_id = deploy_traffic.org_id
      and r.happened_at >= deploy_traffic.deployed_at
      and r.happened_at < deploy_traffic.deployed_at + deploy_traffic.length
      and r.duration_ms is not null
    group by r.resource_type, r.resource_id
    order by count(*) desc, r.resource_type, r.resource_id
    limit 100
  ) as b;

  -- Day by day: of times that it knows Postgres knows how many rows there are.
  for ago in 0..7 loop
    at := deploy_traffic.deployed_at - make_interval(hours => 24 * ago);
    return query
    select types[c.number], ids[c.number], ago, c.hour, c.is_early, c.bin, c.count, c.failed
    from (
      select n.number, floor(since.hours)::integer as hour,
        since.hours - floor(since.hours) < early as is_early,
        case when r.duration_ms > 0 then 1 + ceil(ln(r.duration_ms::float8) / ln(1.02::float8)) else 0 end::integer as bin,
        count(*) as count, count(*) filter (where r.has_failed) as failed
      from monitoring.timed_rows as r
      join unnest(types, ids) with ordinality as n (resource_type, resource_id, number)
        using (resource_type, resource_id)
      -- Not extract(), whose numeric takes longer than all else here.
      cross join lateral (select date_part('epoch', r.happened_at - at) / 3600 as hours) as since
      where r.org_id = deploy_traffic.org_id
        and r.happened_at >= at - interval '7 hours'
        and r.happened_at < at + deploy_traffic.length
        and r.duration_ms is not null
      group by 1, 2, 3, 4
    ) as c;
  end loop;
end
$function$;

comment on function "monitoring"."deploy_traffic"(uuid, timestamp
  with time zone, interval) is 'Finished rows of the 100 routes, webhooks and rules that were busiest in the time (up to an hour) after a deploy: of that day and the seven before, by hour from the deploy''s time of day on (-7 to 0), by whether they are in the first `length` of that hour, and by duration, in the bins of rollups.';

revoke all
  on function "monitoring"."deploy_traffic"(uuid, timestamp with time zone, interval)
  from public;

grant execute
  on function "monitoring"."deploy_traffic"(uuid, timestamp with time zone, interval)
  to "postgres";

-- schemas/monitoring/functions/describe_alerts

create or replace function monitoring.describe_alerts (
  notification_ids bigint[]
)
  returns jsonb
  language plpgsql
  stable
  set search_path to ''
  AS $function$
begin
  return (
    -- An alert that fired and escalated within one message is one alert, as it is now.
    with latest as (
      select distinct on (e.alert_id) e.id, e.kind, e.severity, e.message, e.value, e.at, a.fingerprint,
        a.type, a.resource_type, a.resource_id, a.resource_name, a.threshold, a.started_at
      from monitoring.notifications as n
      join monitoring.alert_events as e on e.id = n.event_id
      join monitoring.alerts as a on a.id = e.alert_id
      where n.id = any (notification_ids)
      order by e.alert_id, e.id desc
    ),
    numbered as (
      -- 'critical' sorts before 'warning'.
      select l.*, row_number() over (order by l.severity, l.id) as place from latest as l
    )
    select jsonb_build_object(
      'total', count(*),
      'critical', count(*) filter (where n.severity = 'critical' and n.kind <> 'resolved'),
      'alerts', coalesce(
        jsonb_agg(to_jsonb(n) - '{id,place}'::text[] order by n.place) filter (where n.place <= 100), '[]'
      )
    )
    from numbered as n
  );
end
$function$;

comment on function "monitoring"."describe_alerts"(bigint[]) is 'The alerts that these notifications are about, each with its latest event: how many, how many of them critical, and the first 100, critical ones first.';

revoke all on function "monitoring"."describe_alerts"(bigint[]) from public;

grant execute on function "monitoring"."describe_alerts"(bigint[]) to "postgres";

-- schemas/monitoring/functions/describe_amount

create or replace function monitoring.describe_amount (
  metric text,
  amount double precision
)
  returns text
  language sql
  immutable
  set search_path to ''
  AS $function$
  select case
    when metric like '%pct' then round(amount::numeric, 1)::text
    else ltrim(to_char(round(amount::numeric), '999,999,999,999,999,999'))
  end
$function$;

comment on function "monitoring"."describe_amount"(text, double precision) is
  'A value of a watched series for people, without its unit.';

revoke all on function "monitoring"."describe_amount"(text, double precision) from public;

grant execute
  on function "monitoring"."describe_amount"(text, double precision)
  to "authenticated", "postgres", "service_role";

-- schemas/monitoring/functions/describe_anomaly

create or replace function monitoring.describe_anomaly (
  metric  text,
  said    monitoring.series_score,
  missing double precision
)
  returns text
  language plpgsql
  stable
  set search_path to ''
  AS $function$
declare
  lower constant text := monitoring.describe_amount(metric, said.lower);
  upper constant text := monitoring.describe_amount(metric, said.upper);
  expected constant text := monitoring.describe_amount(metric, said.expected);
  what text;
  unit text := '';
begin
  what := case metric
    when 'delivery_p95_ms' then 'p95 is %s ms'
    when 'delivery_failure_rate_pct' then '%s%% of deliveries failed'
    when 'execution_failure_rate_pct' then '%s%% of executions failed'
    when 'deliveries' then '%s deliveries in an hour'
    when 'executions' then '%s executions in an hour'
    when 'api_requests' then '%s API requests in an hour'
    else '%s failed API requests in an hour'
  end;
  unit := case when metric like '%ms' then ' ms' when metric like '%pct' then '%' else '' end;
  -- A count of none may lie in the band, and what is unusual is how long that has been so.
  if said.value = 0 and missing >= 1 and unit = '' then
    return format(
      'No %s; about %s were expected since the last',
      replace(replace(what, '%s ', ''), ' in an hour', ''),
      monitoring.describe_amount(metric, missing)
    );
  end if;
  what := format(what, monitoring.describe_amount(metric, said.value));
  if said.value between said.lower and said.upper then
    return format(
      '%s, and has been %s than usual for some hours; at this hour it is usually about %s%s',
      what, case when said.value < said.expected then 'lower' else 'higher' end, expected, unit
    );
  end if;
  return format('%s; at this hour it is usually %s to %s%s', what, lower, upper, unit);
end
$function$;

comment on function "monitoring"."describe_anomaly"(text, monitoring.series_score, double precision)
  is 'What is unusual about a point of a watched series, for example: p95 is 840 ms; at this hour it is usually 120 to 210 ms. missing: how many were expected since the last one.';

revoke all
  on function "monitoring"."describe_anomaly"(text, monitoring.series_score, double precision)
  from public;

grant execute
  on function "monitoring"."describe_anomaly"(text, monitoring.series_score, double precision)
  to "authenticated", "postgres", "service_role";

-- schemas/monitoring/functions/describe_comparison

create or replace function monitoring.describe_comparison (
  deploy     public.deploys,
  comparison monitoring.deploy_comparisons
)
  returns text
  language sql
  immutable
  set search_path to ''
  AS $function$
  select format(
    case comparison.measure
      when 'error_rate' then '%s of %s: failures of %s went from %s to %s%% (%s points, 90%% interval %s to %s)'
      else '%s of %s: %s of %s went from %s to %s ms (%s%%, 90%% interval %s to %s%%)'
    end,
    variadic array[deploy.version, deploy.service]
      || case comparison.measure when 'p95_ms' then '{p95}' when 'p50_ms' then '{median}' else '{}' end::text[]
      || concat(
        case comparison.resource_type when 'webhook' then 'webhook ' when 'rule' then 'rule ' end,
        comparison.resource_name
      )
      || case comparison.measure
        when 'error_rate' then array[
          trim_scale(round(100 * comparison.before::numeric, 1))::text,
          trim_scale(round(100 * comparison.after::numeric, 1))::text
        ]
        else array[round(comparison.before)::text, round(comparison.after)::text]
      end
      || array[
        monitoring.signed(100 * comparison.change),
        monitoring.signed(100 * comparison.change_low),
        monitoring.signed(100 * comparison.change_high)
      ]
  )
$function$;

comment on function
  "monitoring"."describe_comparison"(public.deploys, monitoring.deploy_comparisons) is
  'A comparison that was tested, in one sentence.';

revoke all
  on function "monitoring"."describe_comparison"(public.deploys, monitoring.deploy_comparisons)
  from public;

grant execute
  on function "monitoring"."describe_comparison"(public.deploys, monitoring.deploy_comparisons)
  to "postgres";

-- schemas/monitoring/functions/describe_message

create or replace function monitoring.describe_message (
  notification_ids bigint[],
  channel          monitoring.channels,
  at               timestamp with time zone
)
  returns jsonb
  language plpgsql
  stable
  set search_path to ''
  AS $function$
begin
  return (
    select jsonb_build_object(
      'notification_id', first.id,
      'message_id', first.message_id,
      'attempt', first.attempts,
      'is_test', first.event_id is null,
      'group_key', first.group_key,
      'dedup_key', first.dedup_key,
      'org_id', channel.org_id,
      'org_name', coalesce((select o.name from public.orgs as o where o.id = channel.org_id), 'Platform'),
      'channel', jsonb_build_object(
        'kind', channel.kind,
        'name', channel.name,
        'url', channel.url,
        'email_from', channel.email_from,
        'email_to', channel.email_to
      ),
      'secrets', (
        select jsonb_agg(s.decrypted_secret order by s.id = channel.secret_id desc)
        from vault.decrypted_secrets as s
        where s.id = channel.secret_id
          or (s.id = channel.previous_secret_id and channel.previous_secret_until > describe_message.at)
      ),
      'dashboard_url', settings.dashboard_url,
      'allowed_networks', settings.allowed_networks,
      'timeout_ms', settings.receiver_timeout_ms
    ) || case
      when first.event_id is null then monitoring.describe_test(channel, first.queued_at)
      else monitoring.describe_alerts(notification_ids)
    end
    from monitoring.settings as settings
    cross join (
      select * from monitoring.notifications as n where n.id = any (notification_ids) order by n.id limit 1
    ) as first
  );
end
$function$;

comment on function "monitoring"."describe_message"(bigint[], monitoring.channels, timestamp
  with time zone) is 'A message as the notify function sends it, with the channel''s secrets, the newest first.';

revoke all
  on function "monitoring"."describe_message"(bigint[], monitoring.channels, timestamp
    with time zone)
  from public;

grant execute
  on function "monitoring"."describe_message"(bigint[], monitoring.channels, timestamp
    with time zone)
  to "postgres";

-- schemas/monitoring/functions/describe_test

create or replace function monitoring.describe_test (
  channel monitoring.channels,
  at      timestamp with time zone
)
  returns jsonb
  language sql
  immutable
  set search_path to ''
  AS $function$
  select jsonb_build_object(
    'total', 1,
    'critical', 0,
    'alerts', jsonb_build_array(jsonb_build_object(
      'kind', 'fired',
      'severity', 'warning',
      'message', 'This tries the channel: nothing is wrong',
      'value', 0,
      'threshold', 0,
      'at', at,
      'started_at', at,
      'fingerprint', monitoring.fingerprint(channel.org_id, 'test', 'channel', channel.id::text),
      'type', 'test',
      'resource_type', 'channel',
      'resource_id', channel.id,
      'resource_name', channel.name
    ))
  )
$function$;

comment on function "monitoring"."describe_test"(monitoring.channels, timestamp
  with time zone) is 'As describe_alerts, for a test of a channel.';

revoke all
  on function "monitoring"."describe_test"(monitoring.channels, timestamp with time zone)
  from public;

grant execute
  on function "monitoring"."describe_test"(monitoring.channels, timestamp with time zone)
  to "postgres";

-- schemas/monitoring/functions/disable_channel

create or replace function monitoring.disable_channel (
  channel_id uuid,
  reason     text,
  at         timestamp with time zone
)
  returns void
  language plpgsql
  set search_path to ''
  AS $function$
begin
  update monitoring.channels as c
  set enabled = false, disabled_because = reason
  where c.id = disable_channel.channel_id;
  update monitoring.notifications as n
  set status = 'dead', finished_at = at, error = reason
  where n.channel_id = disable_channel.channel_id and n.status = 'queued';
end
$function$;

comment on function "monitoring"."disable_channel"(uuid, text, timestamp
  with time zone) is 'Stops a channel that cannot work; what it was still owed is dead.';

revoke all
  on function "monitoring"."disable_channel"(uuid, text, timestamp with time zone)
  from public;

grant execute
  on function "monitoring"."disable_channel"(uuid, text, timestamp with time zone)
  to "postgres";

-- schemas/monitoring/functions/dispatch_notifications

create or replace function monitoring.dispatch_notifications (
  at timestamp with time zone default now()
)
  returns integer
  language plpgsql
  security definer
  set search_path to ''
  AS $function$
declare
  cron_run_id constant bigint := monitoring.current_cron_run();
  message record;
  calls integer := 0;
begin
  -- A run that takes long is not joined by the next.
  if not pg_try_advisory_xact_lock(hashtextextended('monitoring.dispatch_notifications', 0)) then
    return 0;
  end if;
  perform monitoring.end_expired_leases(at);
  perform monitoring.queue_unqueued_events();
  perform monitoring.fold_notification_counts();
  -- What nobody would send now would only pile up: the next run asks again.
  if not monitoring.pg_net_is_up() then
    return 0;
  end if;
  for message in
    select min(n.id) as id
    from monitoring.notifications as n
    join monitoring.channels as c on c.id = n.channel_id
    where n.status = 'queued' and n.due_at <= dispatch_notifications.at
    group by n.channel_id, n.group_key, n.message_id,
      case when c.group_seconds = 0 and n.message_id is null then n.id end
    order by 1
    limit greatest(0, 500 - (select count(*) from net.http_request_queue))
  loop
    perform monitoring.call_function(
      '/notify', jsonb_build_object('notification_id', message.id, 'at', at), cron_run_id
    );
    calls := calls + 1;
  end loop;
  return calls;
end
$function$;

comment on function "monitoring"."dispatch_notifications"(timestamp
  with time zone) is 'Has the notify function called for all that is due, up to 500 requests in the queue of pg_net; returns how many calls were made.';

revoke all on function "monitoring"."dispatch_notifications"(timestamp with time zone) from public;

grant execute
  on function "monitoring"."dispatch_notifications"(timestamp with time zone)
  to "postgres";

-- schemas/monitoring/functions/duration_bound_bins

create or replace function monitoring.duration_bound_bins()
  returns integer[]
  language sql
  immutable
  set search_path to ''
  AS $function$
  select array(
    select 1 + ceil(ln(ms::float8) / ln(1.02::float8))::integer
    from unnest(monitoring.duration_bounds_ms()) as ms
    order by ms
  )
$function$;

comment on function "monitoring"."duration_bound_bins"() is 'The bin of a histogram in which each of duration_bounds_ms() lies.';

revoke all on function "monitoring"."duration_bound_bins"() from public;

grant execute on function "monitoring"."duration_bound_bins"() to "postgres";

-- schemas/monitoring/functions/duration_bounds_ms

create or replace function monitoring.duration_bounds_ms()
  returns integer[]
  language sql
  immutable
  set search_path to ''
  AS $function$
  select '{5,10,25,50,100,250,500,1000,2500,5000,10000,30000}'::integer[]
$function$;

comment on function "monitoring"."duration_bounds_ms"() is 'The bounds of the buckets in which Prometheus counts durations, in milliseconds; what is longer than all of them has a last bucket.';

revoke all on function "monitoring"."duration_bounds_ms"() from public;

grant execute on function "monitoring"."duration_bounds_ms"() to "postgres";

-- schemas/monitoring/functions/encode_cursor

create or replace function monitoring.encode_cursor (
  list text,
  key  jsonb
)
  returns text
  language plpgsql
  immutable
  set search_path to ''
  AS $function$
begin
  return encode(convert_to(jsonb_build_object(list, key)::text, 'UTF8'), 'hex');
end
$function$;

comment on function "monitoring"."encode_cursor"(text, jsonb) is 'The place behind the row with this key (an array) in a list, as text that is safe in a URL.';

revoke all on function "monitoring"."encode_cursor"(text, jsonb) from public;

grant execute
  on function "monitoring"."encode_cursor"(text, jsonb)
  to "authenticated", "postgres", "service_role";

-- schemas/monitoring/functions/end_disabled_insights

create or replace function monitoring.end_disabled_insights()
  returns trigger
  language plpgsql
  security definer
  set search_path to ''
  AS $function$
begin
  update monitoring.insights as i
  set ended_at = new.disabled_at
  where i.kind = new.kind
    and (i.org_id = new.org_id or (i.org_id is null and new.org_id is null))
    and i.ended_at is null;
  return null;
end
$function$;

comment on function "monitoring"."end_disabled_insights"() is 'Ends at once what is open of a kind that is turned off.';

revoke all on function "monitoring"."end_disabled_insights"() from public;

grant execute on function "monitoring"."end_disabled_insights"() to "postgres";

-- schemas/monitoring/functions/end_expired_leases

create or replace function monitoring.end_expired_leases (
  at timestamp with time zone
)
  returns void
  language sql
  set search_path to ''
  AS $function$
  -- A sender that fell silent counts as an attempt, or what kills senders would be sent for ever.
  update monitoring.notifications as n
  set status = case when monitoring.retry_delay(n.attempts) is null then 'dead' else 'queued' end,
    due_at = end_expired_leases.at,
    finished_at = case when monitoring.retry_delay(n.attempts) is null then end_expired_leases.at end,
    leased_until = null,
    error = 'The sender did not say what became of it.'
  where n.status = 'sending' and n.leased_until <= end_expired_leases.at
$function$;

comment on function "monitoring"."end_expired_leases"(timestamp
  with time zone) is 'Queues again what its sender has kept for longer than a lease; after the last attempt it is dead.';

revoke all on function "monitoring"."end_expired_leases"(timestamp with time zone) from public;

grant execute on function "monitoring"."end_expired_leases"(timestamp with time zone) to "postgres";

-- schemas/monitoring/functions/error_budget_burn_conditions

create or replace function monitoring.error_budget_burn_conditions (
  at     timestamp with time zone,
  org_id uuid                     default null::uuid
)
  returns SETOF monitoring.condition
  language plpgsql
  stable
  set search_path to ''
  AS $function$
begin
  return query
  select b.org_id, p.type, (s.burn).severity, 'objective', b.metric,
    format('%s%% of %s succeed', trim_scale(100 * b.target), b.metric),
    format(
      'Failed %s use up the error budget %s times as fast as its 30 days allow, over %s',
      b.metric, trim_scale(round((s.burn).rate, 2)), (s.burn).span
    ),
    round((s.burn).rate, 2),
    (s.burn).threshold
  from monitoring.burn_rates(error_budget_burn_conditions.at, error_budget_burn_conditions.org_id) as b
  join public.v_alert_policies as p on p.org_id = b.org_id and p.type = 'error_budget_burn'
  cross join lateral (select monitoring.burn_severity(p, b.total, b.rates) as burn) as s
  where p.enabled and (s.burn).severity is not null;
end
$function$;

comment on function "monitoring"."error_budget_burn_conditions"(timestamp
  with time zone, uuid) is 'Objectives whose error budget burns, by the multi-window rates of the SRE workbook: of one org or of all.';

revoke all
  on function "monitoring"."error_budget_burn_conditions"(timestamp with time zone, uuid)
  from public;

grant execute
  on function "monitoring"."error_budget_burn_conditions"(timestamp with time zone, uuid)
  to "authenticated", "postgres", "service_role";

-- schemas/monitoring/functions/error_budget_burn_history

create or replace function monitoring.error_budget_burn_history (
  policy public.v_alert_policies,
  since  timestamp with time zone,
  until  timestamp with time zone
)
  returns SETOF monitoring.condition_step
  language plpgsql
  stable
  set search_path to ''
  AS $function$
declare
  first constant timestamptz := date_bin('1 minute', since, 'epoch') - interval '73 hours';
begin
  return query
  -- A minute's rows are those up to its end, as an evaluation then counts them; and all up to then.
  with counted as (
    select o.metric, o.target,
      date_bin('1 minute', a.happened_at - interval '1 microsecond', 'epoch') + interval '1 minute' as minute,
      sum(a.succeeded + a.failed) as total,
      sum(a.failed) as failed
    from monitoring.objectives as o
    join monitoring.raw_activity as a on a.org_id = o.org_id
      and a.source = case o.metric when 'deliveries' then 'delivery'::monitoring.source else 'request' end
    where o.org_id = policy.org_id and a.happened_at > first and a.happened_at <= until
    group by 1, 2, 3
  ),
  course as (
    select o.metric, o.target, m.at,
      sum(coalesce(c.total, 0)) over up_to_then as total,
      sum(coalesce(c.failed, 0)) over up_to_then as failed
    from monitoring.objectives as o
    cross join generate_series(first, until, interval '1 minute') as m (at)
    left join counted as c on c.metric = o.metric and c.minute = m.at
    where o.org_id = policy.org_id
    window up_to_then as (partition by o.metric order by m.at)
  ),
  burn as (
    select c.metric, c.target, c.at,
      array_agg(c.total - b.total order by s.n) as total,
      array_agg((c.failed - b.failed) / nullif((c.total - b.total) * (1 - c.target), 0) order by s.n) as rates
    from course as c
    cross join (
      values (1, interval '5 minutes'), (2, '30 minutes'), (3, '1 hour'), (4, '6 hours'), (5, '3 days')
    ) as s (n, span)
    join course as b
      on b.metric = c.metric
      and b.at = case
        when s.span <= interval '1 hour' then c.at - s.span
        else date_bin('1 hour', c.at - s.span, 'epoch')
      end
    where c.at >= since
    group by c.metric, c.target, c.at
  ),
  judged as (
    select b.metric, b.target, b.at, monitoring.burn_severity(policy, b.total::bigint[], b.rates) as severity
    from burn as b
  )
  select
    'objective',
    j.metric,
    format('%s%% of %s succeed', trim_scale(100 * j.target), j.metric),
    j.at,
    (j.severity).severity,
    (j.severity).severity is null
  from judged as j
  order by j.metric, j.at;
end
$function$;

comment on function "monitoring"."error_budget_burn_history"(public.v_alert_policies, timestamp
  with time zone, timestamp with time zone) is 'How the error budgets of an org''s objectives burned, as of each minute, by the objectives of now.';

revoke all
  on function "monitoring"."error_budget_burn_history"(public.v_alert_policies, timestamp
    with time zone, timestamp with time zone)
  from public;

grant execute
  on function "monitoring"."error_budget_burn_history"(public.v_alert_policies, timestamp
    with time zone, timestamp with time zone)
  to "authenticated", "postgres", "service_role";

-- schemas/monitoring/functions/error_budgets

create or replace function monitoring.error_budgets (
  at     timestamp with time zone,
  org_id uuid                     default null::uuid
)
  returns SETOF monitoring.error_budget
  language plpgsql
  stable
  set search_path to ''
  AS $function$
#variable_conflict use_column
begin
  return query
  select b.org_id, b.metric, b.target, c.total[1], c.failed[1],
    round(1 - c.failed[1] / nullif((1 - b.target) * c.total[1], 0), 4),
    array(select round(r.rate, 2) from unnest(b.rates) with ordinality as r (rate, n) order by r.n),
    error_budgets.at + make_interval(secs => t.expected),
    error_budgets.at + make_interval(secs => t.earliest),
    error_budgets.at + make_interval(secs => t.latest)
  from monitoring.burn_rates(error_budgets.at, error_budgets.org_id) as b
  cross join lateral monitoring.outcomes(b.metric, b.org_id, error_budgets.at, '{30 days}') as c
  -- As the last 6 hours went on, while the hours of a month ago, taken for the mean of those between,
  -- leave the window.
  left join lateral (
    select
      (b.failed[4] - (1 - b.target) * b.total[4])::float8 / 21600 as coming,
      (c.failed[1] - b.failed[4] - (1 - b.target) * (c.total[1] - b.total[4]))::float8 / 2570400 as leaving
  ) as overspent
    on true
  left join lateral monitoring.time_to_reach(
    ((1 - b.target) * c.total[1] - c.failed[1])::float8,
    overspent.coming - overspent.leaving,
    monitoring.overdispersion(b.failed_by_hour) * b.failed[4] / 21600,
    21600
  ) as t
    on b.failed[4] >= 5;
end
$function$;

comment on function "monitoring"."error_budgets"(timestamp
  with time zone, uuid) is 'Each objective with its last 30 days, what is left of its error budget (1: all, 0: none, below: overspent), how fast that burns (as burn_rates), and when it will be used up with the bounds of an 80% interval, if it goes on as in the last 6 hours: of one org or of all that the caller may read.';

revoke all on function "monitoring"."error_budgets"(timestamp with time zone, uuid) from public;

grant execute
  on function "monitoring"."error_budgets"(timestamp with time zone, uuid)
  to "authenticated", "postgres", "service_role";

-- schemas/monitoring/functions/evaluate_alerts

create or replace function monitoring.evaluate_alerts (
  at     timestamp with time zone default now(),
  org_id uuid                     default null::uuid
)
  returns jsonb
  language plpgsql
  set search_path to ''
  set lock_timeout to '5s'
  AS $function$
declare
  started constant timestamptz := clock_timestamp();
  of_type text;
  locked uuid[];
  conditions monitoring.condition[];
  events integer := 0;
  failed_types text[] := array[]::text[];
  duration_ms integer;
begin
  -- A run that takes longer than a minute must not meet the next one.
  if evaluate_alerts.org_id is null
    and not pg_try_advisory_xact_lock(hashtextextended('monitoring.evaluate_alerts', 0)) then
    return jsonb_build_object('status', 'skipped');
  end if;

  for of_type in
    select p.type
    from monitoring.alert_policies as p
    where p.scope = 'org' or evaluate_alerts.org_id is null
    -- Last, what the others failed at; and late, what deliveries wait for while it is locked.
    order by p.type = 'evaluation_failed', p.type = 'webhook_failure', p.type
  loop
    -- Whatever is wrong with one type, the others are judged.
    begin
      if of_type = 'slow_query' then
        perform monitoring.find_slow_statements(evaluate_alerts.at);
      end if;
      -- An alert that is locked is being judged by whoever tracks a delivery, from newer counters:
      -- waiting for that could deadlock, and is not needed. Conditions are measured after the lock.
      locked := array(
        select a.id
        from monitoring.alerts as a
        where a.state <> 'resolved'
          and a.type = of_type
          and (evaluate_alerts.org_id is null or a.org_id = evaluate_alerts.org_id)
        order by a.id
        for update skip locked
      );
      conditions := array(
        select c from monitoring.conditions_of(of_type, evaluate_alerts.at, evaluate_alerts.org_id) as c
      );
      events := events + monitoring.judge(of_type, evaluate_alerts.at, locked, conditions);
    exception
      when others or query_canceled then
        raise warning '% could not be judged: %: %', of_type, sqlstate, sqlerrm;
        failed_types := failed_types || of_type;
        insert into monitoring.evaluation_errors (at, type, during, error)
        values (evaluate_alerts.at, of_type, 'evaluation', format('%s: %s', sqlstate, sqlerrm));
    end;
  end loop;

  duration_ms := extract(epoch from clock_timestamp() - started) * 1000;
  if evaluate_alerts.org_id is null then
    insert into monitoring.evaluation_runs (at, duration_ms, events, failed_types)
    values (evaluate_alerts.at, duration_ms, events, failed_types);
  end if;
  return jsonb_build_object(
    'status', case when failed_types = '{}' then 'evaluated' else 'failed' end,
    'evaluated_at', evaluate_alerts.at,
    'duration_ms', duration_ms,
    'events', events,
    'failed_types', failed_types
  );
end
$function$;

comment on function "monitoring"."evaluate_alerts"(timestamp
  with time zone, uuid) is 'Brings all alerts, or those of one org, in line with what is true as of `at`. Only one evaluation of all runs at a time: a second returns at once as skipped. Never raises: what could not be judged is in failed_types and in evaluation_errors.';

revoke all on function "monitoring"."evaluate_alerts"(timestamp with time zone, uuid) from public;

grant execute
  on function "monitoring"."evaluate_alerts"(timestamp with time zone, uuid)
  to "postgres";

-- schemas/monitoring/functions/evaluate_org

create or replace function monitoring.evaluate_org (
  org_id uuid
)
  returns void
  language plpgsql
  security definer
  set search_path to ''
  AS $function$
begin
  if monitoring.may_read(evaluate_org.org_id) then
    perform monitoring.evaluate_alerts(now(), evaluate_org.org_id);
  end if;
end
$function$;

comment on function "monitoring"."evaluate_org"(uuid) is 'Evaluates the alerts of one org now, for those who may read that org; does nothing for others.';

revoke all on function "monitoring"."evaluate_org"(uuid) from public;

grant execute
  on function "monitoring"."evaluate_org"(uuid)
  to "authenticated", "postgres", "service_role";

-- schemas/monitoring/functions/evaluation_failed_conditions

create or replace function monitoring.evaluation_failed_conditions (
  at     timestamp with time zone,
  org_id uuid                     default null::uuid
)
  returns SETOF monitoring.condition
  language plpgsql
  stable
  security definer
  set search_path to ''
  AS $function$
begin
  return query
  select
    null::uuid,
    p.type,
    case when e.errors >= p.critical then 'critical' else 'warning' end,
    'alert_type',
    e.type,
    e.type,
    format('Alerts of type %s could not be judged: %s', e.type, e.latest),
    e.errors::numeric,
    case when e.errors >= p.critical then p.critical else p.warning end
  from monitoring.alert_policies as p
  cross join lateral (
    select f.type, count(*) as errors, (array_agg(f.error order by f.id desc))[1] as latest
    from monitoring.evaluation_errors as f
    where f.at > evaluation_failed_conditions.at - interval '5 minutes'
      and f.at <= evaluation_failed_conditions.at
    group by f.type
  ) as e
  where p.type = 'evaluation_failed'
    and p.enabled
    and e.errors >= least(p.warning, p.critical)
    and evaluation_failed_conditions.org_id is null
    and (select monitoring.reads_every_org());
end
$function$;

comment on function "monitoring"."evaluation_failed_conditions"(timestamp
  with time zone, uuid) is 'Types of alerts that could not be judged in the last five minutes; nothing for callers who do not read every org.';

revoke all
  on function "monitoring"."evaluation_failed_conditions"(timestamp with time zone, uuid)
  from public;

grant execute
  on function "monitoring"."evaluation_failed_conditions"(timestamp with time zone, uuid)
  to "postgres", "service_role";

-- schemas/monitoring/functions/execution_series

create or replace function monitoring.execution_series (
  org_id       uuid,
  resource     text,
  before_start timestamp with time zone,
  range_start  timestamp with time zone,
  range_end    timestamp with time zone,
  step         interval
)
  returns table (
    is_before boolean,
    bucket    timestamp with time zone,
    measured  jsonb
  )
  language sql
  stable
  set search_path to ''
  AS $function$
  select s.is_before, s.bucket, jsonb_build_object(
    'executions', s.succeeded + s.failed,
    'failed_executions', s.failed,
    'execution_success_rate_pct', round(100.0 * s.succeeded / (s.succeeded + s.failed), 2),
    'execution_avg_ms', round(1.0 * s.duration_sum / (s.succeeded + s.failed), 1),
    'affected_contacts', s.affected
  )
  from monitoring.activity_series(
    'execution', org_id, resource::uuid, null, before_start, range_start, range_end, step, false
  ) as s
$function$;

comment on function "monitoring"."execution_series"(uuid, text, timestamp with time zone, timestamp
  with time zone, timestamp with time zone, interval) is 'Executions of an org''s rules, or of the rule that resource names: see delivery_series.';

revoke all
  on function "monitoring"."execution_series"(uuid, text, timestamp with time zone, timestamp
    with time zone, timestamp with time zone, interval)
  from public;

grant execute
  on function "monitoring"."execution_series"(uuid, text, timestamp with time zone, timestamp
    with time zone, timestamp with time zone, interval)
  to "authenticated", "postgres", "service_role";

-- schemas/monitoring/functions/expect_anomaly

create or replace function monitoring.expect_anomaly (
  org_id      uuid,
  resource_id uuid,
  metric      text
)
  returns boolean
  language plpgsql
  security definer
  set search_path to ''
  AS $function$
declare
  series monitoring.watched_series;
  hours timestamptz[];
  points double precision[];
begin
  if not (
    monitoring.reads_every_org()
    or expect_anomaly.org_id = any (array(select monitoring.my_org_ids(array['owner', 'admin', 'member'])))
  ) then
    return false;
  end if;
  select w.* into series
  from monitoring.watched_series as w
  where w.org_id = expect_anomaly.org_id
    and w.resource_id = expect_anomaly.resource_id
    and w.metric = expect_anomaly.metric
  for update;
  select array_agg(s.at order by s.at), array_agg(s.value order by s.at)
  into hours, points
  from monitoring.series_scores as s
  where s.series_id = series.id
    and s.unusual
    and s.at >= (series.said).at
    and s.at > coalesce(series.expected_until, '-infinity');
  if hours is null then
    return false;
  end if;
  update monitoring.watched_series as w
  set state = monitoring.expected_state(w.state, hours, points, w.unusual),
    unusual = false,
    expected_until = hours[cardinality(hours)]
  where w.id = series.id;
  return true;
end
$function$;

comment on function "monitoring"."expect_anomaly"(uuid, uuid, text) is 'Says that what was last unusual of a watched series (a webhook''s, a rule''s, or the org''s own, of which resource_id then is the org) was expected: its alert ends with the next evaluation, and the model has taken it in. For owners, admins and members of the org. False, and nothing changes, where there is nothing of the kind, or it has been said already.';

revoke all on function "monitoring"."expect_anomaly"(uuid, uuid, text) from public;

grant execute
  on function "monitoring"."expect_anomaly"(uuid, uuid, text)
  to "authenticated", "postgres", "service_role";

-- schemas/monitoring/functions/expected_series

create or replace function monitoring.expected_series (
  org_id      uuid,
  metric      text,
  resource    text,
  range_start timestamp with time zone,
  range_end   timestamp with time zone,
  step        integer
)
  returns jsonb
  language sql
  stable
  set search_path to ''
  AS $function$
  -- Of rates that succeeded it is what remains of those that failed.
  with asked as (
    select case
        when expected_series.metric = 'delivery_success_rate_pct' then 'delivery_failure_rate_pct'
        when expected_series.metric = 'execution_success_rate_pct' then 'execution_failure_rate_pct'
        else expected_series.metric
      end as metric,
      expected_series.metric like '%success_rate_pct' as remains,
      case when expected_series.metric like '%pct' then 100 else 'Infinity'::float8 end as most
  )
  select jsonb_agg(
    jsonb_build_object('at', s.at, 'expected', b.expected, 'lower', b.lower, 'upper', b.upper)
    order by s.at
  )
  from asked as a
  join monitoring.watched_series as w
    on w.org_id = expected_series.org_id
    and w.metric = a.metric
    and w.resource_id::text = coalesce(expected_series.resource, expected_series.org_id::text)
  join monitoring.series_scores as s
    on s.series_id = w.id
    and s.at >= expected_series.range_start
    and s.at < expected_series.range_end
  cross join lateral (
    select round(v.expected::numeric, 2) as expected, round(v.lower::numeric, 2) as lower,
      round(v.upper::numeric, 2) as upper
    from (
      select s.expected, s.lower, least(s.upper, a.most) where not a.remains
      union all
      select 100 - s.expected, 100 - least(s.upper, a.most), 100 - s.lower where a.remains
    ) as v (expected, lower, upper)
  ) as b
  where expected_series.step = 3600
$function$;

comment on function "monitoring"."expected_series"(uuid, text, text, timestamp
  with time zone, timestamp with time zone, integer) is 'What was expected of an org''s metric, or of one webhook''s or rule''s, in each hour that was scored, and between what it usually is: of hourly buckets, where it is watched; null otherwise.';

revoke all
  on function "monitoring"."expected_series"(uuid, text, text, timestamp with time zone, timestamp
    with time zone, integer)
  from public;

grant execute
  on function "monitoring"."expected_series"(uuid, text, text, timestamp with time zone, timestamp
    with time zone, integer)
  to "authenticated", "postgres", "service_role";

-- schemas/monitoring/functions/expected_state

create or replace function monitoring.expected_state (
  state   double precision[],
  hours   timestamp with time zone[],
  points  double precision[],
  goes_on boolean
)
  returns double precision[]
  language plpgsql
  immutable
  set search_path to ''
  AS $function$
declare
  slot integer[];
  factor double precision;
  y double precision;
  change double precision;
  weight double precision;
  hour integer;
begin
  for k in 1 .. 3 loop
    change := 0;
    weight := 0;
    for i in 1 .. cardinality(points) loop
      hour := mod(floor(extract(epoch from hours[i]) / 3600)::bigint + 72, 168)::integer;
      slot := array[null, 229 + mod(hour, 24), 253 + hour];
      factor := case when k = 1 then 1 else state[slot[k]] end;
      y := sign(points[i]) * sqrt(abs(points[i]));
      change := change + (y - state[6 + k] * factor) * factor;
      weight := weight + factor * factor;
      -- What is over may come again at this hour of the week: halfway there.
      if not goes_on and k = 3 and abs(state[9]) > 1e-9 then
        state[slot[k]] := factor + (y / state[9] - factor) / 2;
      end if;
    end loop;
    if goes_on and weight > 1e-9 then
      state[6 + k] := state[6 + k] + change / weight;
    end if;
  end loop;
  -- No run, and no late deviations, from a level that is no more.
  state[23] := 0;
  state[34:36] := array[0, 0, 0]::double precision[];
  return state;
end
$function$;

comment on function "monitoring"."expected_state"(double precision[], timestamp
  with time zone[], double precision[], boolean) is 'A detector''s state after somebody said that these points were expected: where that goes on they are the new level, and where it is over the season is halfway to them.';

revoke all
  on function "monitoring"."expected_state"(double precision[], timestamp
    with time zone[], double precision[], boolean)
  from public;

grant execute
  on function "monitoring"."expected_state"(double precision[], timestamp
    with time zone[], double precision[], boolean)
  to "postgres";

-- schemas/monitoring/functions/expire_raw_rows

create or replace function monitoring.expire_raw_rows (
  at timestamp with time zone default now()
)
  returns text
  language plpgsql
  set search_path to ''
  set lock_timeout to '1s'
  AS $function$
declare
  expired record;
  deleted bigint;
begin
  select * into expired from monitoring.expired_partitions(at) order by until, source limit 1;
  if found then
    execute format('drop table %s', expired.partition);
    update monitoring.raw_tables as r
    set complete_since = greatest(r.complete_since, expired.until)
    where r.source = expired.source;
    return format('dropped %s', expired.partition);
  end if;

  -- Rows without a partition go in batches: straight from where they are, so that nobody counts them.
  for expired in
    select r.*, at - s.raw_retention as until
    from monitoring.raw_tables as r
    cross join monitoring.rollup_settings as s
    order by r.source
  loop
    execute format(
      'delete from monitoring.%1$I
      where ctid = any (array(select ctid from monitoring.%1$I where %2$I < %3$L limit 50000))',
      expired.name || '_default', expired.time_column, expired.until
    );
    get diagnostics deleted = row_count;
    if deleted > 0 then
      update monitoring.raw_tables as r
      set complete_since = greatest(r.complete_since, expired.until)
      where r.source = expired.source;
      return format('deleted %s rows of %s', deleted, expired.name);
    end if;
  end loop;
  return null;
end
$function$;

comment on function "monitoring"."expire_raw_rows"(timestamp
  with time zone) is 'Drops the oldest partition that is past the retention of raw rows or, when there is none, deletes some rows that are and have no partition; returns what it did, or null when nothing was due.';

revoke all on function "monitoring"."expire_raw_rows"(timestamp with time zone) from public;

grant execute on function "monitoring"."expire_raw_rows"(timestamp with time zone) to "postgres";

-- schemas/monitoring/functions/expired_partitions

create or replace function monitoring.expired_partitions (
  at timestamp with time zone
)
  returns table (
    source    monitoring.source,
    partition text,
    until     timestamp with time zone
  )
  language sql
  stable
  set search_path to ''
  AS $function$
  select r.source, format('monitoring.%I', p.relname), bound.until
  from monitoring.raw_tables as r
  join pg_catalog.pg_inherits as i on i.inhparent = format('public.%I', r.name)::regclass
  join pg_catalog.pg_class as p on p.oid = i.inhrelid
  cross join lateral (
    select substring(pg_get_expr(p.relpartbound, p.oid) from 'TO [(]''(.*)''[)]')::timestamptz
  ) as bound (until)
  cross join monitoring.rollup_settings as s
  where bound.until <= at - s.raw_retention
$function$;

comment on function "monitoring"."expired_partitions"(timestamp
  with time zone) is 'Partitions of raw tables whose rows are all older than the retention, and the time before which they are.';

revoke all on function "monitoring"."expired_partitions"(timestamp with time zone) from public;

grant execute on function "monitoring"."expired_partitions"(timestamp with time zone) to "postgres";

-- schemas/monitoring/functions/fill_in_org_of_rule

create or replace function monitoring.fill_in_org_of_rule()
  returns trigger
  language plpgsql
  security definer
  set search_path to ''
  AS $function$
begin
  select org_id into new.org_id from public.automation_rules where id = new.rule_id;
  return new;
end
$function$;

comment on function "monitoring"."fill_in_org_of_rule"() is 'Gives an execution without org_id its rule''s.';

revoke all on function "monitoring"."fill_in_org_of_rule"() from public;

grant execute on function "monitoring"."fill_in_org_of_rule"() to "postgres";

-- schemas/monitoring/functions/fill_in_org_of_webhook

create or replace function monitoring.fill_in_org_of_webhook()
  returns trigger
  language plpgsql
  security definer
  set search_path to ''
  AS $function$
begin
  select org_id into new.org_id from public.webhooks where id = new.webhook_id;
  return new;
end
$function$;

comment on function "monitoring"."fill_in_org_of_webhook"() is 'Gives a delivery without org_id its webhook''s.';

revoke all on function "monitoring"."fill_in_org_of_webhook"() from public;

grant execute on function "monitoring"."fill_in_org_of_webhook"() to "postgres";

-- schemas/monitoring/functions/find_slow_statements

create or replace function monitoring.find_slow_statements (
  at timestamp with time zone
)
  returns void
  language plpgsql
  set search_path to ''
  AS $function$
declare
  threshold constant numeric := (
    select least(p.warning, p.critical) from monitoring.alert_policies as p where p.type = 'slow_query'
  );
  -- At the first look, and at one with a lower threshold, what is old cannot be told from what is new.
  comparable constant boolean := exists (
    select from monitoring.statement_looks as l where l.longer_than <= threshold
  );
  counted monitoring.statement_counts[];
  slow monitoring.slow_statements[];
begin
  select array_agg(
    row(s.userid, s.queryid, s.toplevel, s.calls, s.total_exec_time, s.max_exec_time)::monitoring.statement_counts
  )
  into counted
  -- Without the texts, which are a file.
  from extensions.pg_stat_statements(false) as s
  where s.dbid = (select d.oid from pg_catalog.pg_database as d where d.datname = current_database())
    and s.max_exec_time > 1000 * threshold;

  select array_agg(
    row(c.query_id::text, r.rolname, round(m.ms::numeric / 1000, 1), find_slow_statements.at)::monitoring.slow_statements
  )
  into slow
  from unnest(counted) as c
  join pg_catalog.pg_roles as r on r.oid = c.user_id
  left join monitoring.statement_counts as b using (user_id, query_id, top_level)
  -- One execution took at least this long: a new longest one, or else the mean of the new ones. Counts
  -- that fell were reset.
  cross join lateral (
    select case
      when b.calls is null or c.calls < b.calls or c.longest_ms > b.longest_ms then c.longest_ms
      else (c.total_ms - b.total_ms) / nullif(c.calls - b.calls, 0)
    end
  ) as m (ms)
  where comparable and m.ms > 1000 * threshold;

  if slow is not null then
    -- Thousands of statements have a text: it is the slow ones' that are compared with the jobs.
    with worded as materialized (
      select s.queryid::text as query_id, s.query
      from extensions.pg_stat_statements(true) as s
      where s.queryid in (select f.query_id::bigint from unnest(slow) as f)
    )
    insert into monitoring.slow_statements as known
    select distinct on (f.query_id) f.*
    from unnest(slow) as f
    where not exists (
      select from worded as w where w.query_id = f.query_id and monitoring.is_scheduled(w.query)
    )
    order by f.query_id, f.seconds desc
    on conflict (query_id) do update
    set role = excluded.role, seconds = excluded.seconds, seen_at = excluded.seen_at;
  end if;

  delete from monitoring.slow_statements as f
  where f.seen_at < find_slow_statements.at - interval '1 hour';

  delete from monitoring.statement_counts as b
  where not exists (
    select from unnest(counted) as c
    where (c.user_id, c.query_id, c.top_level) = (b.user_id, b.query_id, b.top_level)
  );
  insert into monitoring.statement_counts as b
  select * from unnest(counted)
  on conflict (user_id, query_id, top_level) do update
  set calls = excluded.calls, total_ms = excluded.total_ms, longest_ms = excluded.longest_ms
  where b.calls <> excluded.calls;

  insert into monitoring.statement_looks (looked_at, longer_than)
  values (find_slow_statements.at, threshold)
  on conflict (id) do update
  set looked_at = excluded.looked_at, longer_than = excluded.longer_than;
end
$function$;

comment on function "monitoring"."find_slow_statements"(timestamp
  with time zone) is 'Looks which statements have finished since the last look and took longer than the policy of slow_query allows; commands of scheduled jobs may.';

revoke all on function "monitoring"."find_slow_statements"(timestamp with time zone) from public;

grant execute
  on function "monitoring"."find_slow_statements"(timestamp with time zone)
  to "postgres";

-- schemas/monitoring/functions/fingerprint

create or replace function monitoring.fingerprint (
  org_id        uuid,
  type          text,
  resource_type text,
  resource_id   text
)
  returns text
  language sql
  immutable
  set search_path to ''
  AS $function$
  select encode(sha256(convert_to(jsonb_build_array(org_id, type, resource_type, resource_id)::text, 'UTF8')), 'hex')
$function$;

comment on function "monitoring"."fingerprint"(uuid, text, text, text) is 'What stays the same while an alert''s severity and value change: 64 hexadecimal digits, of the org (null for the operator''s), the type and the resource.';

revoke all on function "monitoring"."fingerprint"(uuid, text, text, text) from public;

grant execute
  on function "monitoring"."fingerprint"(uuid, text, text, text)
  to "authenticated", "postgres", "service_role";

-- schemas/monitoring/functions/finish_notification

create or replace function monitoring.finish_notification (
  notification_id bigint,
  attempt         integer,
  outcome         jsonb,
  at              timestamp with time zone
)
  returns jsonb
  language plpgsql
  security definer
  set search_path to ''
  AS $function$
declare
  sent monitoring.notifications;
  result text := outcome ->> 'result';
  delay interval := monitoring.retry_delay(attempt);
  patience constant interval := (outcome ->> 'retry_after_ms')::double precision * interval '1 ms';
begin
  at := greatest(at, clock_timestamp());
  select * into sent from monitoring.notifications as n where n.id = finish_notification.notification_id;
  -- A person waits for the outcome of a test: there is one attempt.
  if result = 'retry' and (delay is null or sent.event_id is null) then
    result := 'dead';
  end if;
  -- A receiver may ask for patience, though for no more than an hour of it.
  delay := greatest(delay, case
    when patience > interval '1 hour' then interval '1 hour' else patience
  end);

  -- A sender whose lease ran out may still say that it delivered; for anything else it is too late.
  update monitoring.notifications as n
  set status = case result when 'delivered' then 'delivered' when 'retry' then 'queued' else 'dead' end,
    due_at = case when result = 'retry' then finish_notification.at + delay else n.due_at end,
    finished_at = case when result <> 'retry' then finish_notification.at end,
    leased_until = null,
    status_code = (outcome ->> 'status_code')::integer,
    answer = outcome ->> 'answer',
    error = outcome ->> 'error',
    duration_ms = (outcome ->> 'duration_ms')::integer
  where n.channel_id = sent.channel_id and n.message_id = sent.message_id
    and n.status in ('queued', 'sending')
    and (result = 'delivered' or (n.status = 'sending' and n.attempts = attempt));

  if result = 'gone' then
    perform monitoring.disable_channel(sent.channel_id, 'The receiver answered 410 Gone.', at);
  end if;
  return monitoring.next_in_group(sent.channel_id, sent.group_key, at);
end
$function$;

comment on function "monitoring"."finish_notification"(bigint, integer, jsonb, timestamp
  with time zone) is 'Records the outcome of an attempt: {result: delivered, retry, dead or gone, status_code, answer, error, retry_after_ms, duration_ms}. Returns {next}, what the sender may go on with, or {}.';

revoke all
  on function "monitoring"."finish_notification"(bigint, integer, jsonb, timestamp with time zone)
  from public;

grant execute
  on function "monitoring"."finish_notification"(bigint, integer, jsonb, timestamp with time zone)
  to "postgres", "service_role";

-- schemas/monitoring/functions/first_of_one_action

create or replace function monitoring.first_of_one_action (
  notification_ids bigint[]
)
  returns bigint[]
  language sql
  stable
  set search_path to ''
  AS $function$
  with event as (
    select n.id, n.channel_id, monitoring.pagerduty_action(e.kind) as action,
      monitoring.pagerduty_incident(e.alert_id, n.channel_id) as incident
    from monitoring.notifications as n
    join monitoring.alert_events as e on e.id = n.event_id
    where n.id = any (notification_ids)
  ),
  first as (
    select * from event order by id limit 1
  )
  select array_agg(e.id order by e.id)
  from event as e
  join first as f on (e.action, coalesce(e.incident, '')) = (f.action, coalesce(f.incident, ''))
$function$;

comment on function "monitoring"."first_of_one_action"(bigint[]) is 'Of these notifications the first, and those that do the same to the same incident.';

revoke all on function "monitoring"."first_of_one_action"(bigint[]) from public;

grant execute on function "monitoring"."first_of_one_action"(bigint[]) to "postgres";

-- schemas/monitoring/functions/fisher_p

create or replace function monitoring.fisher_p (
  hits       bigint,
  rows       bigint,
  other_hits bigint,
  other_rows bigint
)
  returns double precision
  language plpgsql
  immutable
  set search_path to ''
  AS $function$
declare
  all_hits constant bigint := hits + other_hits;
  misses constant bigint := rows + other_rows - all_hits;
  -- Which of the two tails the hits are in.
  step constant integer := case when hits * other_rows >= other_hits * rows then 1 else -1 end;
  first constant double precision := exp(
    monitoring.ln_factorial(all_hits) + monitoring.ln_factorial(misses)
      + monitoring.ln_factorial(rows) + monitoring.ln_factorial(other_rows)
      - monitoring.ln_factorial(rows + other_rows)
      - monitoring.ln_factorial(hits) - monitoring.ln_factorial(other_hits)
      - monitoring.ln_factorial(rows - hits) - monitoring.ln_factorial(other_rows - other_hits)
  );
  term double precision := first;
  total double precision := first;
  k bigint := hits;
begin
  -- Each further one is the one before it times a ratio, until they add nothing.
  while term > total * 1e-12 loop
    term := term * case step
      when 1 then (all_hits - k)::double precision * (rows - k) / (k + 1) / (misses - rows + k + 1)
      else k::double precision * (misses - rows + k) / (all_hits - k + 1) / (rows - k + 1)
    end;
    total := total + term;
    k := k + step;
  end loop;
  return least(1, 2 * total);
end
$function$;

comment on function "monitoring"."fisher_p"(bigint, bigint, bigint, bigint) is
  'How likely hits are to be spread so unevenly over some rows and others (Fisher''s exact test), twice the smaller tail.';

revoke all on function "monitoring"."fisher_p"(bigint, bigint, bigint, bigint) from public;

grant execute on function "monitoring"."fisher_p"(bigint, bigint, bigint, bigint) to "postgres";

-- schemas/monitoring/functions/fold_changes

create or replace function monitoring.fold_changes()
  returns bigint
  language plpgsql
  set search_path to ''
  set enable_nestloop to 'off'
  set work_mem to '32MB'
  set jit to 'off'
  AS $function$
declare
  folded bigint;
  less_rollups monitoring.rollup_key[];
  less_totals monitoring.rollup_key[];
begin
  execute $sql$
  with taken as (
    delete from monitoring.changes returning *
  ),
  -- What is about a resource that is gone is about nothing.
  rollup as materialized (
    select c.*
    from monitoring.changed_rollups as c
    join monitoring.resources as r on r.source = c.source and r.id = c.resource_id
  ),
  rolled_up as (
    insert into monitoring.rollups as r (
      source, resource_id, starts_at, pending, succeeded, failed, duration_sum, affected,
      duration_max, last_success_at, bins, p95_ms, by_resource_type, by_error_code
    )
    select source, resource_id, starts_at, pending, succeeded, failed, duration_sum,
      case when source = 'execution' then affected end,
      duration_max, last_success_at, bins, p95_ms, by_resource_type, by_error_code
    from rollup
    on conflict (source, resource_id, starts_at) do update
    set (
      pending, succeeded, failed, duration_sum, affected,
      duration_max, last_success_at, bins, p95_ms, by_resource_type, by_error_code
    ) = (
      excluded.pending, excluded.succeeded, excluded.failed, excluded.duration_sum, excluded.affected,
      excluded.duration_max, excluded.last_success_at, excluded.bins, excluded.p95_ms,
      excluded.by_resource_type, excluded.by_error_code
    )
  ),
  summed_up as (
    insert into monitoring.totals as t (
      source, resource_id, pending, succeeded, failed, duration_sum, affected, day_rows, day_failed,
      week_rows, week_failed, duration_max, last_success_at, p95_ms, p95_bin, p95_above, histogram
    )
    select c.source, c.resource_id, c.pending, c.succeeded, c.failed, c.duration_sum, c.affected,
      c.day_rows, c.day_failed, c.week_rows, c.week_failed, c.duration_max, c.last_success_at,
      c.p95_ms, c.p95_bin, c.p95_above, c.histogram
    from monitoring.changed_totals as c
    join monitoring.resources as r on r.source = c.source and r.id = c.resource_id
    on conflict (source, resource_id) do update
    set (
      pending, succeeded, failed, duration_sum, affected, day_rows, day_failed,
      week_rows, week_failed, duration_max, last_success_at, p95_ms, p95_bin, p95_above, histogram
    ) = (
      excluded.pending, excluded.succeeded, excluded.failed, excluded.duration_sum, excluded.affected,
      excluded.day_rows, excluded.day_failed, excluded.week_rows, excluded.week_failed,
      excluded.duration_max, excluded.last_success_at, excluded.p95_ms, excluded.p95_bin,
      excluded.p95_above, excluded.histogram
    )
  )
  select coalesce(sum(abs(pending) + abs(succeeded) + abs(failed)) filter (where adds_to = 'both'), 0),
    (
      select array_agg((r.source, r.resource_id, r.starts_at)::monitoring.rollup_key)
      from rollup as r
      where r.removed
    ),
    array_agg(distinct (source, resource_id, null)::monitoring.rollup_key) filter (where removed)
  from taken
  $sql$ into folded, less_rollups, less_totals;

  perform monitoring.lower_rollups(less_rollups), monitoring.lower_totals(less_totals);
  return folded;
end
$function$;

comment on function "monitoring"."fold_changes"() is 'Adds all changes to the rollups and the totals; returns how many raw rows these are about.';

revoke all on function "monitoring"."fold_changes"() from public;

grant execute on function "monitoring"."fold_changes"() to "postgres";

-- schemas/monitoring/functions/fold_notification_counts

create or replace function monitoring.fold_notification_counts()
  returns void
  language plpgsql
  set search_path to ''
  AS $function$
begin
  with gone as (
    delete from monitoring.notification_counts as c
    using (
      select n.org_id, n.channel_kind, n.outcome
      from monitoring.notification_counts as n
      group by n.org_id, n.channel_kind, n.outcome
      having count(*) > 1
    ) as alike
    where c.org_id is not distinct from alike.org_id
      and c.channel_kind = alike.channel_kind
      and c.outcome = alike.outcome
    returning c.*
  )
  insert into monitoring.notification_counts (org_id, channel_kind, outcome, counted)
  select g.org_id, g.channel_kind, g.outcome, sum(g.counted)
  from gone as g
  group by g.org_id, g.channel_kind, g.outcome;
end
$function$;

comment on function "monitoring"."fold_notification_counts"() is 'Makes one row of those that count alike, so that there are as many as kinds of channels and orgs.';

revoke all on function "monitoring"."fold_notification_counts"() from public;

grant execute on function "monitoring"."fold_notification_counts"() to "postgres";

-- schemas/monitoring/functions/forget_channel_secrets

create or replace function monitoring.forget_channel_secrets()
  returns trigger
  language plpgsql
  security definer
  set search_path to ''
  AS $function$
begin
  delete from vault.secrets
  where id in (old.secret_id, old.previous_secret_id)
    -- Nothing is new of a channel that is deleted.
    and coalesce(not id = any (array[new.secret_id, new.previous_secret_id]), true);
  return null;
end
$function$;

comment on function "monitoring"."forget_channel_secrets"() is 'Deletes from the Vault what a channel no longer refers to.';

revoke all on function "monitoring"."forget_channel_secrets"() from public;

grant execute on function "monitoring"."forget_channel_secrets"() to "postgres";

-- schemas/monitoring/functions/forget_resources

create or replace function monitoring.forget_resources()
  returns void
  language plpgsql
  set search_path to ''
  set enable_nestloop to 'off'
  AS $function$
begin
  with gone as (
    delete from monitoring.totals as t
    where not exists (
      select from monitoring.resources as r where r.source = t.source and r.id = t.resource_id
    )
    returning source, resource_id
  )
  delete from monitoring.rollups as r
  using gone
  where r.source = gone.source and r.resource_id = gone.resource_id;
end
$function$;

comment on function "monitoring"."forget_resources"() is 'Deletes the rollups and totals of webhooks, rules and orgs that are no longer there.';

revoke all on function "monitoring"."forget_resources"() from public;

grant execute on function "monitoring"."forget_resources"() to "postgres";

-- schemas/monitoring/functions/fruitless_savings

create or replace function monitoring.fruitless_savings (
  at timestamp with time zone
)
  returns SETOF monitoring.saving
  language plpgsql
  stable
  set search_path to ''
  AS $function$
begin
  return query
  with recent as (
    select c.org_id, c.source, c.id, r.succeeded, r.failed, coalesce(r.affected, 0) as affected,
      r.succeeded + r.failed as done, sum(r.succeeded + r.failed) over (partition by c.org_id, c.source) as done_by_all
    from (
      select u.source, u.resource_id, sum(u.succeeded) as succeeded, sum(u.failed) as failed, sum(u.affected) as affected
      from monitoring.rollups as u
      where u.source in ('delivery', 'execution')
        and u.starts_at >= fruitless_savings.at - interval '30 days' and u.starts_at < fruitless_savings.at
      group by u.source, u.resource_id
    ) as r
    join monitoring.resources as c on c.source = r.source and c.id = r.resource_id
  ),
  found as (
    select r.*, s.resource_type, s.resource_id, coalesce(w.url, a.name) as name,
      floor(s.bytes * least(1, r.done / nullif(s.raw_rows, 0)))::bigint as bytes,
      round(100 * r.done / r.done_by_all) as percent
    from recent as r
    join monitoring.storage as s
      on s.resource_id = r.id::text and s.org_id = r.org_id and s.resource_type in ('webhook', 'rule')
    left join public.webhooks as w on r.source = 'delivery' and w.id = r.id and w.enabled
    left join public.automation_rules as a on r.source = 'execution' and a.id = r.id and a.enabled
    -- Enough of them that it is no accident.
    where r.done >= 100 and r.affected = 0 and (r.source = 'execution' or r.succeeded = 0)
  )
  select f.org_id,
    case f.source when 'delivery' then 'failed_deliveries' else 'idle_executions' end,
    f.resource_type, f.resource_id, f.name, f.bytes,
    case f.source
      when 'delivery' then format('%s took %s%% of all deliveries of the last 30 days and failed all %s; they hold about %s',
        f.name, f.percent, to_char(f.done, 'FM999,999,999,999'), monitoring.bytes_in_words(f.bytes))
      else format('%s took %s%% of all executions of the last 30 days and acted on no contact in %s; they hold about %s',
        f.name, f.percent, to_char(f.done, 'FM999,999,999,999'), monitoring.bytes_in_words(f.bytes))
    end,
    jsonb_build_object('rows', f.done, 'share', round(f.done / f.done_by_all, 4))
  from found as f
  where f.name is not null and f.bytes > 0;
end
$function$;

comment on function "monitoring"."fruitless_savings"(timestamp
  with time zone) is 'Webhooks, still enabled, whose deliveries of 30 days all failed, and rules whose executions acted on no contact: a hundred or more of them.';

revoke all on function "monitoring"."fruitless_savings"(timestamp with time zone) from public;

grant execute on function "monitoring"."fruitless_savings"(timestamp with time zone) to "postgres";

-- schemas/monitoring/functions/group_is_quiet_at

create or replace function monitoring.group_is_quiet_at (
  notification_ids bigint[],
  channel          monitoring.channels
)
  returns timestamp with time zone
  language sql
  stable
  set search_path to ''
  AS $function$
  select least(
    max(n.queued_at) + make_interval(secs => channel.group_seconds::double precision),
    min(n.queued_at) + make_interval(secs => 10 * channel.group_seconds::double precision)
  )
  from monitoring.notifications as n
  where n.id = any (notification_ids) and n.message_id is null and n.event_id is not null
$function$;

comment on function "monitoring"."group_is_quiet_at"(bigint[], monitoring.channels) is
  'When a message that was never sent is complete: after group_seconds without another event, or ten times that; null for others.';

revoke all on function "monitoring"."group_is_quiet_at"(bigint[], monitoring.channels) from public;

grant execute
  on function "monitoring"."group_is_quiet_at"(bigint[], monitoring.channels)
  to "postgres";

-- schemas/monitoring/functions/index_savings

create or replace function monitoring.index_savings (
  at timestamp with time zone
)
  returns SETOF monitoring.saving
  language plpgsql
  stable
  set search_path to ''
  AS $function$
begin
  return query
  with counted_since as (
    -- Without a time of their own the statistics are no older than the server's start, as a crash loses them.
    select coalesce(d.stats_reset, greatest(pg_postmaster_start_time(), s.installed_at)) as at
    from pg_catalog.pg_stat_database as d
    cross join monitoring.settings as s
    where d.datname = current_database()
  ),
  unread as (
    -- Of a partitioned table's index those of all partitions.
    select coalesce(p.inhparent, u.indexrelid)::regclass::text as name, sum(pg_relation_size(u.indexrelid))::bigint as bytes
    from pg_catalog.pg_stat_user_indexes as u
    join pg_catalog.pg_index as x on x.indexrelid = u.indexrelid
    left join pg_catalog.pg_inherits as p on p.inhrelid = u.indexrelid
    where u.schemaname in ('public', 'monitoring')
    group by 1
    having sum(u.idx_scan) = 0 and not bool_or(x.indisunique or x.indisexclusion)
  )
  select null::uuid, 'unread_index', 'index', n.name, n.name, n.bytes,
    format('The index %s holds %s, and nothing has read it for %s days', n.name, monitoring.bytes_in_words(n.bytes), d.days),
    jsonb_build_object('days', d.days)
  from unread as n
  cross join counted_since as c
  cross join lateral (select floor(extract(epoch from index_savings.at - c.at) / 86400)) as d (days)
  -- What is read once a month looks unread for most of it.
  where d.days >= 30;
end
$function$;

comment on function "monitoring"."index_savings"(timestamp
  with time zone) is 'Indexes that serve queries alone and none since the statistics were reset, if that is 30 days ago.';

revoke all on function "monitoring"."index_savings"(timestamp with time zone) from public;

grant execute on function "monitoring"."index_savings"(timestamp with time zone) to "postgres";

-- schemas/monitoring/functions/insight_kinds

create or replace function monitoring.insight_kinds()
  returns text[]
  language sql
  immutable
  set search_path to ''
  AS $function$
  select array['anomaly', 'cost', 'prediction', 'regression']
$function$;

comment on function "monitoring"."insight_kinds"() is 'The kinds of insights: what is unusual, what costs and what would save, what will reach a limit and when, what became worse with a deploy.';

revoke all on function "monitoring"."insight_kinds"() from public;

grant execute
  on function "monitoring"."insight_kinds"()
  to "authenticated", "postgres", "service_role";

-- schemas/monitoring/functions/insights_org

create or replace function monitoring.insights_org (
  org_id uuid
)
  returns uuid
  language plpgsql
  stable
  set search_path to ''
  AS $function$
begin
  return case
    when insights_org.org_id is not null or not monitoring.reads_every_org()
      then monitoring.metrics_org(insights_org.org_id)
  end;
end
$function$;

comment on function "monitoring"."insights_org"(uuid) is 'The org whose insights are meant, as metrics_org() has it; null, for the operator''s own, when whoever reads every org names none.';

revoke all on function "monitoring"."insights_org"(uuid) from public;

grant execute
  on function "monitoring"."insights_org"(uuid)
  to "authenticated", "postgres", "service_role";

-- schemas/monitoring/functions/is_incident_still_open

create or replace function monitoring.is_incident_still_open (
  notification_ids bigint[]
)
  returns boolean
  language sql
  stable
  set search_path to ''
  AS $function$
  select exists (
    select
    from monitoring.notifications as ours
    join monitoring.alert_events as resolved on resolved.id = ours.event_id and resolved.kind = 'resolved'
    join monitoring.notifications as told
      on told.channel_id = ours.channel_id
      and told.dedup_key = monitoring.pagerduty_incident(resolved.alert_id, ours.channel_id)
    join monitoring.alert_events as e on e.id = told.event_id
    join monitoring.alerts as a on a.id = e.alert_id
    where ours.id = any (notification_ids) and a.state <> 'resolved'
  )
$function$;

comment on function "monitoring"."is_incident_still_open"(bigint[]) is 'Whether the incident that these would resolve has other alerts that are still open.';

revoke all on function "monitoring"."is_incident_still_open"(bigint[]) from public;

grant execute on function "monitoring"."is_incident_still_open"(bigint[]) to "postgres";

-- schemas/monitoring/functions/is_ip

create or replace function monitoring.is_ip (
  value text
)
  returns boolean
  language plpgsql
  immutable
  set search_path to ''
  AS $function$
begin
  return value::inet is not null;
exception
  when data_exception then return false;
end
$function$;

comment on function "monitoring"."is_ip"(text) is 'Whether a text is an IPv4 or IPv6 address.';

revoke all on function "monitoring"."is_ip"(text) from public;

grant execute on function "monitoring"."is_ip"(text) to "postgres", "service_role";

-- schemas/monitoring/functions/is_labels

create or replace function monitoring.is_labels (
  value jsonb
)
  returns boolean
  language sql
  immutable
  set search_path to ''
  AS $function$
  select case when jsonb_typeof(value) = 'object' then (
    select count(*) <= 10 and coalesce(bool_and(
      name ~ '^[a-zA-Z_][a-zA-Z0-9_]{0,62}$'
      and jsonb_typeof(label) = 'string'
      and length(label #>> '{}') <= 200
    ), true)
    from jsonb_each(value) as _ (name, label)
  ) else false end
$function$;

comment on function "monitoring"."is_labels"(jsonb) is 'Whether a value is a set of labels: up to 10 texts of up to 200 characters, by name.';

revoke all on function "monitoring"."is_labels"(jsonb) from public;

grant execute on function "monitoring"."is_labels"(jsonb) to "postgres", "service_role";

-- schemas/monitoring/functions/is_scheduled

create or replace function monitoring.is_scheduled (
  query text
)
  returns boolean
  language sql
  stable
  set search_path to ''
  AS $function$
  select exists (
    select
    from cron.job as j
    -- pg_stat_statements writes $1 where the command has a constant.
    where j.command ~ (
      '^\s*' || regexp_replace(
        regexp_replace(is_scheduled.query, '([.^$*+?()\[\]{}|\\])', '\\\1', 'g'), '\\\$\d+', '.+', 'g'
      ) || '\s*;?\s*$'
    )
  )
$function$;

comment on function "monitoring"."is_scheduled"(text) is 'Whether a statement, as pg_stat_statements writes it, is the command of a scheduled job.';

revoke all on function "monitoring"."is_scheduled"(text) from public;

grant execute on function "monitoring"."is_scheduled"(text) to "postgres";

-- schemas/monitoring/functions/is_set_up

create or replace function monitoring.is_set_up (
  at timestamp with time zone
)
  returns boolean
  language sql
  stable
  security definer
  set search_path to ''
  AS $function$
  select s.functions_url is not null and s.installed_at <= is_set_up.at from monitoring.settings as s
$function$;

comment on function "monitoring"."is_set_up"(timestamp with time zone) is 'Whether there was anything to watch at this time: settings.functions_url is set, and all this was installed by then.';

revoke all on function "monitoring"."is_set_up"(timestamp with time zone) from public;

grant execute on function "monitoring"."is_set_up"(timestamp with time zone) to "postgres";

-- schemas/monitoring/functions/is_threshold

create or replace function monitoring.is_threshold (
  value numeric
)
  returns boolean
  language sql
  immutable
  set search_path to ''
  AS $function$
  select value = 'Infinity' or (value between 0 and 1e9 and scale(value) <= 6)
$function$;

comment on function "monitoring"."is_threshold"(numeric) is 'Whether a number may be a threshold: within bounds in which nothing that is computed with it can overflow; Infinity is never reached.';

revoke all on function "monitoring"."is_threshold"(numeric) from public;

grant execute
  on function "monitoring"."is_threshold"(numeric)
  to "authenticated", "postgres", "service_role";

-- schemas/monitoring/functions/is_time

create or replace function monitoring.is_time (
  value text
)
  returns boolean
  language plpgsql
  stable
  set search_path to ''
  AS $function$
declare
  -- With a 0 for every digit.
  shape constant text := translate(value, '123456789', '000000000');
  rest text := substr(shape, 17);
begin
  -- Postgres alone would also take `tomorrow`, and times without an offset.
  if shape not like '0000-00-00T00:00%' and shape not like '0000-00-00 00:00%' then
    return false;
  end if;
  if rest like ':00%' then
    rest := substr(rest, 4);
    if rest like '.0%' then
      rest := ltrim(substr(rest, 2), '0');
    end if;
  end if;
  return rest in ('Z', '+00', '-00', '+0000', '-0000', '+00:00', '-00:00')
    and value::timestamptz <= now() + interval '5 minutes';
exception
  when data_exception then return false;
end
$function$;

comment on function "monitoring"."is_time"(text) is 'Whether a text is an ISO 8601 time with an offset, at most five minutes ahead of the database''s clock.';

revoke all on function "monitoring"."is_time"(text) from public;

grant execute on function "monitoring"."is_time"(text) to "postgres", "service_role";

-- schemas/monitoring/functions/job_health

create or replace function monitoring.job_health (
  at timestamp with time zone
)
  returns table (
    job_name     text,
    period       interval,
    last_success timestamp with time zone,
    failures     bigint,
    error        text
  )
  language sql
  stable
  security definer
  set search_path to ''
  AS $function$
  with run as (
    select r.jobid, r.runid, r.status, r.start_time, r.return_message,
      max(r.runid) filter (where r.status = 'succeeded') over (partition by r.jobid) as last_good
    from cron.job_run_details as r
    where coalesce(r.start_time, '-infinity') <= job_health.at
  )
  select j.jobname::text, monitoring.cron_period(j.schedule),
    -- What never ran is late from the day of its installation on.
    coalesce(
      max(r.start_time) filter (where r.status = 'succeeded'),
      (select s.installed_at from monitoring.settings as s)
    ),
    count(r.runid) filter (where r.status = 'failed' and r.runid > coalesce(r.last_good, 0)),
    (array_agg(r.return_message order by r.runid desc) filter (where r.status = 'failed'))[1]
  from cron.job as j
  left join run as r on r.jobid = j.jobid
  where j.jobname like 'everwatch-%' and j.active
  group by j.jobid, j.jobname, j.schedule
$function$;

comment on function "monitoring"."job_health"(timestamp with time zone) is 'Each of our scheduled jobs: how often it runs, when it last began and succeeded, how often it has failed since, and why.';

revoke all on function "monitoring"."job_health"(timestamp with time zone) from public;

grant execute on function "monitoring"."job_health"(timestamp with time zone) to "postgres";

-- schemas/monitoring/functions/judge

create or replace function monitoring.judge (
  type       text,
  at         timestamp with time zone,
  locked     uuid[],
  conditions monitoring.condition[]
)
  returns integer
  language plpgsql
  set search_path to ''
  AS $function$
declare
  written integer;
begin
  with measured as (
    select c as condition,
      monitoring.fingerprint(c.org_id, c.type, c.resource_type, c.resource_id) as fingerprint
    from unnest(conditions) as c
  ),
  pair as (
    select a.alert, m.condition, coalesce((a.alert).org_id, (m.condition).org_id) as org_id
    from (select o as alert, o.fingerprint from monitoring.alerts as o where o.id = any (locked)) as a
    full join measured as m on m.fingerprint = a.fingerprint
    where (a.alert).id is not null
      or ((m.condition).severity is not null and not exists (
        select from monitoring.alerts as o where o.fingerprint = m.fingerprint and o.state <> 'resolved'
      ))
  ),
  judged as materialized (
    select (pair.alert).id is null as opens, step.*
    from pair
    join monitoring.alert_policies as d on d.type = judge.type
    left join public.v_alert_policies as p on p.org_id = pair.org_id and p.type = judge.type
    cross join lateral monitoring.next_alert(
      pair.alert,
      pair.condition,
      coalesce(p.pending_for, d.pending_for),
      coalesce(p.keep_firing_for, d.keep_firing_for),
      coalesce(p.repeat_interval, d.repeat_interval),
      d.inhibited_by,
      judge.at
    ) as step
    where step.next is distinct from pair.alert
  ),
  opened as (
    insert into monitoring.alerts (
      id, org_id, type, severity, resource_type, resource_id, resource_name, message, value, threshold,
      state, started_at, fired_at, last_notified_at, notified_severity, held_back_by
    )
    select n.id, n.org_id, n.type, n.severity, n.resource_type, n.resource_id, n.resource_name,
      n.message, n.value, n.threshold, n.state, n.started_at, n.fired_at, n.last_notified_at,
      n.notified_severity, n.held_back_by
    from judged as j
    cross join lateral (select (j.next).*) as n
    where j.opens
    -- In one order for all, so that two that judge at once cannot deadlock.
    order by n.type, n.org_id, n.resource_type, n.resource_id
    on conflict (fingerprint) where state <> 'resolved' do nothing
    returning id
  ),
  changed as (
    update monitoring.alerts as a
    set severity = (j.next).severity,
      resource_name = (j.next).resource_name,
      message = (j.next).message,
      value = (j.next).value,
      threshold = (j.next).threshold,
      state = (j.next).state,
      fired_at = (j.next).fired_at,
      recovering_at = (j.next).recovering_at,
      resolved_at = (j.next).resolved_at,
      last_notified_at = (j.next).last_notified_at,
      notified_severity = (j.next).notified_severity,
      held_back_by = (j.next).held_back_by
    from judged as j
    where a.id = (j.next).id and not j.opens
    returning a.id
  )
  insert into monitoring.alert_events (alert_id, org_id, kind, severity, message, value, at, suppressed_by)
  select n.id, n.org_id, e.kind, n.severity, n.message, n.value, judge.at,
    case when e.kind in ('fired', 'escalated', 'repeated', 'resolved') then j.suppressed_by end
  from judged as j
  cross join lateral (select (j.next).*) as n
  cross join lateral unnest(j.events) with ordinality as e (kind, position)
  where n.id in (select opened.id from opened union all select changed.id from changed)
  order by n.started_at, n.id, e.position;
  get diagnostics written = row_count;
  return written;
end
$function$;

comment on function "monitoring"."judge"(text, timestamp
  with time zone, uuid[], monitoring.condition[]) is 'Brings the open alerts of a type that the caller has locked in line with the conditions that it measured for the same resources, opens what is missing, and returns the number of events.';

revoke all
  on function "monitoring"."judge"(text, timestamp with time zone, uuid[], monitoring.condition[])
  from public;

grant execute
  on function "monitoring"."judge"(text, timestamp with time zone, uuid[], monitoring.condition[])
  to "postgres";

-- schemas/monitoring/functions/judge_deploy

create or replace function monitoring.judge_deploy (
  deploy public.deploys,
  at     timestamp with time zone
)
  returns void
  language plpgsql
  set search_path to ''
  set jit to 'off'
  AS $function$
declare
  looks constant integer[] := array[5, 20, 60];
  -- Rows come a little later than they happened.
  grace constant interval := interval '30 seconds';
  superseded_at constant timestamptz := (
    select min(d.deployed_at)
    from public.deploys as d
    where d.org_id = deploy.org_id and d.service = deploy.service
      and d.deployed_at > deploy.deployed_at and d.deployed_at <= judge_deploy.at
  );
  minutes constant integer := (
    select max(m) from unnest(looks) as m
    where deploy.deployed_at + make_interval(mins => m) + grace <= judge_deploy.at
  );
  level constant double precision := case minutes when 5 then 0.02 else 0.04 end;
  length constant interval := least(make_interval(mins => minutes), superseded_at - deploy.deployed_at);
  next_look integer;
begin
  if minutes > deploy.looked_minutes and length >= interval '1 minute' then
    delete from monitoring.deploy_comparisons as k where k.deploy_id = deploy.id;
    insert into monitoring.deploy_comparisons
    select deploy.id, deploy.org_id, c.resource_type, c.resource_id,
      coalesce(w.url, r.name, c.resource_id), c.metric,
      case
        when c.q_value is null then 'not enough data'
        when c.q_value > level or abs(c.change) < c.least then 'no difference'
        when c.change > 0 then 'worse'
        else 'better'
      end,
      c.measure, c.before, c.after, c.change, c.change_low, c.change_high, c.p_value, c.q_value,
      c.rows_before, c.rows_after
    from (
      -- As Benjamini and Hochberg (1995) do.
      select x.*,
        min(x.p_value * x.comparisons / x.place) over (order by x.place desc) as q_value,
        case x.metric when 'latency' then 0.05 else 0.005 end as least
      from (
        select k.*, count(k.p_value) over () as comparisons,
          case when k.p_value is not null then row_number() over (order by k.p_value) end as place
        from monitoring.compare_deploy(deploy.org_id, deploy.deployed_at, length) as k
      ) as x
    ) as c
    left join public.webhooks as w on c.resource_type = 'webhook' and w.id::text = c.resource_id
    left join public.automation_rules as r on c.resource_type = 'rule' and r.id::text = c.resource_id;
  end if;

  select min(m) into next_look from unnest(looks) as m where m > coalesce(minutes, 0);
  update public.deploys as d
  set looked_minutes = greatest(d.looked_minutes, minutes),
    next_look_at = case
      when length < make_interval(mins => minutes) then null
      else deploy.deployed_at + make_interval(mins => next_look) + grace
    end
  where d.id = deploy.id;
end
$function$;

comment on function "monitoring"."judge_deploy"(public.deploys, timestamp
  with time zone) is 'Compares what came before and after a deploy, as far as the looks go that are due as of `at`, and says when the next one is.';

revoke all
  on function "monitoring"."judge_deploy"(public.deploys, timestamp with time zone)
  from public;

grant execute
  on function "monitoring"."judge_deploy"(public.deploys, timestamp with time zone)
  to "postgres";

-- schemas/monitoring/functions/judge_deploys

create or replace function monitoring.judge_deploys (
  at timestamp with time zone default now()
)
  returns integer
  language plpgsql
  set search_path to ''
  set lock_timeout to '5s'
  AS $function$
declare
  started constant timestamptz := clock_timestamp();
  deploy public.deploys;
  judged integer := 0;
begin
  -- A run that takes longer than a minute must not meet the next one.
  if not pg_try_advisory_xact_lock(hashtextextended('monitoring.judge_deploys', 0)) then
    return 0;
  end if;
  loop
    select d.* into deploy
    from public.deploys as d
    where d.next_look_at <= judge_deploys.at
    order by d.next_look_at
    limit 1
    for update skip locked;
    exit when not found or clock_timestamp() > started + interval '30 seconds';
    -- One that cannot be judged keeps no other from it: it is tried again, for a day.
    begin
      perform monitoring.judge_deploy(deploy, judge_deploys.at);
      judged := judged + 1;
    exception
      when others or query_canceled then
        raise warning 'deploy % cannot be judged: %: %', deploy.id, sqlstate, sqlerrm;
        update public.deploys as d
        set next_look_at = case
          when judge_deploys.at < d.deployed_at + interval '1 day' then judge_deploys.at + interval '5 minutes'
        end
        where d.id = deploy.id;
    end;
  end loop;

  if judged > 0 or exists (
    select from monitoring.insights as i where i.kind = 'regression' and i.ended_at is null
  ) then
    perform monitoring.state_insights('regression', monitoring.regressions(judge_deploys.at), judge_deploys.at);
  end if;
  return judged;
end
$function$;

comment on function "monitoring"."judge_deploys"(timestamp
  with time zone) is 'Judges the deploys whose next look is due as of `at`, states as insights what became worse, and returns how many it judged. Only one runs at a time. Where nothing is due it reads one index and no more.';

revoke all on function "monitoring"."judge_deploys"(timestamp with time zone) from public;

grant execute on function "monitoring"."judge_deploys"(timestamp with time zone) to "postgres";

-- schemas/monitoring/functions/judge_webhooks

create or replace function monitoring.judge_webhooks (
  webhook_ids uuid[]
)
  returns void
  language plpgsql
  set search_path to ''
  set lock_timeout to '2s'
  set plan_cache_mode to 'force_generic_plan'
  AS $function$
declare
  conditions monitoring.condition[];
  fingerprints text[];
begin
  conditions := array(select c from monitoring.webhook_failures(webhook_ids) as c);
  -- Few failures cross a threshold: the fifth, the tenth, and the success that ends them.
  fingerprints := array(
    select f.fingerprint
    from public.webhooks as w
    cross join lateral (
      select monitoring.fingerprint(w.org_id, 'webhook_failure', 'webhook', w.id::text)
    ) as f (fingerprint)
    left join unnest(conditions) as c on c.resource_id = w.id::text
    left join monitoring.alerts as a on a.fingerprint = f.fingerprint and a.state <> 'resolved'
    where w.id = any (webhook_ids)
      and c.severity is distinct from case when a.state in ('pending', 'firing') then a.severity end
  );
  if fingerprints <> '{}' then
    perform monitoring.judge(
      'webhook_failure',
      now(),
      array(
        select a.id
        from monitoring.alerts as a
        where a.fingerprint = any (fingerprints) and a.state <> 'resolved'
        order by a.id
        for update
      ),
      conditions
    );
  end if;
exception
  -- A delivery that was made is tracked, whatever becomes of its alert.
  when others then
    raise warning 'webhook_failure could not be judged: %: %', sqlstate, sqlerrm;
    -- One a minute is enough: each failed delivery comes by here.
    if not exists (
      select
      from monitoring.evaluation_errors as e
      where e.at > now() - interval '1 minute' and e.during = 'delivery'
    ) then
      insert into monitoring.evaluation_errors (at, type, during, error)
      values (now(), 'webhook_failure', 'delivery', format('%s: %s', sqlstate, sqlerrm));
    end if;
end
$function$;

comment on function "monitoring"."judge_webhooks"(uuid[]) is 'Brings the alerts of failing webhooks in line with their counters. Never raises: a failure is recorded in evaluation_errors, and the next evaluation judges.';

revoke all on function "monitoring"."judge_webhooks"(uuid[]) from public;

grant execute on function "monitoring"."judge_webhooks"(uuid[]) to "postgres";

-- schemas/monitoring/functions/keep_an_owner

create or replace function monitoring.keep_an_owner()
  returns trigger
  language plpgsql
  security definer
  set search_path to ''
  AS $function$
begin
  -- Two owners who remove each other at the same time meet at this row. It is written, not only
  -- locked, so that a transaction with an older snapshot fails instead of missing the other one.
  update public.orgs set name = name where id = old.org_id;
  -- No such org: it is being deleted, and its members go with it.
  if found and not exists (
    select from public.org_members where org_id = old.org_id and role = 'owner'
  ) then
    raise exception 'an organisation keeps at least one owner'
      using errcode = 'PT409', detail = 'last_owner', hint = 'role';
  end if;
  return null;
end
$function$;

comment on function "monitoring"."keep_an_owner"() is 'Refuses (409, last_owner) a change that would leave an org without an owner.';

revoke all on function "monitoring"."keep_an_owner"() from public;

grant execute on function "monitoring"."keep_an_owner"() to "postgres";

-- schemas/monitoring/functions/keep_deleted_durations

create or replace function monitoring.keep_deleted_durations()
  returns trigger
  language plpgsql
  security definer
  set search_path to ''
  AS $function$
begin
  insert into monitoring.deleted_durations (org_id, source, buckets, duration_sum)
  select d.org_id, t.source, monitoring.bucket_durations(t.histogram), t.duration_sum
  from deleted as d
  join monitoring.totals as t
    on t.source = tg_argv[0]::monitoring.source and t.resource_id = d.id
  -- Not when the org goes, too.
  where exists (select from public.orgs as o where o.id = d.org_id);
  return null;
end
$function$;

comment on function "monitoring"."keep_deleted_durations"() is 'Keeps the durations of webhooks or rules (the argument is their source) that a statement deletes.';

revoke all on function "monitoring"."keep_deleted_durations"() from public;

grant execute on function "monitoring"."keep_deleted_durations"() to "postgres";

-- schemas/monitoring/functions/keep_history

create or replace function monitoring.keep_history()
  returns trigger
  language plpgsql
  set search_path to ''
  AS $function$
begin
  raise exception '%', tg_argv[0] using errcode = 'PT409', detail = 'finished', hint = 'status';
end
$function$;

comment on function "monitoring"."keep_history"() is 'Refuses (409, finished), in the words given, changes that would make counters and rollups wrong.';

revoke all on function "monitoring"."keep_history"() from public;

grant execute on function "monitoring"."keep_history"() to "postgres";

-- schemas/monitoring/functions/lease_notifications

create or replace function monitoring.lease_notifications (
  notification_ids bigint[],
  channel          monitoring.channels,
  at               timestamp with time zone
)
  returns bigint[]
  language plpgsql
  set search_path to ''
  AS $function$
declare
  ids bigint[];
begin
  with message as (
    select gen_random_uuid() as id
  ),
  leased as (
    update monitoring.notifications as n
    set status = 'sending',
      attempts = n.attempts + 1,
      leased_until = lease_notifications.at + interval '1 minute',
      message_id = coalesce(n.message_id, message.id),
      dedup_key = coalesce(n.dedup_key, case
        when channel.kind <> 'pagerduty' then null
        when n.event_id is null then 'test-' || channel.id
        else coalesce(
          monitoring.pagerduty_incident(e.alert_id, channel.id),
          case when cardinality(notification_ids) > 1 then 'group-' || message.id else a.fingerprint end
        )
      end)
    from message, unnest(notification_ids) as chosen (id)
    left join monitoring.notifications as same on same.id = chosen.id
    left join monitoring.alert_events as e on e.id = same.event_id
    left join monitoring.alerts as a on a.id = e.alert_id
    where n.id = chosen.id and n.status = 'queued'
    returning n.id
  )
  select array_agg(l.id order by l.id) into ids from leased as l;
  return ids;
end
$function$;

comment on function "monitoring"."lease_notifications"(bigint[], monitoring.channels, timestamp
  with time zone) is 'Gives notifications to a sender for one minute, as one message; returns those that were still queued, or null.';

revoke all
  on function "monitoring"."lease_notifications"(bigint[], monitoring.channels, timestamp
    with time zone)
  from public;

grant execute
  on function "monitoring"."lease_notifications"(bigint[], monitoring.channels, timestamp
    with time zone)
  to "postgres";

-- schemas/monitoring/functions/ln_factorial

create or replace function monitoring.ln_factorial (
  n bigint
)
  returns double precision
  language plpgsql
  immutable
  set search_path to ''
  AS $function$
declare
  x constant double precision := n + 8;
  less double precision := 0;
begin
  -- Stirling's formula (6.1.41) of n + 7, and down from there: nine digits are right for any n.
  for k in 1..7 loop
    less := less + ln((n + k)::double precision);
  end loop;
  return (x - 0.5) * ln(x) - x + ln(2 * pi()) / 2 + 1 / (12 * x) - 1 / (360 * x ^ 3) + 1 / (1260 * x ^ 5)
    - less;
end
$function$;

comment on function "monitoring"."ln_factorial"(bigint) is 'The natural logarithm of n!.';

revoke all on function "monitoring"."ln_factorial"(bigint) from public;

grant execute on function "monitoring"."ln_factorial"(bigint) to "postgres";

-- schemas/monitoring/functions/lock_rollups

create or replace function monitoring.lock_rollups()
  returns void
  language plpgsql
  set search_path to ''
  AS $function$
begin
  perform pg_advisory_xact_lock(hashtextextended('monitoring.rollups', 0));
end
$function$;

comment on function "monitoring"."lock_rollups"() is 'Makes the caller the only one who writes rollups until its transaction ends.';

revoke all on function "monitoring"."lock_rollups"() from public;

grant execute on function "monitoring"."lock_rollups"() to "postgres";

-- schemas/monitoring/functions/lock_webhooks

create or replace function monitoring.lock_webhooks (
  webhook_ids uuid[],
  failed      boolean[]
)
  returns void
  language plpgsql
  set search_path to ''
  AS $function$
declare
  -- Webhooks share few locks, so that no batch, however wide, fills the server's lock table.
  buckets constant integer := 128;
  class constant integer := 'public.webhooks'::regclass::oid::integer;
begin
  perform
    case when alone
      then pg_advisory_xact_lock(class, bucket)
      else pg_advisory_xact_lock_shared(class, bucket)
    end
  from (
    select uuid_hash(delivery.webhook_id) & (buckets - 1) as bucket, bool_or(delivery.failed) as alone
    from unnest(webhook_ids, lock_webhooks.failed) as delivery (webhook_id, failed)
    group by bucket
    order by bucket
  ) as wanted;
end
$function$;

comment on function "monitoring"."lock_webhooks"(uuid[], boolean[]) is 'Locks webhooks until commit, in one order for all callers: alone where a delivery failed, shared otherwise.';

revoke all on function "monitoring"."lock_webhooks"(uuid[], boolean[]) from public;

grant execute
  on function "monitoring"."lock_webhooks"(uuid[], boolean[])
  to "postgres", "service_role";

-- schemas/monitoring/functions/lower_rollups

create or replace function monitoring.lower_rollups (
  removed monitoring.rollup_key[]
)
  returns void
  language plpgsql
  set search_path to ''
  AS $function$
begin
  if removed is null then
    return;
  end if;

  -- Where retention has dropped raw rows, the rollups know of more than is there.
  update monitoring.rollups as r
  set duration_max = e.duration_max, last_success_at = e.last_success_at
  from unnest(removed) as k
  join monitoring.raw_tables as t on t.source = k.source and t.complete_since <= k.starts_at
  cross join monitoring.rollup_state as s
  cross join lateral monitoring.raw_extremes(
    k.source, k.resource_id, k.starts_at,
    k.starts_at + case
      when k.starts_at < s.daily_before and k.source <> 'request' then interval '24 hours'
      else interval '1 hour'
    end
  ) as e
  where (r.source, r.resource_id, r.starts_at) = (k.source, k.resource_id, k.starts_at)
    and k.starts_at > '-infinity';

  delete from monitoring.rollups as r
  using unnest(removed) as k
  where (r.source, r.resource_id, r.starts_at) = (k.source, k.resource_id, k.starts_at)
    and r.pending = 0 and r.succeeded = 0 and r.failed = 0;
end
$function$;

comment on function "monitoring"."lower_rollups"(monitoring.rollup_key[]) is
  'Finds the maximum and the last success again, from raw rows, of rollups from which rows were removed; deletes those of which nothing is left.';

revoke all on function "monitoring"."lower_rollups"(monitoring.rollup_key[]) from public;

grant execute on function "monitoring"."lower_rollups"(monitoring.rollup_key[]) to "postgres";

-- schemas/monitoring/functions/lower_totals

create or replace function monitoring.lower_totals (
  removed monitoring.rollup_key[]
)
  returns void
  language plpgsql
  set search_path to ''
  AS $function$
begin
  update monitoring.totals as t
  set duration_max = e.duration_max, last_success_at = e.last_success_at
  from unnest(removed) as k
  cross join lateral (
    select max(r.duration_max) as duration_max, max(r.last_success_at) as last_success_at
    from monitoring.rollups as r
    where r.source = k.source and r.resource_id = k.resource_id
  ) as e
  where (t.source, t.resource_id) = (k.source, k.resource_id);
end
$function$;

comment on function "monitoring"."lower_totals"(monitoring.rollup_key[]) is
  'Finds the maximum and the last success of totals again, from their rollups.';

revoke all on function "monitoring"."lower_totals"(monitoring.rollup_key[]) from public;

grant execute on function "monitoring"."lower_totals"(monitoring.rollup_key[]) to "postgres";

-- schemas/monitoring/functions/make_partition

create or replace function monitoring.make_partition (
  source monitoring.source,
  month  timestamp with time zone
)
  returns text
  language plpgsql
  set search_path to ''
  AS $function$
declare
  raw monitoring.raw_tables;
  partition text;
  until constant timestamptz := (month at time zone 'UTC' + interval '1 month') at time zone 'UTC';
begin
  select * into strict raw from monitoring.raw_tables as r where r.source = make_partition.source;
  partition := format('%s_%s', raw.name, to_char(month at time zone 'UTC', 'YYYY_MM'));
  if to_regclass('monitoring.' || partition) is not null then
    return null;
  end if;

  execute format(
    'create table monitoring.%1$I (
      like public.%2$I including defaults including constraints including storage, primary key (id)
    );
    comment on table monitoring.%1$I is %3$L;
    revoke all on monitoring.%1$I from public, anon, authenticated, service_role;',
    partition, raw.name, format('Rows of %s for a month, from %s on.', raw.name, month)
  );
  -- Rows that wait for it move there. No trigger of the table sees it, as nothing happens to them.
  execute format(
    'lock table monitoring.%1$I in access exclusive mode;
    with waiting as (
      delete from monitoring.%1$I where %2$I >= %3$L and %2$I < %4$L returning *
    )
    insert into monitoring.%5$I select * from waiting;
    alter table public.%6$I attach partition monitoring.%5$I for values from (%3$L) to (%4$L);',
    raw.name || '_default', raw.time_column, month, until, partition, raw.name
  );
  return partition;
end
$function$;

comment on function "monitoring"."make_partition"(monitoring.source, timestamp
  with time zone) is 'Makes the partition of a raw table for the month that begins then, with the rows that wait for it; returns its name, or null when there is one already.';

revoke all
  on function "monitoring"."make_partition"(monitoring.source, timestamp with time zone)
  from public;

grant execute
  on function "monitoring"."make_partition"(monitoring.source, timestamp with time zone)
  to "postgres";

-- schemas/monitoring/functions/make_partitions

create or replace function monitoring.make_partitions (
  since        timestamp with time zone default null::timestamp with time zone,
  at           timestamp with time zone default now(),
  most_waiting bigint                   default 50000
)
  returns SETOF text
  language plpgsql
  set search_path to ''
  set lock_timeout to '1s'
  AS $function$
declare
  wanted record;
begin
  for wanted in
    with waiting as materialized (
      select * from monitoring.waiting_rows
    ),
    month as (
      select w.source, w.month
      from waiting as w
      join monitoring.rollup_settings as s
        on (w.month at time zone 'UTC' + interval '1 month') at time zone 'UTC' > at - s.raw_retention
        and w.month <= at + interval '2 months'
      union
      select r.source, m at time zone 'UTC'
      from monitoring.raw_tables as r
      cross join generate_series(
        date_trunc('month', coalesce(since, at) at time zone 'UTC'),
        date_trunc('month', at at time zone 'UTC') + interval '2 months',
        interval '1 month'
      ) as m
    )
    select m.source, m.month, w.waiting
    from month as m
    left join waiting as w using (source, month)
    order by m.source, m.month
  loop
    if since is null and wanted.waiting > most_waiting then
      raise warning '% rows of % wait for the partition of %: call monitoring.make_partitions() with its time in a quiet hour',
        wanted.waiting, wanted.source, wanted.month;
    else
      return query
      select made
      from monitoring.make_partition(wanted.source, wanted.month) as made
      where made is not null;
    end if;
  end loop;
end
$function$;

comment on function "monitoring"."make_partitions"(timestamp with time zone, timestamp
  with time zone, bigint) is 'Makes the partitions that are missing, from the month of `since` (default: this one) to two months ahead and for rows that wait in a default partition, and returns their names. Without `since` it leaves out months of which more than most_waiting rows wait, as moving them would hold up writers. Call it before loading history.';

revoke all
  on function "monitoring"."make_partitions"(timestamp with time zone, timestamp
    with time zone, bigint)
  from public;

grant execute
  on function "monitoring"."make_partitions"(timestamp with time zone, timestamp
    with time zone, bigint)
  to "postgres";

-- schemas/monitoring/functions/make_webhook_secret

create or replace function monitoring.make_webhook_secret()
  returns text
  language sql
  set search_path to ''
  AS $function$
  select 'whsec_' || encode(extensions.gen_random_bytes(32), 'base64')
$function$;

comment on function "monitoring"."make_webhook_secret"() is 'A new secret as Standard Webhooks has them, of 32 bytes.';

revoke all on function "monitoring"."make_webhook_secret"() from public;

grant execute on function "monitoring"."make_webhook_secret"() to "postgres";

-- schemas/monitoring/functions/matches

create or replace function monitoring.matches (
  matchers jsonb,
  alert    monitoring.alerts
)
  returns boolean
  language sql
  immutable
  set search_path to ''
  AS $function$
  select not exists (
    select
    from jsonb_each_text(matchers) as m
    where (
      to_jsonb(alert) ->> m.key
      like replace(regexp_replace(m.value, '([\\%_])', '\\\1', 'g'), '*', '%')
    ) is not true
  )
$function$;

comment on function "monitoring"."matches"(jsonb, monitoring.alerts) is 'Whether an alert is what the matchers of a silence describe.';

revoke all on function "monitoring"."matches"(jsonb, monitoring.alerts) from public;

grant execute on function "monitoring"."matches"(jsonb, monitoring.alerts) to "postgres";

-- schemas/monitoring/functions/may_read

create or replace function monitoring.may_read (
  org_id uuid
)
  returns boolean
  language plpgsql
  stable
  set search_path to ''
  AS $function$
begin
  return (
    select monitoring.reads_every_org()
      or may_read.org_id = any (array(select monitoring.my_org_ids()))
  );
end
$function$;

comment on function "monitoring"."may_read"(uuid) is 'Whether the caller may read what belongs to this org: its members, and whoever reads every org.';

revoke all on function "monitoring"."may_read"(uuid) from public;

grant execute
  on function "monitoring"."may_read"(uuid)
  to "authenticated", "postgres", "service_role";

-- schemas/monitoring/functions/measure_costs

create or replace function monitoring.measure_costs (
  at timestamp with time zone default now()
)
  returns void
  language plpgsql
  set search_path to ''
  AS $function$
declare
  today constant date := (at at time zone 'UTC')::date;
begin
  perform monitoring.count_days(at);
  perform monitoring.measure_storage();
  update monitoring.cost_state as s
  set measured_at = measure_costs.at,
    database_bytes = pg_database_size(current_database()),
    function_calls = monitoring.recorded_calls(measure_costs.at - interval '30 days', measure_costs.at),
    bytes_out = monitoring.recorded_bytes(today - 30, today)
  where s.singleton;
end
$function$;

comment on function "monitoring"."measure_costs"(timestamp
  with time zone) is 'Measures what everyone uses, as of now.';

revoke all on function "monitoring"."measure_costs"(timestamp with time zone) from public;

grant execute on function "monitoring"."measure_costs"(timestamp with time zone) to "postgres";

-- schemas/monitoring/functions/measure_storage

create or replace function monitoring.measure_storage()
  returns void
  language plpgsql
  set search_path to ''
  AS $function$
begin
  delete from monitoring.storage where true;

  insert into monitoring.storage (org_id, resource_type, resource_id, raw_rows, bytes)
  with part as (
    select r.source, r.resource_id, r.raw_rows, r.bytes, r.source = 'request' as is_raw_request
    from monitoring.raw_bytes() as r
    union all
    select b.source, b.resource_id, 0, b.bytes, false
    from monitoring.rollup_bytes() as b
  ),
  -- What is an org's requests' is its routes', as far as these are counted.
  counted as (
    select p.resource_id as org_id, d.route, p.raw_rows, p.bytes,
      d.requests / greatest(p.raw_rows, sum(d.requests) over (partition by p.resource_id)) as share
    from part as p
    join (
      select r.org_id, r.route, sum(r.requests) as requests
      from monitoring.route_days as r
      join monitoring.raw_tables as t on t.source = 'request'
      where r.route <> '' and r.day >= (t.complete_since at time zone 'UTC')::date
      group by r.org_id, r.route
    ) as d on d.org_id = p.resource_id
    where p.is_raw_request
  ),
  held as (
    select r.org_id, case p.source when 'delivery' then 'webhook' when 'execution' then 'rule' else 'org' end as resource_type,
      p.resource_id::text, p.raw_rows, p.bytes
    from part as p
    join monitoring.resources as r on r.source = p.source and r.id = p.resource_id
    union all
    select c.org_id, 'route', c.route, floor(c.raw_rows * c.share)::bigint, floor(c.bytes * c.share)::bigint
    from counted as c
    union all
    select c.org_id, 'org', c.org_id::text, -floor(c.raw_rows * c.share)::bigint, -floor(c.bytes * c.share)::bigint
    from counted as c
    union all
    select o.org_id, 'org', o.org_id::text, 0, o.bytes
    from monitoring.other_bytes() as o
    join public.orgs as known on known.id = o.org_id
  )
  select h.org_id, h.resource_type, h.resource_id, sum(h.raw_rows)::bigint, sum(h.bytes)::bigint
  from held as h
  group by h.org_id, h.resource_type, h.resource_id;

  update monitoring.cost_state as c
  set rest_bytes = coalesce((select sum(z.bytes)::bigint from monitoring.relation_sizes as z), 0)
    - coalesce((select sum(s.bytes)::bigint from monitoring.storage as s), 0)
  where c.singleton;
end
$function$;

comment on function "monitoring"."measure_storage"() is 'Measures all that the project''s tables hold, and writes down whose it is.';

revoke all on function "monitoring"."measure_storage"() from public;

grant execute on function "monitoring"."measure_storage"() to "postgres";

-- schemas/monitoring/functions/merge_deleted_durations

create or replace function monitoring.merge_deleted_durations()
  returns void
  language sql
  set search_path to ''
  AS $function$
  with part as (
    delete from monitoring.deleted_durations as d
    where exists (
      select
      from monitoring.deleted_durations as o
      where o.org_id = d.org_id and o.source = d.source and o.id <> d.id
    )
    returning d.*
  )
  insert into monitoring.deleted_durations (org_id, source, buckets, duration_sum)
  select b.org_id, b.source, array_agg(b.counted order by b.n), max(b.duration_sum)
  from (
    -- Each part has each bucket once: the sum is the same in all.
    select p.org_id, p.source, u.n, sum(u.counted)::bigint as counted,
      sum(p.duration_sum)::bigint as duration_sum
    from part as p
    cross join unnest(p.buckets) with ordinality as u (counted, n)
    group by p.org_id, p.source, u.n
  ) as b
  group by b.org_id, b.source
$function$;

comment on function "monitoring"."merge_deleted_durations"() is 'Makes one row of an org''s many deleted webhooks, and one of its rules: deletes do not, so that none waits for another.';

revoke all on function "monitoring"."merge_deleted_durations"() from public;

grant execute on function "monitoring"."merge_deleted_durations"() to "postgres";

-- schemas/monitoring/functions/metric_events

create or replace function monitoring.metric_events (
  events jsonb
)
  returns table (
    index  integer,
    id     uuid,
    org_id uuid,
    name   text,
    kind   text,
    labels jsonb,
    at     timestamp with time zone,
    value  double precision,
    count  integer
  )
  language sql
  set search_path to ''
  AS $function$
  select (body ->> 'index')::integer,
    coalesce((body ->> 'id')::uuid, gen_random_uuid()),
    (body ->> 'org_id')::uuid,
    body ->> 'name',
    body ->> 'kind',
    coalesce(nullif(body -> 'labels', 'null'), '{}'),
    coalesce((body ->> 'at')::timestamptz, now()),
    (body ->> 'value')::double precision,
    coalesce((body ->> 'count')::integer, 1)
  from jsonb_array_elements(events) as body
  where body ->> 'type' = 'metric'
$function$;

comment on function "monitoring"."metric_events"(jsonb) is 'Those of a batch''s events that are metrics, as rows.';

revoke all on function "monitoring"."metric_events"(jsonb) from public;

grant execute on function "monitoring"."metric_events"(jsonb) to "postgres", "service_role";

-- schemas/monitoring/functions/metrics_org

create or replace function monitoring.metrics_org (
  org_id uuid
)
  returns uuid
  language plpgsql
  stable
  set search_path to ''
  AS $function$
declare
  mine uuid[];
begin
  if monitoring.reads_every_org() then
    if metrics_org.org_id is null then
      raise exception 'Name the org with org_id.'
        using errcode = 'PT400', detail = 'org_required', hint = 'org_id';
    elsif not exists (select from public.orgs as o where o.id = metrics_org.org_id) then
      raise exception 'There is no such org.'
        using errcode = 'PT404', detail = 'org_not_found', hint = 'org_id';
    end if;
    return metrics_org.org_id;
  end if;

  if auth.uid() is null then
    raise exception 'Sign in first.' using errcode = 'PT401', detail = 'unauthenticated';
  end if;

  mine := array(select monitoring.my_org_ids());
  -- An org that does not exist and one that is another's are told alike.
  if cardinality(mine) = 0 or metrics_org.org_id <> all (mine) then
    raise exception 'You are not a member of this org.'
      using errcode = 'PT403', detail = 'not_a_member', hint = 'org_id';
  elsif metrics_org.org_id is null and cardinality(mine) > 1 then
    raise exception 'You are a member of several orgs: name one with org_id.'
      using errcode = 'PT400', detail = 'org_required', hint = 'org_id';
  end if;
  return coalesce(metrics_org.org_id, mine[1]);
end
$function$;

comment on function "monitoring"."metrics_org"(uuid) is 'The org whose metrics the caller may read: the one named, or a member''s only one. Raises PT401, PT403, PT400 or PT404 with a machine code in the detail.';

revoke all on function "monitoring"."metrics_org"(uuid) from public;

grant execute
  on function "monitoring"."metrics_org"(uuid)
  to "authenticated", "postgres", "service_role";

-- schemas/monitoring/functions/move_windows

create or replace function monitoring.move_windows (
  at timestamp with time zone
)
  returns void
  language plpgsql
  set search_path to ''
  set plan_cache_mode to 'force_custom_plan'
  AS $function$
declare
  before monitoring.rollup_state;
  after monitoring.rollup_state;
begin
  select * into strict before from monitoring.rollup_state for update;
  update monitoring.rollup_state as s
  set at = move_windows.at,
    day_from = date_bin('1 hour', move_windows.at - interval '24 hours', 'epoch') + interval '1 hour',
    week_from = date_bin('1 hour', move_windows.at - interval '7 days', 'epoch') + interval '1 hour'
  where s.singleton
  returning * into after;
  if (before.day_from, before.week_from) = (after.day_from, after.week_from) then
    return;
  end if;

  update monitoring.totals as t
  set day_rows = t.day_rows + change.day_rows,
    day_failed = t.day_failed + change.day_failed,
    week_rows = t.week_rows + change.week_rows,
    week_failed = t.week_failed + change.week_failed
  from (
    select t.source, t.resource_id,
      sum(of_span.rows) filter (where span.is_day) as day_rows,
      sum(of_span.failed) filter (where span.is_day) as day_failed,
      sum(of_span.rows) filter (where not span.is_day) as week_rows,
      sum(of_span.failed) filter (where not span.is_day) as week_failed
    from monitoring.totals as t
    cross join (
      values (true, before.day_from, after.day_from), (false, before.week_from, after.week_from)
    ) as span (is_day, was_from, is_from)
    -- A clock that was set back gives hours back.
    cross join lateral (
      select
        coalesce(sum(pending + succeeded + failed), 0) * case when is_from > was_from then -1 else 1 end as rows,
        coalesce(sum(failed), 0) * case when is_from > was_from then -1 else 1 end as failed
      from monitoring.rollups as r
      where r.source = t.source and r.resource_id = t.resource_id
        and r.starts_at >= least(was_from, is_from) and r.starts_at < greatest(was_from, is_from)
    ) as of_span
    where t.source <> 'request'
    group by t.source, t.resource_id
  ) as change
  where t.source = change.source and t.resource_id = change.resource_id
    and (change.day_rows <> 0 or change.week_rows <> 0);
end
$function$;

comment on function "monitoring"."move_windows"(timestamp
  with time zone) is 'Lets the windows of a day and of a week end at a moment: takes from the totals the hours that no longer belong to them.';

revoke all on function "monitoring"."move_windows"(timestamp with time zone) from public;

grant execute on function "monitoring"."move_windows"(timestamp with time zone) to "postgres";

-- schemas/monitoring/functions/mute_window_end

create or replace function monitoring.mute_window_end (
  mute_window jsonb,
  at          timestamp with time zone
)
  returns timestamp with time zone
  language sql
  stable
  set search_path to ''
  AS $function$
  select max(span.ends at time zone zone.name)
  from (select mute_window ->> 'time_zone' as name) as zone
  cross join lateral (select (at at time zone zone.name) as local) as clock
  -- A window belongs to the day on which it begins: today, or yesterday when it spans midnight.
  cross join lateral (values (clock.local::date), (clock.local::date - 1)) as day (begins)
  cross join lateral (
    select
      day.begins + (mute_window ->> 'from')::time as starts,
      day.begins + (mute_window ->> 'to')::time
        + case when mute_window ->> 'to' <= mute_window ->> 'from' then interval '1 day' else '0' end as ends
  ) as span
  where clock.local >= span.starts and clock.local < span.ends
    and coalesce(mute_window -> 'days' ? lower(to_char(day.begins, 'Dy')), true)
$function$;

comment on function "monitoring"."mute_window_end"(jsonb, timestamp
  with time zone) is 'When the window that holds this moment ends; null when the moment is in none.';

revoke all on function "monitoring"."mute_window_end"(jsonb, timestamp with time zone) from public;

grant execute
  on function "monitoring"."mute_window_end"(jsonb, timestamp with time zone)
  to "postgres";

-- schemas/monitoring/functions/mute_window_problem

create or replace function monitoring.mute_window_problem (
  mute_window jsonb
)
  returns text
  language plpgsql
  stable
  set search_path to ''
  AS $function$
declare
  time_of_day constant text := '^([01]\d|2[0-3]):[0-5]\d$';
begin
  if jsonb_typeof(mute_window) is distinct from 'object' then
    return 'is a list of windows';
  elsif mute_window - '{days,from,to,time_zone}'::text[] <> '{}' then
    return 'has days, from, to and time_zone, and nothing else';
  elsif coalesce(mute_window ->> 'from' !~ time_of_day, true)
    or coalesce(mute_window ->> 'to' !~ time_of_day, true)
  then
    return 'needs from and to, each a time as 22:00';
  elsif mute_window ? 'days' and (
    jsonb_typeof(mute_window -> 'days') <> 'array'
    or mute_window -> 'days' = '[]'
    or not mute_window -> 'days' <@ '["mon", "tue", "wed", "thu", "fri", "sat", "sun"]'
  ) then
    return 'takes as days some of mon, tue, wed, thu, fri, sat, sun';
  elsif coalesce(mute_window ->> 'time_zone' !~ '^[A-Za-z0-9_+/-]{1,64}$', true) then
    return 'needs a time_zone, as Europe/Berlin';
  end if;
  perform now() at time zone (mute_window ->> 'time_zone');
  return null;
exception
  when invalid_parameter_value then return 'has a time_zone that there is not';
end
$function$;

comment on function "monitoring"."mute_window_problem"(jsonb) is 'What is wrong with a mute window, as the end of a sentence; null for a good one.';

revoke all on function "monitoring"."mute_window_problem"(jsonb) from public;

grant execute on function "monitoring"."mute_window_problem"(jsonb) to "postgres";

-- schemas/monitoring/functions/muted_until

create or replace function monitoring.muted_until (
  mute_windows jsonb,
  at           timestamp with time zone
)
  returns timestamp with time zone
  language plpgsql
  stable
  set search_path to ''
  AS $function$
declare
  latest timestamptz := at;
  next timestamptz;
begin
  -- Windows may adjoin, so the end of one may lie in another. Those that never leave a gap would go
  -- on for ever: after a fortnight something is sent.
  while latest < at + interval '14 days' loop
    next := (
      select max(monitoring.mute_window_end(w, latest)) from jsonb_array_elements(mute_windows) as w
    );
    exit when next is null;
    latest := next;
  end loop;
  return nullif(latest, at);
end
$function$;

comment on function "monitoring"."muted_until"(jsonb, timestamp
  with time zone) is 'Until when a channel with these windows is muted; null when it is not.';

revoke all on function "monitoring"."muted_until"(jsonb, timestamp with time zone) from public;

grant execute on function "monitoring"."muted_until"(jsonb, timestamp with time zone) to "postgres";

-- schemas/monitoring/functions/my_org_ids

create or replace function monitoring.my_org_ids (
  roles text[] default ARRAY['owner'::text,
  'admin'::text,
  'member'::text,
  'viewer'::text]
)
  returns SETOF uuid
  language plpgsql
  stable
  security definer
  set search_path to ''
  AS $function$
begin
  -- In plpgsql, which keeps the plan: in SQL each reader of each table would wait for it anew.
  return query
  select m.org_id
  from public.org_members as m
  where m.user_id = auth.uid() and m.role = any (roles);
end
$function$;

comment on function "monitoring"."my_org_ids"(text[]) is 'The orgs in which the signed-in user has one of these roles (default: any); none without a session.';

revoke all on function "monitoring"."my_org_ids"(text[]) from public;

grant execute
  on function "monitoring"."my_org_ids"(text[])
  to "authenticated", "postgres", "service_role";

-- schemas/monitoring/functions/new_series_state

create or replace function monitoring.new_series_state()
  returns double precision[]
  language sql
  immutable
  set search_path to ''
  AS $function$
  select array_fill(0::double precision, array[14])
    -- Surprise of single points and of runs: share, excess, how many, the last one.
    || array[0.05, 0.7, 0, 0, 0.05, 0.7, 0, 0]::double precision[]
    -- The mean of late deviations, and how large it usually is; moments of the noise.
    || array[0, 0.5, 0, 0, 0, 0]::double precision[]
    -- What the zeros amount to now, and usually do; when something was said, and how much.
    || array[0, 1, 1, '-1e18', 0]::double precision[]
    -- A run on one side of the level.
    || array[0, 0, 0]::double precision[]
    || array_fill(0::double precision, array[192])
    || array_fill(1::double precision, array[192])
$function$;

comment on function "monitoring"."new_series_state"() is 'The state of a detector that has seen nothing: 36 numbers of its own (count, last time, step, share of long steps, hours seen, lowest value, three levels, their deviations, how often two of these were seen, and those named here), then the weight behind a factor, and the factor, for each of the 24 hours of a day and the 168 of a week.';

revoke all on function "monitoring"."new_series_state"() from public;

grant execute on function "monitoring"."new_series_state"() to "postgres";

-- schemas/monitoring/functions/next_alert

create or replace function monitoring.next_alert (
  alert           monitoring.alerts,
  condition       monitoring.condition,
  pending_for     interval,
  keep_firing_for interval,
  repeat_interval interval,
  inhibited_by    text[],
  at              timestamp with time zone
)
  returns monitoring.alert_step
  language plpgsql
  stable
  set search_path to ''
  AS $function$
declare
  next monitoring.alerts := alert;
  events text[] := array[]::text[];
  owed text;
  suppressed_by text;
begin
  if alert.id is null then
    next.id := gen_random_uuid();
    next.org_id := condition.org_id;
    next.type := condition.type;
    next.resource_type := condition.resource_type;
    next.resource_id := condition.resource_id;
    next.started_at := next_alert.at;
  end if;
  if condition.type is not null then
    next.severity := coalesce(condition.severity, alert.severity);
    next.resource_name := condition.resource_name;
    next.message := condition.message;
    next.value := condition.value;
    next.threshold := condition.threshold;
  end if;
  next.state := monitoring.next_state(
    alert.state, case alert.state when 'pending' then alert.started_at else alert.recovering_at end,
    condition.severity is not null, condition.type is null, pending_for, keep_firing_for, next_alert.at
  );

  if next.state is distinct from alert.state then
    events := array[case
      when next.state = 'firing' then case alert.state when 'recovering' then 'refired' else 'fired' end
      when next.state = 'resolved' and alert.state = 'pending' then 'cleared'
      else next.state
    end];
    case next.state
      when 'firing' then
        next.fired_at := coalesce(alert.fired_at, next_alert.at);
        next.recovering_at := null;
      when 'recovering' then next.recovering_at := next_alert.at;
      when 'resolved' then next.resolved_at := next_alert.at;
      else null;
    end case;
  end if;

  if next.state = 'firing' then
    owed := case
      when events = '{fired}' then 'fired'
      when next.severity = 'critical'
        and coalesce(alert.notified_severity, alert.severity) = 'warning' then 'escalated'
      when alert.last_notified_at is null then 'repeated'
      when next_alert.at >= alert.last_notified_at + repeat_interval then 'repeated'
    end;
    if owed is not null then
      suppressed_by := monitoring.suppression(next, owed, inhibited_by, next_alert.at);
    end if;
    if owed is not null and suppressed_by is null then
      next.last_notified_at := next_alert.at;
      next.notified_severity := next.severity;
    end if;
    -- What is held back is said once, not at every look.
    if owed <> 'fired' and (
      suppressed_by is null
      or suppressed_by is distinct from alert.held_back_by
      or (owed = 'escalated' and next.severity <> alert.severity)
    ) then
      events := events || owed;
    elsif next.severity <> alert.severity then
      events := array_append(events, 'changed');
    end if;
    next.held_back_by := suppressed_by;
  elsif events = '{resolved}' then
    -- Who was told that it fired is told that it is over; and nobody else.
    if alert.last_notified_at is null then
      suppressed_by := coalesce(alert.held_back_by, 'silence');
    end if;
    next.held_back_by := null;
  end if;
  return row(next, events, suppressed_by);
end
$function$;

comment on function
  "monitoring"."next_alert"(monitoring.alerts, monitoring.condition, interval, interval, interval,
  text[], timestamp with time zone) is 'What an alert (null: none is open) becomes by a condition (null: it is not true), which events that makes, and what holds back their notification.';

revoke all
  on function
    "monitoring"."next_alert"(monitoring.alerts, monitoring.condition, interval, interval, interval,
    text[], timestamp with time zone)
  from public;

grant execute
  on function
    "monitoring"."next_alert"(monitoring.alerts, monitoring.condition, interval, interval, interval,
    text[], timestamp with time zone)
  to "postgres";

-- schemas/monitoring/functions/next_call

create or replace function monitoring.next_call (
  notification_id bigint,
  wait            interval
)
  returns jsonb
  language sql
  immutable
  set search_path to ''
  AS $function$
  select jsonb_build_object('next', jsonb_build_object(
    'notification_id', notification_id,
    'wait_ms', greatest(0, ceil(extract(epoch from wait) * 1000))::integer
  ))
$function$;

comment on function "monitoring"."next_call"(bigint, interval) is 'Tells a sender what to claim next, and how long to wait before.';

revoke all on function "monitoring"."next_call"(bigint, interval) from public;

grant execute on function "monitoring"."next_call"(bigint, interval) to "postgres";

-- schemas/monitoring/functions/next_in_group

create or replace function monitoring.next_in_group (
  channel_id uuid,
  group_key  text,
  at         timestamp with time zone
)
  returns jsonb
  language sql
  stable
  set search_path to ''
  AS $function$
  -- Later ones are left to the schedule: no sender lives for ever.
  select coalesce(
    (
      select monitoring.next_call(n.id, n.due_at - at)
      from monitoring.notifications as n
      where n.channel_id = next_in_group.channel_id and n.group_key = next_in_group.group_key
        and n.status = 'queued' and n.due_at <= at + interval '40 seconds'
      order by n.due_at, n.id
      limit 1
    ),
    '{}'
  )
$function$;

comment on function "monitoring"."next_in_group"(uuid, text, timestamp
  with time zone) is 'What a sender may go on with once it is done: what is due within 40 seconds, or {}.';

revoke all
  on function "monitoring"."next_in_group"(uuid, text, timestamp with time zone)
  from public;

grant execute
  on function "monitoring"."next_in_group"(uuid, text, timestamp with time zone)
  to "postgres";

-- schemas/monitoring/functions/next_state

create or replace function monitoring.next_state (
  state           text,
  since           timestamp with time zone,
  is_true         boolean,
  has_recovered   boolean,
  pending_for     interval,
  keep_firing_for interval,
  at              timestamp with time zone
)
  returns text
  language sql
  immutable
  set search_path to ''
  AS $function$
  select case
    when coalesce(next_state.state, 'pending') = 'pending' then
      case
        when not is_true then 'resolved'
        when next_state.at < coalesce(since, next_state.at) + pending_for then 'pending'
        else 'firing'
      end
    when not has_recovered then 'firing'
    when next_state.at < case when next_state.state = 'recovering' then since else next_state.at end
      + keep_firing_for then 'recovering'
    else 'resolved'
  end
$function$;

comment on function "monitoring"."next_state"(text, timestamp
  with time zone,
  boolean, boolean, interval, interval, timestamp with time zone) is 'The state that follows `state` (null: there is no alert), in which the alert has been since `since`: is_true when the condition is beyond its threshold, has_recovered when it is not even above its recovery threshold.';

revoke all
  on function "monitoring"."next_state"(text, timestamp
    with time zone, boolean, boolean, interval, interval, timestamp with time zone)
  from public;

grant execute
  on function "monitoring"."next_state"(text, timestamp
    with time zone, boolean, boolean, interval, interval, timestamp with time zone)
  to "authenticated", "postgres", "service_role";

-- schemas/monitoring/functions/notifications_dead_conditions

create or replace function monitoring.notifications_dead_conditions (
  at     timestamp with time zone,
  org_id uuid                     default null::uuid
)
  returns SETOF monitoring.condition
  language plpgsql
  stable
  security definer
  set search_path to ''
  AS $function$
begin
  return query
  select
    null::uuid,
    p.type,
    case when d.dead >= p.critical then 'critical' else 'warning' end,
    'channel',
    c.id::text,
    c.name,
    format('%s notifications to channel %s of %s were given up: %s',
      d.dead, c.name, coalesce(o.name, 'the platform'), d.latest),
    d.dead::numeric,
    case when d.dead >= p.critical then p.critical else p.warning end
  from monitoring.alert_policies as p
  cross join lateral (
    select n.channel_id, count(*) as dead, (array_agg(n.error order by n.id desc))[1] as latest
    from monitoring.notifications as n
    where n.status = 'dead'
      and n.event_id is not null
      and n.finished_at > notifications_dead_conditions.at - interval '1 day'
    group by n.channel_id
  ) as d
  join monitoring.channels as c on c.id = d.channel_id
  left join public.orgs as o on o.id = c.org_id
  where p.type = 'notifications_dead'
    and p.enabled
    and d.dead >= least(p.warning, p.critical)
    and notifications_dead_conditions.org_id is null
    and monitoring.reads_every_org();
end
$function$;

comment on function "monitoring"."notifications_dead_conditions"(timestamp
  with time zone, uuid) is 'Channels to which notifications could not be delivered in the last day; nothing for callers who do not read every org.';

revoke all
  on function "monitoring"."notifications_dead_conditions"(timestamp with time zone, uuid)
  from public;

grant execute
  on function "monitoring"."notifications_dead_conditions"(timestamp with time zone, uuid)
  to "postgres", "service_role";

-- schemas/monitoring/functions/notifications_late_conditions

create or replace function monitoring.notifications_late_conditions (
  at     timestamp with time zone,
  org_id uuid                     default null::uuid
)
  returns SETOF monitoring.condition
  language plpgsql
  stable
  security definer
  set search_path to ''
  AS $function$
begin
  return query
  select
    null::uuid,
    p.type,
    case when l.minutes > p.critical then 'critical' else 'warning' end,
    'outbox',
    'notifications',
    'notifications',
    format('%s notifications are due, the oldest for %s minutes%s', l.notifications, l.minutes,
      case
        when not monitoring.is_set_up(notifications_late_conditions.at)
          then ': monitoring.settings.functions_url is not set'
      end),
    l.minutes,
    case when l.minutes > p.critical then p.critical else p.warning end
  from monitoring.alert_policies as p
  cross join lateral (
    select count(*),
      round(extract(epoch from notifications_late_conditions.at - min(n.due_at)) / 60, 1)
    from monitoring.overdue_notifications(notifications_late_conditions.at) as n
  ) as l (notifications, minutes)
  where p.type = 'notifications_late'
    and p.enabled
    and l.minutes > least(p.warning, p.critical)
    and notifications_late_conditions.org_id is null
    and monitoring.reads_every_org();
end
$function$;

comment on function "monitoring"."notifications_late_conditions"(timestamp
  with time zone, uuid) is 'Whether notifications are due and nobody sends them; nothing for callers who do not read every org.';

revoke all
  on function "monitoring"."notifications_late_conditions"(timestamp with time zone, uuid)
  from public;

grant execute
  on function "monitoring"."notifications_late_conditions"(timestamp with time zone, uuid)
  to "postgres", "service_role";

-- schemas/monitoring/functions/notify_of_events

create or replace function monitoring.notify_of_events()
  returns trigger
  language plpgsql
  security definer
  set search_path to ''
  AS $function$
begin
  perform monitoring.queue_notifications(array(select e.id from events as e));
  return null;
exception
  when others then
    insert into monitoring.unqueued_events (event_id, error)
    select e.id, format('%s: %s', sqlstate, sqlerrm) from events as e;
    return null;
end
$function$;

comment on function "monitoring"."notify_of_events"() is 'Queues the notifications of new events. Never raises: what it could not queue is in unqueued_events.';

revoke all on function "monitoring"."notify_of_events"() from public;

grant execute on function "monitoring"."notify_of_events"() to "postgres";

-- schemas/monitoring/functions/org_costs

create or replace function monitoring.org_costs (
  org_id uuid,
  since  timestamp with time zone,
  until  timestamp with time zone
)
  returns table (
    resource_type  text,
    resource_id    text,
    resource_name  text,
    raw_rows       bigint,
    bytes_at_rest  bigint,
    events         bigint,
    function_calls bigint,
    function_ms    bigint,
    bytes_out      bigint,
    disk_cost      numeric,
    function_cost  numeric,
    egress_cost    numeric,
    currency       text
  )
  language plpgsql
  stable
  security definer
  set search_path to ''
  AS $function$
begin
  if not monitoring.may_read(org_costs.org_id) then
    return;
  elsif since is null or until is null or not isfinite(since) or not isfinite(until) or since >= until then
    raise exception 'since must be before until.' using errcode = 'PT400', detail = 'invalid_range', hint = 'since';
  end if;
  return query
  with held as (
    select s.resource_type, s.resource_id, s.raw_rows, s.bytes
    from monitoring.storage as s
    where s.org_id = org_costs.org_id
  )
  select key.of_type, key.of_id, coalesce(w.url, a.name, o.name, key.of_id),
    h.raw_rows, h.bytes, coalesce(u.events, 0)::bigint,
    -- Known to be none where nothing was done, and not known of webhooks and rules.
    case when key.is_function then coalesce(u.function_calls, 0) end::bigint,
    coalesce(u.function_ms, 0)::bigint, u.bytes_out::bigint,
    round(price.of_gigabyte * h.bytes / 1e9, 6),
    case when key.is_function then round(price.of_million * coalesce(u.function_calls, 0) / 1e6, 6) end,
    round(price.of_gigabyte_out * u.bytes_out / 1e9, 6),
    price.currency
  from (
    select
      -- A month is a twelfth of a year.
      monitoring.share_of_bill('disk', extract(epoch from until - since)::numeric / (365.25 * 7200)) as of_gigabyte,
      monitoring.share_of_bill('function_calls', 1) as of_million,
      monitoring.share_of_bill('egress', 1) as of_gigabyte_out,
      (select min(p.currency) from monitoring.prices as p) as currency
  ) as price
  cross join (held as h full join monitoring.org_usage(org_costs.org_id, since, until) as u
    on u.resource_type = h.resource_type and u.resource_id = h.resource_id)
  cross join lateral (
    select coalesce(h.resource_type, u.resource_type), coalesce(h.resource_id, u.resource_id),
      coalesce(h.resource_type, u.resource_type) in ('org', 'route')
  ) as key (of_type, of_id, is_function)
  left join public.webhooks as w
    on w.org_id = org_costs.org_id and key.of_type = 'webhook' and w.id::text = key.of_id
  left join public.automation_rules as a
    on a.org_id = org_costs.org_id and key.of_type = 'rule' and a.id::text = key.of_id
  left join public.orgs as o on o.id = org_costs.org_id and key.of_type = 'org';
end
$function$;

comment on function "monitoring"."org_costs"(uuid, timestamp with time zone, timestamp
  with time zone) is 'What each webhook, rule and route of an org, and the org beside these, holds (rows and bytes at rest, as last measured), did in whole hours of a span (events, calls of functions and their milliseconds), sent in whole days of it (bytes out), and costs; nothing for those who may not read the org. Null is not known. Raises PT400.';

revoke all
  on function "monitoring"."org_costs"(uuid, timestamp with time zone, timestamp with time zone)
  from public;

grant execute
  on function "monitoring"."org_costs"(uuid, timestamp with time zone, timestamp with time zone)
  to "authenticated", "postgres", "service_role";

-- schemas/monitoring/functions/org_usage

create or replace function monitoring.org_usage (
  org_id uuid,
  since  timestamp with time zone,
  until  timestamp with time zone
)
  returns table (
    resource_type  text,
    resource_id    text,
    events         numeric,
    function_calls numeric,
    function_ms    numeric,
    bytes_out      numeric
  )
  language plpgsql
  stable
  set search_path to ''
  AS $function$
begin
  return query
  with resource as (
    select r.source, r.id
    from monitoring.resources as r
    where r.org_id = org_usage.org_id
  ),
  activity as (
    select r.source, r.id, sum(u.pending + u.succeeded + u.failed) as events, sum(u.duration_sum) as ms
    from resource as r
    join monitoring.rollups as u on u.source = r.source and u.resource_id = r.id
    where u.starts_at >= since and u.starts_at < until
    group by r.source, r.id
  ),
  -- Days that are in the span as a whole.
  route as (
    select d.route, sum(d.requests) as requests, sum(d.duration_sum) as ms, sum(d.bytes_out) as bytes_out
    from monitoring.route_days as d
    where d.org_id = org_usage.org_id
      and d.day >= since at time zone 'UTC'
      and d.day + 1 <= until at time zone 'UTC'
    group by d.route
  ),
  webhook as (
    select d.webhook_id, sum(d.bytes_out) as bytes_out
    from monitoring.webhook_days as d
    where d.org_id = org_usage.org_id
      and d.day >= since at time zone 'UTC'
      and d.day + 1 <= until at time zone 'UTC'
    group by d.webhook_id
  ),
  metric as (
    select sum(m.count) as events
    from public.metric_rollups as m
    where m.org_id = org_usage.org_id and m.hour >= since and m.hour < until
  )
  select case a.source when 'delivery' then 'webhook' else 'rule' end, a.id::text, a.events, null::numeric, a.ms, w.bytes_out
  from activity as a
  left join webhook as w on a.source = 'delivery' and w.webhook_id = a.id
  where a.source <> 'request'
  union all
  select 'route', r.route, r.requests, r.requests, r.ms, r.bytes_out
  from route as r
  where r.route <> ''
  union all
  -- Requests of no route: rare ones, and those of today.
  select 'org', org_usage.org_id::text, of_none.requests + coalesce(m.events, 0), of_none.requests, of_none.ms,
    (select r.bytes_out from route as r where r.route = '')
  from metric as m
  cross join lateral (
    select greatest(0, coalesce(sum(a.events), 0) - coalesce((select sum(r.requests) from route as r where r.route <> ''), 0)) as requests,
      greatest(0, coalesce(sum(a.ms), 0) - coalesce((select sum(r.ms) from route as r where r.route <> ''), 0)) as ms
    from activity as a
    where a.source = 'request'
  ) as of_none;
end
$function$;

comment on function "monitoring"."org_usage"(uuid, timestamp with time zone, timestamp
  with time zone) is 'What an org''s resources did in whole hours of a span (UTC): events that were tracked; calls of functions, one a request, and null for webhooks and rules, of which nothing says where they run; for how long, in milliseconds; and the bytes that they sent in its whole days, where that is recorded.';

revoke all
  on function "monitoring"."org_usage"(uuid, timestamp with time zone, timestamp with time zone)
  from public;

grant execute
  on function "monitoring"."org_usage"(uuid, timestamp with time zone, timestamp with time zone)
  to "postgres";

-- schemas/monitoring/functions/orgs_asked

create or replace function monitoring.orgs_asked (
  org_id uuid
)
  returns uuid[]
  language plpgsql
  stable
  set search_path to ''
  AS $function$
begin
  return case
    when orgs_asked.org_id is null then array(select o.id from public.orgs as o)
    else array[orgs_asked.org_id]
  end;
end
$function$;

comment on function "monitoring"."orgs_asked"(uuid) is 'The org, or every one that the caller may read where it is null.';

revoke all on function "monitoring"."orgs_asked"(uuid) from public;

grant execute
  on function "monitoring"."orgs_asked"(uuid)
  to "authenticated", "postgres", "service_role";

-- schemas/monitoring/functions/other_bytes

create or replace function monitoring.other_bytes()
  returns table (
    org_id uuid,
    bytes  bigint
  )
  language plpgsql
  stable
  set search_path to ''
  AS $function$
begin
  return query
  select m.org_id, floor(sum(z.bytes * m.share::numeric))::bigint
  from monitoring.relation_sizes as z
  join pg_catalog.pg_stats as s
    on s.schemaname = z.schema_name and s.tablename = z.name and s.attname = 'org_id'
  cross join lateral unnest(s.most_common_vals::text::uuid[], s.most_common_freqs) as m (org_id, share)
  where not exists (
    select
    from pg_catalog.pg_inherits as i
    join monitoring.raw_tables as r on i.inhparent = format('public.%I', r.name)::regclass
    where i.inhrelid = z.relation
  )
  group by m.org_id;
end
$function$;

comment on function "monitoring"."other_bytes"() is 'The share in all other tables of those orgs that have most of their rows (as last analysed, a hundred at most of each table).';

revoke all on function "monitoring"."other_bytes"() from public;

grant execute on function "monitoring"."other_bytes"() to "postgres";

-- schemas/monitoring/functions/outcomes

create or replace function monitoring.outcomes (
  metric text,
  org_id uuid,
  at     timestamp with time zone,
  spans  interval[],
  OUT    total bigint[],
  OUT    failed bigint[],
  OUT    failed_by_hour bigint[]
)
  returns record
  language plpgsql
  stable
  security definer
  set search_path to ''
  set plan_cache_mode to 'force_generic_plan'
  AS $function$
#variable_conflict use_column
declare
  kind constant monitoring.source := case outcomes.metric
    when 'deliveries' then 'delivery'::monitoring.source
    else 'request'::monitoring.source
  end;
  since constant timestamptz := date_bin(
    '1 hour', outcomes.at - (select max(s) from unnest(spans) as s), 'epoch'
  );
begin
  if not monitoring.may_read(outcomes.org_id) then
    return;
  end if;
  with hours as materialized (
    select h.starts_at, h.succeeded, h.failed
    from monitoring.resources as r
    cross join lateral (
      select k.starts_at, k.succeeded, k.failed
      from monitoring.rollups as k
      where k.source = r.source and k.resource_id = r.id
        and k.starts_at >= since and k.starts_at <= outcomes.at
      union all
      select c.starts_at, c.succeeded, c.failed
      from monitoring.changes as c
      where c.source = r.source and c.resource_id = r.id
        and c.starts_at >= since and c.starts_at <= outcomes.at
    ) as h
    where r.source = kind and r.org_id = outcomes.org_id
  ),
  rows as materialized (
    select a.happened_at, a.succeeded, a.failed
    from monitoring.raw_activity as a
    where a.source = kind and a.org_id = outcomes.org_id
      and a.happened_at > outcomes.at - interval '1 hour' and a.happened_at <= outcomes.at
  )
  select array_agg(c.total order by s.n), array_agg(c.failed order by s.n), array(
      select coalesce(sum(h.failed), 0)::bigint
      from generate_series(1, 6) as n
      left join hours as h
        on h.starts_at = date_bin('1 hour', outcomes.at, 'epoch') - interval '1 hour' * n
      group by n
      order by n
    )
  into total, failed, failed_by_hour
  from unnest(spans) with ordinality as s (span, n)
  cross join lateral (
    select coalesce(sum(p.succeeded + p.failed), 0)::bigint as total, coalesce(sum(p.failed), 0)::bigint as failed
    from (
      select r.succeeded, r.failed
      from rows as r
      where s.span <= interval '1 hour' and r.happened_at > outcomes.at - s.span
      union all
      select h.succeeded, h.failed
      from hours as h
      where s.span > interval '1 hour' and h.starts_at >= date_bin('1 hour', outcomes.at - s.span, 'epoch')
    ) as p
  ) as c;
end
$function$;

comment on function "monitoring"."outcomes"(text, uuid, timestamp
  with time zone, interval[]) is 'How many of an org''s deliveries or requests were finished, and how many of them failed, in each of some spans before `at`, for those who may read the org; and how many failed in each of the last six whole hours, where a span is as long. A span of more than an hour has all of the hour in which it begins.';

revoke all
  on function "monitoring"."outcomes"(text, uuid, timestamp with time zone, interval[])
  from public;

grant execute
  on function "monitoring"."outcomes"(text, uuid, timestamp with time zone, interval[])
  to "authenticated", "postgres", "service_role";

-- schemas/monitoring/functions/overdispersion

create or replace function monitoring.overdispersion (
  counts bigint[]
)
  returns double precision
  language plpgsql
  immutable
  set search_path to ''
  AS $function$
begin
  return (
    -- As Student's t allows for few counts (differences of neighbours tell two thirds of what as many
    -- numbers would). Of fewer than four nobody knows: then twice the deviation of chance.
    select case
      when count(d.step) < 3 then 4
      else greatest(1, avg(d.step ^ 2) / 2 / nullif(avg(d.count), 0) * (1 + 2.1 / count(d.step)))
    end::double precision
    from (
      select c.count, c.count - lag(c.count) over (order by c.n) as step
      from unnest(counts) with ordinality as c (count, n)
    ) as d
  );
end
$function$;

comment on function "monitoring"."overdispersion"(bigint[]) is 'How many times as much as by chance (1) counts of equal spans vary, by how much each differs from the one before it: so what grows or shrinks slowly does not count.';

revoke all on function "monitoring"."overdispersion"(bigint[]) from public;

grant execute
  on function "monitoring"."overdispersion"(bigint[])
  to "authenticated", "postgres", "service_role";

-- schemas/monitoring/functions/overdue_notifications

create or replace function monitoring.overdue_notifications (
  at timestamp with time zone
)
  returns SETOF monitoring.notifications
  language sql
  stable
  set search_path to ''
  AS $function$
  select n.*
  from monitoring.notifications as n
  where n.status = 'queued'
    and n.due_at <= overdue_notifications.at
    -- What waits for an earlier message about the same is not late.
    and not exists (
      select from monitoring.notifications as earlier
      where earlier.channel_id = n.channel_id
        and earlier.group_key = n.group_key
        and earlier.status in ('queued', 'sending')
        and earlier.id < n.id
        and earlier.message_id is not null
    )
$function$;

comment on function "monitoring"."overdue_notifications"(timestamp
  with time zone) is 'What could have been sent by this time, and was not.';

revoke all on function "monitoring"."overdue_notifications"(timestamp with time zone) from public;

grant execute
  on function "monitoring"."overdue_notifications"(timestamp with time zone)
  to "postgres";

-- schemas/monitoring/functions/own_channel

create or replace function monitoring.own_channel (
  channel_id uuid
)
  returns monitoring.channels
  language plpgsql
  set search_path to ''
  AS $function$
declare
  channel monitoring.channels;
begin
  select * into channel from monitoring.channels as c where c.id = channel_id for update;
  perform monitoring.require_channel_admin(channel.org_id);
  -- Only who sees every channel is told that there is none.
  if channel.id is null then
    raise exception 'There is no such channel.'
      using errcode = 'PT404', detail = 'channel_not_found', hint = 'channel_id';
  end if;
  return channel;
end
$function$;

comment on function "monitoring"."own_channel"(uuid) is 'Locks a channel that the caller may change, or raises PT403 or PT404.';

revoke all on function "monitoring"."own_channel"(uuid) from public;

grant execute on function "monitoring"."own_channel"(uuid) to "postgres";

-- schemas/monitoring/functions/page

create or replace function monitoring.page (
  list       text,
  items      jsonb,
  page_limit integer
)
  returns jsonb
  language plpgsql
  immutable
  set search_path to ''
  AS $function$
begin
  return (
    select jsonb_build_object(
      list, coalesce(jsonb_agg(f.row -> 'item' order by f.n) filter (where f.n <= page_limit), '[]'),
      'next', case
        when count(*) > page_limit
          then monitoring.encode_cursor(list, items -> (page_limit - 1) -> 'key')
      end
    )
    from jsonb_array_elements(items) with ordinality as f (row, n)
  );
end
$function$;

comment on function "monitoring"."page"(text, jsonb, integer) is 'One page of a list and the cursor of the next. `items` holds up to page_limit + 1 rows, each with its unique key and its item, in order.';

revoke all on function "monitoring"."page"(text, jsonb, integer) from public;

grant execute
  on function "monitoring"."page"(text, jsonb, integer)
  to "authenticated", "postgres", "service_role";

-- schemas/monitoring/functions/pagerduty_action

create or replace function monitoring.pagerduty_action (
  kind text
)
  returns text
  language sql
  immutable
  set search_path to ''
  AS $function$
  select case kind
    when 'resolved' then 'resolve'
    when 'acknowledged' then 'acknowledge'
    else 'trigger'
  end
$function$;

comment on function "monitoring"."pagerduty_action"(text) is 'The event_action of PagerDuty for a kind of event.';

revoke all on function "monitoring"."pagerduty_action"(text) from public;

grant execute on function "monitoring"."pagerduty_action"(text) to "postgres";

-- schemas/monitoring/functions/pagerduty_incident

create or replace function monitoring.pagerduty_incident (
  alert_id   uuid,
  channel_id uuid
)
  returns text
  language sql
  stable
  set search_path to ''
  AS $function$
  select n.dedup_key
  from monitoring.alert_events as e
  join monitoring.notifications as n on n.event_id = e.id and n.channel_id = pagerduty_incident.channel_id
  where e.alert_id = pagerduty_incident.alert_id and n.dedup_key is not null
  order by e.id desc
  limit 1
$function$;

comment on function "monitoring"."pagerduty_incident"(uuid, uuid) is 'The dedup_key under which a channel was told of an alert; null when it was not.';

revoke all on function "monitoring"."pagerduty_incident"(uuid, uuid) from public;

grant execute on function "monitoring"."pagerduty_incident"(uuid, uuid) to "postgres";

-- schemas/monitoring/functions/parse_metric_resource

create or replace function monitoring.parse_metric_resource (
  resource text,
  OUT      name text,
  OUT      labels jsonb
)
  returns record
  language plpgsql
  immutable
  set search_path to ''
  AS $function$
declare
  brace constant integer := strpos(resource, '{');
begin
  name := case when brace = 0 then resource else left(resource, brace - 1) end;
  labels := case when brace = 0 then '{}' else substr(resource, brace) end::jsonb;
exception
  when invalid_text_representation or untranslatable_character or statement_too_complex then
    raise exception 'The labels of the metric must be a JSON object, for example emails.sent{"kind":"weekly"}.'
      using errcode = 'PT400', detail = 'invalid_resource', hint = 'resource';
end
$function$;

comment on function "monitoring"."parse_metric_resource"(text) is 'What a resource of custom metrics names: a metric, and labels of its series as a JSON object after the name, or none for all series. Raises PT400.';

revoke all on function "monitoring"."parse_metric_resource"(text) from public;

grant execute
  on function "monitoring"."parse_metric_resource"(text)
  to "authenticated", "postgres", "service_role";

-- schemas/monitoring/functions/parse_series

create or replace function monitoring.parse_series (
  points jsonb,
  OUT    times timestamp with time zone[],
  OUT    numbers double precision[]
)
  returns record
  language plpgsql
  stable
  set search_path to ''
  AS $function$
declare
  point jsonb;
  place bigint;
begin
  if jsonb_typeof(points) is distinct from 'array' then
    raise exception 'A series must be an array of [at, value], for example [["2026-01-05T00:00:00Z", 12]].'
      using errcode = '22023';
  end if;
  times := '{}';
  numbers := '{}';
  for point, place in
    select e.element, e.place from jsonb_array_elements(points) with ordinality as e (element, place)
  loop
    if jsonb_typeof(point) <> 'array' or jsonb_typeof(point -> 0) is distinct from 'string'
      or jsonb_typeof(point -> 1) is distinct from 'number' or jsonb_array_length(point) <> 2 then
      raise exception 'Point % of the series must be [at, value], a time and a number.', place
        using errcode = '22023';
    end if;
    begin
      times := times || (point ->> 0)::timestamptz;
      numbers := numbers || (point ->> 1)::double precision;
    exception
      when data_exception then
        raise exception 'Point % of the series must be [at, value], a time and a number.', place
          using errcode = '22023';
    end;
  end loop;
end
$function$;

comment on function "monitoring"."parse_series"(jsonb) is 'The times and the values of [[at, value], ...]. Refuses (22023) what is none, and says which point.';

revoke all on function "monitoring"."parse_series"(jsonb) from public;

grant execute on function "monitoring"."parse_series"(jsonb) to "postgres";

-- schemas/monitoring/functions/partitions_end

create or replace function monitoring.partitions_end()
  returns table (
    source  monitoring.source,
    ends_at timestamp with time zone
  )
  language plpgsql
  stable
  set search_path to ''
  AS $function$
begin
  return query
  select r.source, max((regexp_match(pg_get_expr(c.relpartbound, c.oid), 'TO \(''([^'']+)''\)'))[1]::timestamptz)
  from monitoring.raw_tables as r
  join pg_catalog.pg_inherits as i on i.inhparent = format('public.%I', r.name)::regclass
  join pg_catalog.pg_class as c on c.oid = i.inhrelid
  group by r.source;
end
$function$;

comment on function "monitoring"."partitions_end"() is 'Until when each raw table has partitions; rows of later times wait in its default partition.';

revoke all on function "monitoring"."partitions_end"() from public;

grant execute on function "monitoring"."partitions_end"() to "postgres", "service_role";

-- schemas/monitoring/functions/pending_savings

create or replace function monitoring.pending_savings (
  at timestamp with time zone
)
  returns SETOF monitoring.saving
  language plpgsql
  stable
  set search_path to ''
  AS $function$
begin
  return query
  with waiting as (
    select sum(r.pending) as pending
    from monitoring.rollups as r
    join monitoring.raw_tables as t on t.source = r.source
    where r.source = 'delivery' and r.starts_at >= t.complete_since
      and r.starts_at < pending_savings.at - interval '30 days'
  ),
  kept as (
    select sum(pg_total_relation_size(i.inhrelid)) as bytes
    from pg_catalog.pg_inherits as i
    where i.inhparent = 'public.webhook_deliveries'::regclass
  ),
  share as (
    select w.pending, w.pending / sum(s.raw_rows) as ratio
    from waiting as w
    join monitoring.storage as s on s.resource_type = 'webhook'
    group by w.pending
    having w.pending > 0 and sum(s.raw_rows) >= w.pending
  )
  select null::uuid, 'pending_rows', 'table', 'webhook_deliveries', 'webhook_deliveries', b.bytes,
    format('Pending deliveries older than 30 days hold %s%% of webhook_deliveries: %s rows, about %s',
      round(100 * s.ratio), to_char(s.pending, 'FM999,999,999,999'), monitoring.bytes_in_words(b.bytes)),
    jsonb_build_object('rows', s.pending, 'share', round(s.ratio, 4))
  from share as s
  cross join kept as k
  cross join lateral (select floor(k.bytes * s.ratio)::bigint) as b (bytes);
end
$function$;

comment on function "monitoring"."pending_savings"(timestamp
  with time zone) is 'What deliveries hold that never finished: their share of the table by number.';

revoke all on function "monitoring"."pending_savings"(timestamp with time zone) from public;

grant execute on function "monitoring"."pending_savings"(timestamp with time zone) to "postgres";

-- schemas/monitoring/functions/pg_net_backlog_conditions

create or replace function monitoring.pg_net_backlog_conditions (
  at     timestamp with time zone,
  org_id uuid                     default null::uuid
)
  returns SETOF monitoring.condition
  language plpgsql
  stable
  security definer
  set search_path to ''
  AS $function$
begin
  return query
  select
    null::uuid,
    p.type,
    case when q.requests > p.critical then 'critical' else 'warning' end,
    'extension',
    'pg_net',
    'pg_net',
    format('%s requests wait in the queue of pg_net', q.requests),
    q.requests::numeric,
    case when q.requests > p.critical then p.critical else p.warning end
  from monitoring.alert_policies as p
  cross join (select count(*) as requests from net.http_request_queue) as q
  where p.type = 'pg_net_backlog'
    and p.enabled
    and q.requests > least(p.warning, p.critical)
    and pg_net_backlog_conditions.org_id is null
    and monitoring.reads_every_org()
    and monitoring.is_set_up(pg_net_backlog_conditions.at);
end
$function$;

comment on function "monitoring"."pg_net_backlog_conditions"(timestamp
  with time zone, uuid) is 'Whether the queue of pg_net is long, as of now; nothing for callers who do not read every org.';

revoke all
  on function "monitoring"."pg_net_backlog_conditions"(timestamp with time zone, uuid)
  from public;

grant execute
  on function "monitoring"."pg_net_backlog_conditions"(timestamp with time zone, uuid)
  to "postgres", "service_role";

-- schemas/monitoring/functions/pg_net_down_conditions

create or replace function monitoring.pg_net_down_conditions (
  at     timestamp with time zone,
  org_id uuid                     default null::uuid
)
  returns SETOF monitoring.condition
  language plpgsql
  security definer
  set search_path to ''
  AS $function$
begin
  return query
  select
    null::uuid,
    p.type,
    case when p.critical is null then 'warning' else 'critical' end,
    'extension',
    'pg_net',
    'pg_net',
    'pg_net has no worker: nothing is sent. Restart it with select net.worker_restart()',
    1::numeric,
    1::numeric
  from monitoring.alert_policies as p
  where p.type = 'pg_net_down'
    and p.enabled
    and pg_net_down_conditions.org_id is null
    and monitoring.reads_every_org()
    and monitoring.is_set_up(pg_net_down_conditions.at)
    and not monitoring.pg_net_is_up();
end
$function$;

comment on function "monitoring"."pg_net_down_conditions"(timestamp
  with time zone, uuid) is 'Whether pg_net has no worker, as of now; nothing for callers who do not read every org.';

revoke all
  on function "monitoring"."pg_net_down_conditions"(timestamp with time zone, uuid)
  from public;

grant execute
  on function "monitoring"."pg_net_down_conditions"(timestamp with time zone, uuid)
  to "postgres", "service_role";

-- schemas/monitoring/functions/pg_net_is_up

create or replace function monitoring.pg_net_is_up()
  returns boolean
  language plpgsql
  set search_path to ''
  AS $function$
begin
  perform net.check_worker_is_up();
  return true;
exception
  when others then return false;
end
$function$;

comment on function "monitoring"."pg_net_is_up"() is 'Whether pg_net has a worker for this database.';

revoke all on function "monitoring"."pg_net_is_up"() from public;

grant execute on function "monitoring"."pg_net_is_up"() to "postgres";

-- schemas/monitoring/functions/policy_of

create or replace function monitoring.policy_of (
  org_id uuid,
  type   text
)
  returns public.v_alert_policies
  language plpgsql
  stable
  set search_path to ''
  AS $function$
declare
  policy public.v_alert_policies;
begin
  select p.* into policy
  from public.v_alert_policies as p
  where p.org_id = policy_of.org_id and p.type = policy_of.type;
  if not found then
    raise exception 'type must be one of %.', (
      select string_agg(d.type, ', ' order by d.type)
      from monitoring.alert_policies as d
      where d.scope = 'org'
    )
      using errcode = 'PT400', detail = 'invalid_type', hint = 'type';
  end if;
  return policy;
end
$function$;

comment on function "monitoring"."policy_of"(uuid, text) is 'The policy in force for a type of alert of an org. Refuses (400, invalid_type) a type that there is not.';

revoke all on function "monitoring"."policy_of"(uuid, text) from public;

grant execute
  on function "monitoring"."policy_of"(uuid, text)
  to "authenticated", "postgres", "service_role";

-- schemas/monitoring/functions/prediction

create or replace function monitoring.prediction (
  at            timestamp with time zone,
  org_id        uuid,
  severity      text,
  resource_type text,
  resource_id   text,
  resource_name text,
  metric        text,
  says          text,
  expected      timestamp with time zone,
  earliest      timestamp with time zone,
  latest        timestamp with time zone
)
  returns monitoring.statement
  language plpgsql
  immutable
  set search_path to ''
  AS $function$
begin
  return row(
    org_id, severity, resource_type, resource_id, resource_name, metric,
    format(
      '%s in about %s (with 8 chances in 10 in %s%s)',
      says,
      monitoring.span_in_words(expected - prediction.at),
      monitoring.span_in_words(earliest - prediction.at),
      coalesce(' to ' || monitoring.span_in_words(latest - prediction.at), ' or more')
    ),
    jsonb_build_object('expected_at', expected, 'earliest_at', earliest, 'latest_at', latest)
  )::monitoring.statement;
end
$function$;

comment on function "monitoring"."prediction"(timestamp
  with time zone,
  uuid,
  text,
  text,
  text,
  text,
  text,
  text,
  timestamp with time zone,
  timestamp with time zone, timestamp with time zone) is 'A statement that something will be reached: `says` goes on with when that is.';

revoke all
  on function "monitoring"."prediction"(timestamp
    with time zone,
    uuid,
    text,
    text,
    text,
    text, text, text, timestamp with time zone, timestamp with time zone, timestamp with time zone)
  from public;

grant execute
  on function "monitoring"."prediction"(timestamp
    with time zone,
    uuid,
    text,
    text,
    text,
    text, text, text, timestamp with time zone, timestamp with time zone, timestamp with time zone)
  to "postgres";

-- schemas/monitoring/functions/predictions

create or replace function monitoring.predictions (
  at timestamp with time zone default now()
)
  returns SETOF monitoring.statement
  language plpgsql
  stable
  set search_path to ''
  AS $function$
#variable_conflict use_column
begin
  return query
  select p.*
  from monitoring.rate_limit_forecast(predictions.at) as f
  cross join lateral monitoring.prediction(
    predictions.at, f.org_id, 'warning', 'rate_limit', f.key_type || ':' || f.identifier, f.identifier,
    'exhaustion',
    format('Rate limit of %s %s (%s of %s used) will be used up', f.key_type, f.identifier, f.request_count, f.limit_max),
    f.exhausted_at, f.earliest, f.latest
  ) as p
  where f.exhausted_at > predictions.at and f.exhausted_at < f.window_end;

  return query
  select p.*
  from monitoring.error_budgets(predictions.at) as b
  cross join lateral monitoring.prediction(
    predictions.at, b.org_id, 'warning', 'objective', b.metric,
    format('%s%% of %s succeed', trim_scale(100 * b.target), b.metric),
    'error_budget',
    format('The error budget of "%s%% of %s succeed" (%s%% left) will be used up',
      trim_scale(100 * b.target), b.metric, round(100 * b.budget_left)),
    b.exhausted_at, b.earliest, b.latest
  ) as p
  where b.exhausted_at > predictions.at and b.exhausted_at < predictions.at + interval '3 days';

  return query
  select p.*
  from monitoring.capacity_forecast(predictions.at) as c
  join monitoring.capacity_limits as l on l.what = c.what
  cross join lateral (
    select 'Disk', format('The database (%s)', pg_size_pretty(c.value::bigint)),
      'pass the limit of ' || pg_size_pretty(c.limit_value::bigint),
      'has passed the limit of ' || pg_size_pretty(c.limit_value::bigint)
    where c.what = 'disk_bytes'
    union all
    select 'Outbox', format('The notifications that wait (%s)', c.value),
      format('be more than %s', c.limit_value), format('are more than %s', c.limit_value)
    where c.what = 'outbox_waiting'
  ) as words (name, what, will, has)
  cross join lateral (
    select p.*
    from monitoring.prediction(
      predictions.at, null,
      case when c.earliest < predictions.at + l.warn_within / 4 then 'critical' else 'warning' end,
      'capacity', c.what, words.name, 'exhaustion', format('%s will %s', words.what, words.will),
      c.exhausted_at, c.earliest, c.latest
    ) as p
    where c.value < c.limit_value
      and c.exhausted_at > predictions.at
      and c.exhausted_at < predictions.at + l.warn_within
    union all
    select null, 'critical', 'capacity', c.what, words.name, 'exhaustion',
      format('%s %s', words.what, words.has),
      jsonb_build_object('value', c.value, 'limit', c.limit_value)
    where c.value >= c.limit_value
  ) as p;

  -- They are made two months ahead: with less than one, nobody makes them.
  return query
  select p.*
  from monitoring.partitions_end() as e
  join monitoring.raw_tables as t on t.source = e.source
  cross join lateral monitoring.prediction(
    predictions.at, null, 'warning', 'table', t.name, t.name, 'partitions',
    format('Table %s, for which no partitions are made ahead any more, will have none for new rows', t.name),
    e.ends_at, e.ends_at, e.ends_at
  ) as p
  where e.ends_at > predictions.at and e.ends_at < predictions.at + interval '1 month';
end
$function$;

comment on function "monitoring"."predictions"(timestamp
  with time zone) is 'What is expected to run out: rate limits within their windows, error budgets within three days, the disk and the outbox within the times that the operator sets, and partitions.';

revoke all on function "monitoring"."predictions"(timestamp with time zone) from public;

grant execute on function "monitoring"."predictions"(timestamp with time zone) to "postgres";

-- schemas/monitoring/functions/prometheus

create or replace function monitoring.prometheus (
  org_id uuid
)
  returns jsonb
  language plpgsql
  stable
  security definer
  set search_path to ''
  set jit to 'off'
  AS $function$
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
$function$;

comment on function "monitoring"."prometheus"(uuid) is 'What public.monitoring_prometheus answers; reads totals as their owner, of orgs that the caller may read.';

revoke all on function "monitoring"."prometheus"(uuid) from public;

grant execute
  on function "monitoring"."prometheus"(uuid)
  to "authenticated", "postgres", "service_role";

-- schemas/monitoring/functions/prometheus_alerts

create or replace function monitoring.prometheus_alerts (
  org_ids  uuid[],
  operator boolean
)
  returns table (
    org_id   uuid,
    type     text,
    severity text,
    state    text,
    alerts   bigint
  )
  language plpgsql
  stable
  set search_path to ''
  AS $function$
begin
  return query
  select a.org_id, a.type, a.severity, a.state, count(*)
  from monitoring.alerts as a
  where a.state <> 'resolved'
    and (a.org_id = any (org_ids) or (operator and a.org_id is null))
  group by a.org_id, a.type, a.severity, a.state
  order by a.org_id, a.type, a.severity, a.state;
end
$function$;

comment on function "monitoring"."prometheus_alerts"(uuid[], boolean) is 'How many alerts of some orgs, and of the operator if that is who asks, are open.';

revoke all on function "monitoring"."prometheus_alerts"(uuid[], boolean) from public;

grant execute on function "monitoring"."prometheus_alerts"(uuid[], boolean) to "postgres";

-- schemas/monitoring/functions/prometheus_costs

create or replace function monitoring.prometheus_costs (
  org_ids  uuid[],
  operator boolean
)
  returns jsonb
  language plpgsql
  stable
  set search_path to ''
  AS $function$
begin
  return (
    select jsonb_build_object(
      'measured_at', s.measured_at,
      -- Of all orgs together.
      'database_bytes', case when operator then s.database_bytes end,
      'currency', (select min(p.currency) from monitoring.prices as p),
      'disk', (select coalesce(jsonb_agg(d), '[]') from monitoring.prometheus_disk(org_ids) as d)
    )
    from monitoring.cost_state as s
  );
end
$function$;

comment on function "monitoring"."prometheus_costs"(uuid[], boolean) is 'What some orgs hold and what that costs, as of when, and to who reads every org also how large the database was.';

revoke all on function "monitoring"."prometheus_costs"(uuid[], boolean) from public;

grant execute on function "monitoring"."prometheus_costs"(uuid[], boolean) to "postgres";

-- schemas/monitoring/functions/prometheus_disk

create or replace function monitoring.prometheus_disk (
  org_ids uuid[]
)
  returns table (
    org_id       uuid,
    bytes        jsonb,
    monthly_cost numeric
  )
  language plpgsql
  stable
  set search_path to ''
  AS $function$
declare
  of_gigabyte constant numeric := monitoring.share_of_bill('disk', 1);
begin
  return query
  select t.org_id, jsonb_object_agg(t.resource_type, t.bytes), round(of_gigabyte * sum(t.bytes) / 1e9, 6)
  from (
    select s.org_id, s.resource_type, sum(s.bytes) as bytes
    from unnest(org_ids) as o (org_id)
    join monitoring.storage as s on s.org_id = o.org_id
    group by s.org_id, s.resource_type
  ) as t
  group by t.org_id
  order by t.org_id;
end
$function$;

comment on function "monitoring"."prometheus_disk"(uuid[]) is 'What those of some orgs that hold something hold, in bytes by type of resource, and what the disk for it costs a month: null when the price is not known. Reads a row for each webhook, rule and busy route.';

revoke all on function "monitoring"."prometheus_disk"(uuid[]) from public;

grant execute on function "monitoring"."prometheus_disk"(uuid[]) to "postgres";

-- schemas/monitoring/functions/prometheus_durations

create or replace function monitoring.prometheus_durations (
  org_ids uuid[]
)
  returns table (
    org_id  uuid,
    source  monitoring.source,
    sum_ms  bigint,
    buckets bigint[]
  )
  language sql
  stable
  set search_path to ''
  AS $function$
  with part as materialized (
    select r.org_id, r.source, t.duration_sum, monitoring.bucket_durations(t.histogram) as buckets
    from monitoring.resources as r
    join monitoring.totals as t on t.source = r.source and t.resource_id = r.id
    where r.org_id = any (org_ids)
    union all
    select d.org_id, d.source, d.duration_sum, d.buckets
    from monitoring.deleted_durations as d
    where d.org_id = any (org_ids)
    union all
    -- Orgs in which nothing ever happened have buckets, too: all of them empty.
    select o.org_id, s.source, 0, monitoring.bucket_durations(null)
    from unnest(org_ids) as o (org_id)
    cross join unnest(enum_range(null::monitoring.source)) as s (source)
  )
  select b.org_id, b.source, max(b.duration_sum), array_agg(b.counted order by b.n)
  from (
    -- Each part has each bucket once: the sum is the same in all.
    select p.org_id, p.source, u.n, sum(u.counted)::bigint as counted,
      sum(p.duration_sum)::bigint as duration_sum
    from part as p
    cross join unnest(p.buckets) with ordinality as u (counted, n)
    group by p.org_id, p.source, u.n
  ) as b
  group by b.org_id, b.source
  order by b.org_id, b.source
$function$;

comment on function "monitoring"."prometheus_durations"(uuid[]) is 'All durations of deliveries, executions and requests in some orgs: their sum in milliseconds, and buckets as bucket_durations() has them.';

revoke all on function "monitoring"."prometheus_durations"(uuid[]) from public;

grant execute on function "monitoring"."prometheus_durations"(uuid[]) to "postgres";

-- schemas/monitoring/functions/prometheus_insights

create or replace function monitoring.prometheus_insights (
  org_ids  uuid[],
  operator boolean
)
  returns table (
    org_id   uuid,
    kind     text,
    state    text,
    insights bigint
  )
  language sql
  stable
  set search_path to ''
  AS $function$
  select i.org_id, i.kind, s.state, count(*)
  from monitoring.insights as i
  cross join lateral (
    select case
      when i.expected_at is not null then 'expected'
      when i.acknowledged_at is not null then 'acknowledged'
      else 'open'
    end
  ) as s (state)
  where i.ended_at is null
    and (i.org_id = any (org_ids) or (operator and i.org_id is null))
  group by i.org_id, i.kind, s.state
  order by i.org_id, i.kind, s.state
$function$;

comment on function "monitoring"."prometheus_insights"(uuid[], boolean) is 'How many insights of some orgs, and of the operator if that is who asks, are stated now: those that somebody has answered as expected or acknowledged, and those that are open.';

revoke all on function "monitoring"."prometheus_insights"(uuid[], boolean) from public;

grant execute on function "monitoring"."prometheus_insights"(uuid[], boolean) to "postgres";

-- schemas/monitoring/functions/prometheus_notifications

create or replace function monitoring.prometheus_notifications (
  org_ids  uuid[],
  operator boolean
)
  returns table (
    org_id            uuid,
    channel_kind      text,
    delivered         bigint,
    dead              bigint,
    dropped           bigint,
    waiting           bigint,
    oldest_waiting_at timestamp with time zone,
    oldest_due_at     timestamp with time zone
  )
  language sql
  stable
  set search_path to ''
  AS $function$
  with mine as (
    select c.org_id, c.kind, c.id
    from monitoring.channels as c
    where c.org_id = any (org_ids) or (operator and c.org_id is null)
  ),
  part as (
    -- A kind of channel that an org has counts, even when nothing was ever sent to it.
    select m.org_id, m.kind, null as outcome, 0 as ended, 0 as waits,
      null::timestamptz as queued_at, null::timestamptz as due_at
    from mine as m
    union all
    select n.org_id, n.channel_kind, n.outcome, n.counted, 0, null, null
    from monitoring.notification_counts as n
    where n.org_id = any (org_ids) or (operator and n.org_id is null)
    union all
    select m.org_id, m.kind, null, 0, 1, n.queued_at, null
    from monitoring.notifications as n
    join mine as m on m.id = n.channel_id
    where n.status in ('queued', 'sending') and n.event_id is not null
    union all
    select m.org_id, m.kind, null, 0, 0, null, n.due_at
    from monitoring.overdue_notifications(now()) as n
    join mine as m on m.id = n.channel_id
    where n.event_id is not null
  )
  select p.org_id, p.kind,
    (coalesce(sum(p.ended) filter (where p.outcome = 'delivered'), 0))::bigint,
    (coalesce(sum(p.ended) filter (where p.outcome = 'dead'), 0))::bigint,
    (coalesce(sum(p.ended) filter (where p.outcome = 'dropped'), 0))::bigint,
    sum(p.waits)::bigint, min(p.queued_at), min(p.due_at)
  from part as p
  group by p.org_id, p.kind
  order by p.org_id, p.kind
$function$;

comment on function "monitoring"."prometheus_notifications"(uuid[], boolean) is
  'The outbox of some orgs, and of the operator if that is who asks, by kind of channel: how many notifications ever ended and how, how many wait, when the oldest of these was queued, and since when the oldest that nothing holds back is due. Tests of channels do not count.';

revoke all on function "monitoring"."prometheus_notifications"(uuid[], boolean) from public;

grant execute on function "monitoring"."prometheus_notifications"(uuid[], boolean) to "postgres";

-- schemas/monitoring/functions/prometheus_orgs

create or replace function monitoring.prometheus_orgs (
  org_ids uuid[]
)
  returns table (
    org_id             uuid,
    name               text,
    succeeded_requests bigint,
    failed_requests    bigint
  )
  language sql
  stable
  set search_path to ''
  AS $function$
  select o.id, o.name, coalesce(t.succeeded, 0), coalesce(t.failed, 0)
  from public.orgs as o
  left join monitoring.totals as t on t.source = 'request' and t.resource_id = o.id
  where o.id = any (org_ids)
  order by o.id
$function$;

comment on function "monitoring"."prometheus_orgs"(uuid[]) is 'Some orgs with the lifetime counts of the requests to their API.';

revoke all on function "monitoring"."prometheus_orgs"(uuid[]) from public;

grant execute on function "monitoring"."prometheus_orgs"(uuid[]) to "postgres";

-- schemas/monitoring/functions/prometheus_rate_limits

create or replace function monitoring.prometheus_rate_limits (
  org_ids uuid[]
)
  returns table (
    org_id            uuid,
    key_type          text,
    utilization_ratio double precision
  )
  language sql
  stable
  set search_path to ''
  AS $function$
  select o.org_id, l.key_type, max(l.request_count::double precision / l.limit_max)
  from unnest(org_ids) as o (org_id)
  cross join lateral (
    select r.*
    from public.api_rate_limits as r
    where r.org_id = o.org_id and r.window_end > now()
    offset 0
  ) as l
  group by o.org_id, l.key_type
  order by o.org_id, l.key_type
$function$;

comment on function "monitoring"."prometheus_rate_limits"(uuid[]) is 'How full the fullest open window is, of each type of key that has one: 1 is full.';

revoke all on function "monitoring"."prometheus_rate_limits"(uuid[]) from public;

grant execute on function "monitoring"."prometheus_rate_limits"(uuid[]) to "postgres";

-- schemas/monitoring/functions/prometheus_rules

create or replace function monitoring.prometheus_rules (
  org_ids uuid[]
)
  returns table (
    org_id            uuid,
    rule_id           uuid,
    name              text,
    type              text,
    enabled           boolean,
    succeeded         bigint,
    failed            bigint,
    affected_contacts bigint,
    last_success_at   timestamp with time zone
  )
  language sql
  stable
  set search_path to ''
  AS $function$
  select r.org_id, r.id, r.name, r.type, r.enabled,
    coalesce(t.succeeded, 0), coalesce(t.failed, 0), coalesce(t.affected, 0), t.last_success_at
  from public.automation_rules as r
  left join monitoring.totals as t on t.source = 'execution' and t.resource_id = r.id
  where r.org_id = any (org_ids)
  order by r.org_id, r.id
$function$;

comment on function "monitoring"."prometheus_rules"(uuid[]) is 'The rules of some orgs with their lifetime counts.';

revoke all on function "monitoring"."prometheus_rules"(uuid[]) from public;

grant execute on function "monitoring"."prometheus_rules"(uuid[]) to "postgres";

-- schemas/monitoring/functions/prometheus_webhooks

create or replace function monitoring.prometheus_webhooks (
  org_ids uuid[]
)
  returns table (
    org_id               uuid,
    webhook_id           uuid,
    host                 text,
    enabled              boolean,
    created_at           timestamp with time zone,
    consecutive_failures integer,
    pending              bigint,
    sent                 bigint,
    failed               bigint,
    last_success_at      timestamp with time zone,
    health               text
  )
  language sql
  stable
  set search_path to ''
  AS $function$
  select w.org_id, w.id,
    -- Nothing else of an address: the rest may hold a secret.
    substring(w.url from '(?i)^https?://(?:[^/?#\\]*@)?(\[[^\]/?#\\]*\]|[^:/?#\\]*)'),
    w.enabled, w.created_at, w.consecutive_failures,
    coalesce(t.pending, 0), coalesce(t.succeeded, 0), coalesce(t.failed, 0), t.last_success_at,
    monitoring.webhook_health_status(w.enabled, w.consecutive_failures, t.last_success_at, w.created_at)
  from public.webhooks as w
  left join monitoring.totals as t on t.source = 'delivery' and t.resource_id = w.id
  where w.org_id = any (org_ids)
  order by w.org_id, w.id
$function$;

comment on function "monitoring"."prometheus_webhooks"(uuid[]) is 'The webhooks of some orgs with their lifetime counts.';

revoke all on function "monitoring"."prometheus_webhooks"(uuid[]) from public;

grant execute on function "monitoring"."prometheus_webhooks"(uuid[]) to "postgres";

-- schemas/monitoring/functions/quantile_of_bins

create or replace function monitoring.quantile_of_bins (
  histograms jsonb[],
  quantile   double precision
)
  returns double precision
  language sql
  immutable
  set search_path to ''
  AS $function$
  with bin as (
    select nullif(key, 'zero')::integer as number, sum(counted::bigint) as count
    from unnest(histograms) as bins
    cross join jsonb_each_text(bins) as _ (key, counted)
    group by key
  ),
  ranked as (
    select number, sum(count) over (order by number nulls first) as up_to, sum(count) over () as total
    from bin
  )
  -- The value that is as far from both ends of its bin, relative to each.
  select coalesce(2 * 1.02::double precision ^ number / 2.02, 0)
  from ranked
  where up_to >= ceil(quantile * total)
  order by number nulls first
  limit 1
$function$;

comment on function "monitoring"."quantile_of_bins"(jsonb[], double precision) is
  'A quantile of the values that histograms (metric_rollups.bins) count together, within 1%; null of none.';

revoke all on function "monitoring"."quantile_of_bins"(jsonb[], double precision) from public;

grant execute
  on function "monitoring"."quantile_of_bins"(jsonb[], double precision)
  to "authenticated", "postgres", "service_role";

-- schemas/monitoring/functions/queue_notifications

create or replace function monitoring.queue_notifications (
  event_ids bigint[]
)
  returns void
  language plpgsql
  set search_path to ''
  AS $function$
declare
  message record;
begin
  -- Nobody is told that something ended of which nobody was told that it began.
  update monitoring.notifications as n
  set status = 'dropped', finished_at = resolved.at, error = 'Resolved before it was sent.'
  from monitoring.alert_events as resolved
  join monitoring.alert_events as earlier
    on earlier.alert_id = resolved.alert_id and earlier.id < resolved.id
  where resolved.id = any (event_ids) and resolved.kind = 'resolved'
    and n.event_id = earlier.id and n.status = 'queued' and n.message_id is null;

  for message in
    with added as (
      insert into monitoring.notifications (org_id, channel_id, event_id, group_key, queued_at, due_at)
      select c.org_id, c.id, e.id, monitoring.alert_group(a.type, a.resource_type, a.resource_name),
        e.at, coalesce(monitoring.muted_until(c.mute_windows, e.at), e.at)
      from monitoring.alert_events as e
      join monitoring.alerts as a on a.id = e.alert_id
      join monitoring.channels as c
        on c.org_id = a.org_id or (c.org_id is null and a.org_id is null)
      where e.id = any (event_ids) and e.suppressed_by is null and c.enabled
        and case
          when e.kind in ('fired', 'escalated', 'repeated') then
            (e.severity = 'critical' or c.min_severity = 'warning')
              and (c.types = '{}' or a.type = any (c.types))
          when e.kind = 'resolved' or (e.kind = 'acknowledged' and c.kind = 'pagerduty') then
            exists (
              select
              from monitoring.alert_events as earlier
              join monitoring.notifications as told
                on told.event_id = earlier.id and told.channel_id = c.id
              where earlier.alert_id = e.alert_id and earlier.id < e.id
                and told.status in ('queued', 'sending', 'delivered')
            )
          else false
        end
      order by e.id, c.id
      on conflict (event_id, channel_id) do nothing
      returning *
    )
    select min(n.id) as id, max(n.queued_at) as at
    from added as n
    join monitoring.channels as c on c.id = n.channel_id
    where n.due_at <= n.queued_at
    group by n.channel_id, n.group_key, case when c.group_seconds = 0 then n.id end
    order by 1
  loop
    perform monitoring.call_function(
      '/notify', jsonb_build_object('notification_id', message.id, 'at', message.at)
    );
  end loop;
end
$function$;

comment on function "monitoring"."queue_notifications"(bigint[]) is 'Queues what channels are owed for these events, once however often it is called, and has the notify function called.';

revoke all on function "monitoring"."queue_notifications"(bigint[]) from public;

grant execute on function "monitoring"."queue_notifications"(bigint[]) to "postgres";

-- schemas/monitoring/functions/queue_test

create or replace function monitoring.queue_test (
  channel_id uuid
)
  returns bigint
  language plpgsql
  security definer
  set search_path to ''
  AS $function$
declare
  channel constant monitoring.channels := monitoring.own_channel(queue_test.channel_id);
  new_id bigint;
begin
  insert into monitoring.notifications (org_id, channel_id, group_key, queued_at, due_at)
  values (channel.org_id, channel.id, 'test', now(), now())
  returning id into new_id;
  return new_id;
end
$function$;

comment on function "monitoring"."queue_test"(uuid) is 'What public.queue_test calls.';

revoke all on function "monitoring"."queue_test"(uuid) from public;

grant execute
  on function "monitoring"."queue_test"(uuid)
  to "authenticated", "postgres", "service_role";

-- schemas/monitoring/functions/queue_unqueued_events

create or replace function monitoring.queue_unqueued_events()
  returns void
  language plpgsql
  set search_path to ''
  AS $function$
declare
  event record;
begin
  for event in
    select u.event_id from monitoring.unqueued_events as u order by u.event_id limit 1000
    for update skip locked
  loop
    begin
      perform monitoring.queue_notifications(array[event.event_id]);
      delete from monitoring.unqueued_events as u where u.event_id = event.event_id;
    exception
      when others then
        update monitoring.unqueued_events as u
        set error = format('%s: %s', sqlstate, sqlerrm)
        where u.event_id = event.event_id;
    end;
  end loop;
end
$function$;

comment on function "monitoring"."queue_unqueued_events"() is 'Queues the notifications of events for which that failed when they happened.';

revoke all on function "monitoring"."queue_unqueued_events"() from public;

grant execute on function "monitoring"."queue_unqueued_events"() to "postgres";

-- schemas/monitoring/functions/rate_limit_conditions

create or replace function monitoring.rate_limit_conditions (
  at     timestamp with time zone,
  org_id uuid                     default null::uuid
)
  returns SETOF monitoring.condition
  language plpgsql
  stable
  set search_path to ''
  set plan_cache_mode to 'force_generic_plan'
  AS $function$
declare
  orgs constant uuid[] := monitoring.orgs_asked(org_id);
begin
  -- A window that closed in the last minute counts: one that is looked at once a minute would
  -- otherwise be full whenever nobody looks. A key may have windows of several lengths: it is one
  -- condition, with its fullest window.
  return query
  select distinct on (l.org_id, l.key_type, l.identifier)
    l.org_id,
    p.type,
    s.severity,
    'rate_limit',
    l.key_type || ':' || l.identifier,
    l.identifier,
    format('Rate limit of %s %s is %s%% used', l.key_type, l.identifier, u.pct),
    u.pct,
    case s.severity when 'critical' then p.critical else coalesce(p.warning, p.critical) end
  from public.orgs as o
  join public.v_alert_policies as p on p.org_id = o.id and p.type = 'rate_limit'
  join public.api_rate_limits as l on l.org_id = o.id
  cross join lateral (select round(100.0 * l.request_count / l.limit_max, 2)) as u (pct)
  -- From the counts, not from the rounded percentage: 90.004% is above 90%.
  cross join lateral (
    select case
      when 100::bigint * l.request_count > p.critical * l.limit_max then 'critical'
      when 100::bigint * l.request_count > p.warning * l.limit_max then 'warning'
    end
  ) as s (severity)
  where l.window_end > rate_limit_conditions.at - interval '1 minute'
    and l.window_start <= rate_limit_conditions.at
    and p.enabled
    and (s.severity is not null or 100::bigint * l.request_count > p.recovery * l.limit_max)
    and o.id = any (orgs)
  order by l.org_id, l.key_type, l.identifier, u.pct desc;
end
$function$;

comment on function "monitoring"."rate_limit_conditions"(timestamp
  with time zone, uuid) is 'Rate limits that are nearly used up, in windows that are open or closed within the last minute: of one org or of all.';

revoke all
  on function "monitoring"."rate_limit_conditions"(timestamp with time zone, uuid)
  from public;

grant execute
  on function "monitoring"."rate_limit_conditions"(timestamp with time zone, uuid)
  to "authenticated", "postgres", "service_role";

-- schemas/monitoring/functions/rate_limit_forecast

create or replace function monitoring.rate_limit_forecast (
  at     timestamp with time zone,
  org_id uuid                     default null::uuid
)
  returns SETOF monitoring.forecast
  language plpgsql
  stable
  set search_path to ''
  set plan_cache_mode to 'force_generic_plan'
  AS $function$
#variable_conflict use_column
declare
  orgs constant uuid[] := monitoring.orgs_asked(rate_limit_forecast.org_id);
begin
  return query
  select l.org_id, l.key_type, l.identifier, l.window_start, l.window_end, l.request_count, l.limit_max,
    rate_limit_forecast.at + make_interval(secs => t.expected),
    rate_limit_forecast.at + make_interval(secs => t.earliest),
    rate_limit_forecast.at + make_interval(secs => t.latest)
  from public.api_rate_limits as l
  cross join lateral (
    select extract(epoch from rate_limit_forecast.at - l.window_start)::float8 as elapsed
  ) as e
  -- Requests come in bursts: how much more than by chance, the key's earlier windows tell.
  cross join lateral (
    select monitoring.overdispersion(array(
      select p.request_count::bigint
      from public.api_rate_limits as p
      where p.org_id = l.org_id
        and p.key_type = l.key_type
        and p.identifier = l.identifier
        and p.window_start < l.window_start
        and p.window_seconds = l.window_seconds
      order by p.window_start desc
      limit 20
    )) as overdispersion
  ) as d
  cross join lateral monitoring.time_to_reach(
    l.limit_max - l.request_count,
    l.request_count / e.elapsed,
    d.overdispersion * l.request_count / e.elapsed,
    e.elapsed
  ) as t
  where l.org_id = any (orgs)
    and l.window_end > rate_limit_forecast.at
    and l.window_start < rate_limit_forecast.at
    -- Fewer say nothing.
    and l.request_count >= 10;
end
$function$;

comment on function "monitoring"."rate_limit_forecast"(timestamp
  with time zone, uuid) is 'When the rate limits in their open windows will be used up, with the bounds of an 80% interval, if requests go on to come as they have in the window: of one org or of all that the caller may read. Windows with fewer than 10 requests are left out.';

revoke all
  on function "monitoring"."rate_limit_forecast"(timestamp with time zone, uuid)
  from public;

grant execute
  on function "monitoring"."rate_limit_forecast"(timestamp with time zone, uuid)
  to "authenticated", "postgres", "service_role";

-- schemas/monitoring/functions/rate_limit_history

create or replace function monitoring.rate_limit_history (
  policy public.v_alert_policies,
  since  timestamp with time zone,
  until  timestamp with time zone
)
  returns SETOF monitoring.condition_step
  language sql
  stable
  set search_path to ''
  AS $function$
  -- Only the last report of a window is kept: it counts from then on, and as long as an evaluation
  -- looks at the window.
  with seen as (
    select l.key_type, l.identifier, m.minute,
      max(l.request_count::numeric / l.limit_max) as used
    from public.api_rate_limits as l
    cross join lateral generate_series(
      date_bin(
        interval '1 minute',
        greatest(l.window_start, least(l.updated_at, l.window_end)) - interval '1 microsecond',
        timestamptz 'epoch'
      ) + interval '1 minute',
      l.window_end + interval '1 minute' - interval '1 microsecond',
      interval '1 minute'
    ) as m (minute)
    where l.org_id = policy.org_id
      and l.window_end > since - interval '1 minute'
      and l.window_start <= until
      and m.minute between since and until
    group by 1, 2, 3
  ),
  step as (
    select s.*, lead(s.minute) over (partition by s.key_type, s.identifier order by s.minute) as next
    from seen as s
  )
  select
    'rate_limit',
    s.key_type || ':' || s.identifier,
    s.identifier,
    l.at,
    case when l.at = s.minute then
      case
        when 100 * s.used > policy.critical then 'critical'
        when 100 * s.used > policy.warning then 'warning'
      end
    end,
    l.at > s.minute or 100 * s.used <= least(policy.warning, policy.critical, policy.recovery)
  from step as s
  cross join lateral (
    select s.minute
    union all
    select s.minute + interval '1 minute'
    where s.next is distinct from s.minute + interval '1 minute'
  ) as l (at)
$function$;

comment on function "monitoring"."rate_limit_history"(public.v_alert_policies, timestamp
  with time zone, timestamp with time zone) is 'How far an org''s rate limits were used, in each minute for which a window is stored.';

revoke all
  on function "monitoring"."rate_limit_history"(public.v_alert_policies, timestamp
    with time zone, timestamp with time zone)
  from public;

grant execute
  on function "monitoring"."rate_limit_history"(public.v_alert_policies, timestamp
    with time zone, timestamp with time zone)
  to "authenticated", "postgres", "service_role";

-- schemas/monitoring/functions/rate_limit_metrics

create or replace function monitoring.rate_limit_metrics (
  org_id     uuid,
  page_limit integer,
  after      text
)
  returns jsonb
  language plpgsql
  stable
  set search_path to ''
  AS $function$
begin
  return (
    with windows as (
      select array[u.key_type, u.identifier, extract(epoch from u.window_start)::text] as key, u
      from public.v_rate_limit_utilization as u
      where u.org_id = rate_limit_metrics.org_id
    ),
    found as (
      select w.*
      from windows as w
      where w.key > (select monitoring.decode_cursor(rate_limit_metrics.after, 'windows'))
      order by w.key
      limit rate_limit_metrics.page_limit + 1
    ),
    fullest as (
      select (w.u).*
      from windows as w
      order by (w.u).utilization_pct desc, (w.u).seconds_until_reset desc
      limit 1
    ),
    -- The aggregates make one row of none, too.
    summary as (
      select jsonb_build_object(
        'current_utilization_pct', max(f.utilization_pct),
        'status', coalesce(max(f.status), 'normal'),
        'limit_max', max(f.limit_max),
        'request_count', max(f.request_count),
        'seconds_until_reset', max(f.seconds_until_reset)
      )
      from fullest as f
    )
    select jsonb_build_object('summary', (select * from summary)) || monitoring.page(
      'windows',
      (
        select jsonb_agg(
          jsonb_build_object('key', f.key, 'item', to_jsonb(f.u) - 'org_id') order by f.key
        )
        from found as f
      ),
      rate_limit_metrics.page_limit
    )
  );
end
$function$;

comment on function "monitoring"."rate_limit_metrics"(uuid, integer, text) is
  'The fullest open window of an org, and one page of all that are open: v_rate_limit_utilization.';

revoke all on function "monitoring"."rate_limit_metrics"(uuid, integer, text) from public;

grant execute
  on function "monitoring"."rate_limit_metrics"(uuid, integer, text)
  to "authenticated", "postgres", "service_role";

-- schemas/monitoring/functions/rate_limit_series

create or replace function monitoring.rate_limit_series (
  org_id       uuid,
  resource     text,
  before_start timestamp with time zone,
  range_start  timestamp with time zone,
  range_end    timestamp with time zone,
  step         interval
)
  returns table (
    is_before boolean,
    bucket    timestamp with time zone,
    measured  jsonb
  )
  language sql
  stable
  set search_path to ''
  AS $function$
  with found as (
    select 100.0 * l.request_count / l.limit_max as used_pct,
      l.window_start < rate_limit_series.range_start as is_before,
      date_bin(rate_limit_series.step, l.window_start, timestamptz 'epoch') as bucket
    from public.api_rate_limits as l
    where l.org_id = rate_limit_series.org_id
      and (rate_limit_series.resource is null
        or l.key_type || ':' || l.identifier = rate_limit_series.resource)
      and l.window_end > rate_limit_series.before_start
      and l.window_start >= rate_limit_series.before_start
      and l.window_start < rate_limit_series.range_end
  )
  select f.is_before, f.bucket,
    jsonb_build_object('rate_limit_utilization_pct', round(max(f.used_pct), 1))
  from found as f
  group by grouping sets ((f.is_before), (f.is_before, f.bucket))
  having grouping(f.bucket) = 1 or not f.is_before
$function$;

comment on function "monitoring"."rate_limit_series"(uuid, text, timestamp with time zone, timestamp
  with time zone, timestamp with time zone, interval) is 'The fullest window that began in each bucket, of an org or of the key that resource names (key_type:identifier): see delivery_series.';

revoke all
  on function "monitoring"."rate_limit_series"(uuid, text, timestamp with time zone, timestamp
    with time zone, timestamp with time zone, interval)
  from public;

grant execute
  on function "monitoring"."rate_limit_series"(uuid, text, timestamp with time zone, timestamp
    with time zone, timestamp with time zone, interval)
  to "authenticated", "postgres", "service_role";

-- schemas/monitoring/functions/raw_bounds

create or replace function monitoring.raw_bounds (
  source monitoring.source,
  until  timestamp with time zone,
  OUT    oldest timestamp with time zone,
  OUT    newest timestamp with time zone
)
  returns record
  language plpgsql
  stable
  set search_path to ''
  AS $function$
declare
  raw monitoring.raw_tables;
begin
  select * into strict raw from monitoring.raw_tables as r where r.source = raw_bounds.source;
  -- Org by org, as the raw tables' indexes on time begin with it.
  execute format(
    'select min(t.oldest), max(t.newest)
    from public.orgs as o
    cross join lateral (
      select min(%1$I) as oldest, max(%1$I) as newest
      from public.%2$I
      where org_id = o.id and %1$I >= $1 and %1$I < $2
    ) as t',
    raw.time_column, raw.name
  ) into oldest, newest using raw.complete_since, until;
end
$function$;

comment on function "monitoring"."raw_bounds"(monitoring.source, timestamp
  with time zone) is 'The times of the oldest and of the newest row of a raw table before `until`, of those of which retention dropped none.';

revoke all
  on function "monitoring"."raw_bounds"(monitoring.source, timestamp with time zone)
  from public;

grant execute
  on function "monitoring"."raw_bounds"(monitoring.source, timestamp with time zone)
  to "postgres";

-- schemas/monitoring/functions/raw_bytes

create or replace function monitoring.raw_bytes()
  returns table (
    source      monitoring.source,
    resource_id uuid,
    raw_rows    bigint,
    bytes       bigint
  )
  language plpgsql
  stable
  set search_path to ''
  set plan_cache_mode to 'force_custom_plan'
  AS $function$
begin
  return query
  with partition as materialized (
    select r.source, r.complete_since, z.relation, z.bytes, z.index_bytes, w.row_bytes, w.error_bytes,
      -- Null for the default partition.
      substring(pg_get_expr(p.relpartbound, p.oid) from 'FROM [(]''(.*)''[)] TO')::timestamptz as month
    from monitoring.raw_tables as r
    join pg_catalog.pg_inherits as i on i.inhparent = format('public.%I', r.name)::regclass
    join pg_catalog.pg_class as p on p.oid = i.inhrelid
    join monitoring.relation_sizes as z on z.relation = p.oid
    cross join lateral monitoring.row_widths(p.oid) as w
  ),
  kept as (
    select u.source, u.resource_id, coalesce(m.relation, d.relation) as relation,
      sum(u.pending + u.succeeded + u.failed) as row_count, sum(u.failed) as failed
    from monitoring.rollups as u
    join partition as d on d.source = u.source and d.month is null
    left join partition as m on m.source = u.source and m.month = date_trunc('month', u.starts_at, 'UTC')
    where m.relation is not null or u.starts_at >= d.complete_since
    group by 1, 2, 3
    having sum(u.pending + u.succeeded + u.failed) > 0
  ),
  -- Only what failed has an error.
  weighed as (
    select k.*, p.bytes, p.index_bytes,
      k.row_count * p.row_bytes + coalesce(
        greatest(k.failed, 0) * p.error_bytes * sum(k.row_count) over w / nullif(sum(greatest(k.failed, 0)) over w, 0),
        0
      ) as weight
    from kept as k
    join partition as p on p.relation = k.relation
    window w as (partition by k.relation)
  ),
  shared as (
    select s.source, s.resource_id, s.row_count,
      (s.bytes - s.index_bytes) * s.weight / sum(s.weight) over w
        + s.index_bytes * s.row_count / sum(s.row_count) over w as share
    from weighed as s
    window w as (partition by s.relation)
  )
  select s.source, s.resource_id, sum(s.row_count)::bigint, floor(sum(s.share))::bigint
  from shared as s
  group by s.source, s.resource_id;
end
$function$;

comment on function "monitoring"."raw_bytes"() is 'How many raw rows each webhook, rule and org''s API has, as of the last refresh, and its share of their partitions'' bytes: of the tables by the width of its rows, of the indexes by their number.';

revoke all on function "monitoring"."raw_bytes"() from public;

grant execute on function "monitoring"."raw_bytes"() to "postgres";

-- schemas/monitoring/functions/raw_extremes

create or replace function monitoring.raw_extremes (
  source      monitoring.source,
  resource_id uuid,
  since       timestamp with time zone,
  until       timestamp with time zone
)
  returns table (
    duration_max    integer,
    last_success_at timestamp with time zone
  )
  language plpgsql
  stable
  set search_path to ''
  AS $function$
begin
  return query
  select max(a.duration_ms), max(a.happened_at) filter (where a.succeeded > 0)
  from monitoring.resources as r
  join monitoring.raw_activity as a
    on a.source = r.source and a.org_id = r.org_id and a.resource_id = r.id
  where r.source = raw_extremes.source and r.id = raw_extremes.resource_id
    and a.happened_at >= since and a.happened_at < until;
end
$function$;

comment on function "monitoring"."raw_extremes"(monitoring.source, uuid, timestamp
  with time zone, timestamp with time zone) is 'The longest duration, in milliseconds, and the last success of a resource''s raw rows from `since` until before `until`.';

revoke all
  on function "monitoring"."raw_extremes"(monitoring.source, uuid, timestamp
    with time zone, timestamp with time zone)
  from public;

grant execute
  on function "monitoring"."raw_extremes"(monitoring.source, uuid, timestamp
    with time zone, timestamp with time zone)
  to "postgres";

-- schemas/monitoring/functions/reads_every_org

create or replace function monitoring.reads_every_org()
  returns boolean
  language plpgsql
  stable
  set search_path to ''
  AS $function$
begin
  return (
    -- `role` is what the Data API set for this request; without it, the one who signed in. Unlike
    -- current_user, neither changes inside a security definer function.
    select coalesce(bool_or(r.rolsuper or r.rolbypassrls), false)
    from pg_catalog.pg_roles as r
    where r.rolname = coalesce(nullif(current_setting('role'), 'none'), session_user)
  );
end
$function$;

comment on function "monitoring"."reads_every_org"() is 'Whether row level security does not apply to the caller: the secret key, or the database''s owner.';

revoke all on function "monitoring"."reads_every_org"() from public;

grant execute
  on function "monitoring"."reads_every_org"()
  to "authenticated", "postgres", "service_role";

-- schemas/monitoring/functions/reconcile

create or replace function monitoring.reconcile (
  source monitoring.source,
  since  timestamp with time zone,
  until  timestamp with time zone
)
  returns bigint
  language plpgsql
  set search_path to ''
  set jit to 'off'
  set plan_cache_mode to 'force_custom_plan'
  AS $function$
begin
  perform monitoring.lock_rollups();

  with known as (
    delete from monitoring.rollups as r
    where r.source = reconcile.source and r.starts_at >= since and r.starts_at < until
    returning *
  ),
  waiting as (
    delete from monitoring.changes as c
    where c.source = reconcile.source and c.starts_at >= since and c.starts_at < until
  ),
  raw as (
    select a.resource_id, date_bin('1 hour', a.happened_at, 'epoch') as starts_at,
      a.resource_type, a.status_code,
      case
        when a.duration_ms > 0 then 1 + ceil(ln(a.duration_ms::float8) / ln(1.02::float8))
        when a.duration_ms = 0 then 0
      end::bigint as bin,
      sum(a.pending) as pending,
      sum(a.succeeded) as succeeded,
      sum(a.failed) as failed,
      sum(a.affected) as affected,
      sum(a.duration_ms::bigint) as duration_sum,
      max(a.duration_ms) as duration_max,
      max(a.happened_at) filter (where a.succeeded > 0) as last_success_at
    from public.orgs as o
    -- Org by org, as the raw tables' indexes on time begin with it.
    cross join lateral (
      select r.*
      from monitoring.raw_activity as r
      where r.source = reconcile.source and r.org_id = o.id
        and r.happened_at >= since and r.happened_at < until
      offset 0
    ) as a
    group by 1, 2, 3, 4, 5
  )
  insert into monitoring.changes (
    source, resource_id, starts_at, resource_type, status_code, pending, succeeded, failed,
    affected, duration_sum, duration_max, last_success_at, bins, adds_to, removed
  )
  select reconcile.source, resource_id, starts_at, resource_type, status_code,
    sum(pending), sum(succeeded), sum(failed), sum(affected), coalesce(sum(duration_sum), 0),
    max(duration_max), max(last_success_at),
    array_agg((succeeded + failed) * 2048 + bin) filter (where bin is not null),
    'both', false
  from raw
  group by resource_id, starts_at, resource_type, status_code
  union all
  select k.source, k.resource_id, k.starts_at, null, null, -k.pending, -k.succeeded, -k.failed,
    -coalesce(k.affected, 0), -k.duration_sum, null, null,
    array(select (element & 2047) - (element >> 11)::bigint * 2048 from unnest(k.bins) as element),
    'totals', true
  from known as k;

  return monitoring.fold_changes();
end
$function$;

comment on function "monitoring"."reconcile"(monitoring.source, timestamp with time zone, timestamp
  with time zone) is 'Makes the rollups of the raw rows from `since` until before `until`, both the start of a day in UTC, anew; returns how many raw rows were added to the rollups, others that waited included.';

revoke all
  on function "monitoring"."reconcile"(monitoring.source, timestamp with time zone, timestamp
    with time zone)
  from public;

grant execute
  on function "monitoring"."reconcile"(monitoring.source, timestamp with time zone, timestamp
    with time zone)
  to "postgres";

-- schemas/monitoring/functions/record_acknowledgement

create or replace function monitoring.record_acknowledgement()
  returns trigger
  language plpgsql
  security definer
  set search_path to ''
  AS $function$
begin
  insert into monitoring.alert_events (alert_id, org_id, kind, severity, message, value, at, actor)
  values (
    new.id, new.org_id,
    case when new.acknowledged_at is null then 'unacknowledged' else 'acknowledged' end,
    new.severity, new.message, new.value, now(), auth.uid()
  );
  return null;
end
$function$;

comment on function "monitoring"."record_acknowledgement"() is 'Adds to an alert''s history who acknowledged it, or took that back.';

revoke all on function "monitoring"."record_acknowledgement"() from public;

grant execute on function "monitoring"."record_acknowledgement"() to "postgres";

-- schemas/monitoring/functions/record_call_outcomes

create or replace function monitoring.record_call_outcomes (
  at timestamp with time zone default now()
)
  returns void
  language plpgsql
  set search_path to ''
  AS $function$
begin
  update monitoring.function_calls as c
  set outcome = case when r.status_code is null then 'failed' else 'answered' end,
    status_code = r.status_code,
    error = left(r.error_msg, 1000)
  from net._http_response as r
  where r.id = c.request_id and c.outcome = 'pending';

  -- One that waits for pg_net is late, not lost.
  update monitoring.function_calls as c
  set outcome = 'lost'
  where c.outcome = 'pending'
    and c.called_at < record_call_outcomes.at - interval '5 minutes'
    and not exists (select from net.http_request_queue as q where q.id = c.request_id);
end
$function$;

comment on function "monitoring"."record_call_outcomes"(timestamp
  with time zone) is 'Writes down what came of each call that was pending, before pg_net forgets it.';

revoke all on function "monitoring"."record_call_outcomes"(timestamp with time zone) from public;

grant execute
  on function "monitoring"."record_call_outcomes"(timestamp with time zone)
  to "postgres";

-- schemas/monitoring/functions/recorded_bytes

create or replace function monitoring.recorded_bytes (
  since date,
  until date
)
  returns bigint
  language plpgsql
  stable
  set search_path to ''
  AS $function$
begin
  return (
    select sum(d.bytes_out)
    from (
      select r.bytes_out from monitoring.route_days as r where r.day >= since and r.day < until
      union all
      select w.bytes_out from monitoring.webhook_days as w where w.day >= since and w.day < until
    ) as d
  );
end
$function$;

comment on function "monitoring"."recorded_bytes"(date, date) is 'Bytes out that are recorded: see cost_state.bytes_out.';

revoke all on function "monitoring"."recorded_bytes"(date, date) from public;

grant execute on function "monitoring"."recorded_bytes"(date, date) to "postgres";

-- schemas/monitoring/functions/recorded_calls

create or replace function monitoring.recorded_calls (
  since timestamp with time zone,
  until timestamp with time zone
)
  returns bigint
  language plpgsql
  stable
  set search_path to ''
  AS $function$
begin
  return coalesce((
      select sum(r.succeeded + r.failed)
      from monitoring.rollups as r
      where r.source = 'request' and r.starts_at >= since and r.starts_at < until
    ), 0) + (
      select count(*) from monitoring.function_calls as c where c.called_at >= since and c.called_at < until
    );
end
$function$;

comment on function "monitoring"."recorded_calls"(timestamp with time zone, timestamp
  with time zone) is 'Calls of edge functions that are recorded: see cost_state.function_calls.';

revoke all
  on function "monitoring"."recorded_calls"(timestamp with time zone, timestamp with time zone)
  from public;

grant execute
  on function "monitoring"."recorded_calls"(timestamp with time zone, timestamp with time zone)
  to "postgres";

-- schemas/monitoring/functions/refresh_failing_conditions

create or replace function monitoring.refresh_failing_conditions (
  at     timestamp with time zone,
  org_id uuid                     default null::uuid
)
  returns SETOF monitoring.condition
  language plpgsql
  stable
  security definer
  set search_path to ''
  AS $function$
begin
  return query
  select
    null::uuid,
    p.type,
    case when h.failures >= p.critical then 'critical' else 'warning' end,
    'view',
    'refresh_monitoring_views',
    'refresh_monitoring_views',
    format('The last %s refreshes of the views failed: %s', h.failures, r.error),
    h.failures::numeric,
    case when h.failures >= p.critical then p.critical else p.warning end
  from monitoring.alert_policies as p
  cross join monitoring.refresh_health(refresh_failing_conditions.at) as h
  join monitoring.refresh_runs as r on r.id = h.last_run
  where p.type = 'refresh_failing'
    and p.enabled
    and h.failures >= least(p.warning, p.critical)
    and refresh_failing_conditions.org_id is null
    and (select monitoring.reads_every_org());
end
$function$;

comment on function "monitoring"."refresh_failing_conditions"(timestamp
  with time zone, uuid) is 'Whether the last refreshes of the views failed; nothing for callers who do not read every org.';

revoke all
  on function "monitoring"."refresh_failing_conditions"(timestamp with time zone, uuid)
  from public;

grant execute
  on function "monitoring"."refresh_failing_conditions"(timestamp with time zone, uuid)
  to "postgres", "service_role";

-- schemas/monitoring/functions/refresh_health

create or replace function monitoring.refresh_health (
  at  timestamp with time zone              default now(),
  OUT every interval,
  OUT refreshed_at timestamp with time zone,
  OUT late boolean,
  OUT failures bigint,
  OUT last_run bigint
)
  returns record
  language plpgsql
  stable
  security definer
  set search_path to ''
  AS $function$
declare
  success bigint;
begin
  select s.refresh_every into every from monitoring.rollup_settings as s;
  select r.id, r.started_at into success, refreshed_at
  from monitoring.refresh_runs as r
  where r.error is null
  order by r.id desc
  limit 1;
  select count(*) into failures from monitoring.refresh_runs as r where r.id > success;
  select max(r.id) into last_run from monitoring.refresh_runs as r;
  late := at > refreshed_at + 2 * every;
end
$function$;

comment on function "monitoring"."refresh_health"(timestamp
  with time zone) is 'How often the views are to be refreshed, when they last were, whether the next is late at `at` (after twice that time), how many runs failed since, and which refresh_runs has of the last run.';

revoke all on function "monitoring"."refresh_health"(timestamp with time zone) from public;

grant execute on function "monitoring"."refresh_health"(timestamp with time zone) to "postgres";

-- schemas/monitoring/functions/refresh_late_conditions

create or replace function monitoring.refresh_late_conditions (
  at     timestamp with time zone,
  org_id uuid                     default null::uuid
)
  returns SETOF monitoring.condition
  language plpgsql
  stable
  security definer
  set search_path to ''
  AS $function$
begin
  return query
  select
    null::uuid,
    p.type,
    case when age.intervals > p.critical then 'critical' else 'warning' end,
    'view',
    'refresh_monitoring_views',
    'refresh_monitoring_views',
    format('The views are as of %s; they are to be refreshed every %s', h.refreshed_at, h.every),
    round(age.intervals, 1),
    case when age.intervals > p.critical then p.critical else p.warning end
  from monitoring.alert_policies as p
  cross join monitoring.refresh_health(refresh_late_conditions.at) as h
  cross join lateral (
    select extract(epoch from refresh_late_conditions.at - h.refreshed_at) / extract(epoch from h.every)
  ) as age (intervals)
  where p.type = 'refresh_late'
    and p.enabled
    and age.intervals > least(p.warning, p.critical)
    and refresh_late_conditions.org_id is null
    and (select monitoring.reads_every_org());
end
$function$;

comment on function "monitoring"."refresh_late_conditions"(timestamp
  with time zone, uuid) is 'Whether the views have not been refreshed for too long; nothing for callers who do not read every org.';

revoke all
  on function "monitoring"."refresh_late_conditions"(timestamp with time zone, uuid)
  from public;

grant execute
  on function "monitoring"."refresh_late_conditions"(timestamp with time zone, uuid)
  to "postgres", "service_role";

-- schemas/monitoring/functions/refresh_views

create or replace function monitoring.refresh_views (
  at timestamp with time zone default now()
)
  returns jsonb
  language plpgsql
  security definer
  set search_path to ''
  set lock_timeout to '30s'
  set jit to 'off'
  AS $function$
declare
  started constant timestamptz := clock_timestamp();
  before constant timestamptz := monitoring.refreshed_at();
  run monitoring.refresh_runs;
  folded bigint;
  counted jsonb;
  failure text;
begin
  if not pg_try_advisory_xact_lock(hashtextextended('monitoring.refresh_views', 0)) then
    return jsonb_build_object('status', 'skipped', 'refreshed_at', before);
  end if;

  -- A failure undoes this block alone: rollups and views are as they were, and the run is recorded.
  begin
    -- History that is being rolled up is not for long.
    perform monitoring.lock_rollups();
    perform monitoring.move_windows(at);
    folded := monitoring.fold_changes();
    perform monitoring.forget_resources();
    refresh materialized view concurrently public.mv_webhook_performance;
    refresh materialized view concurrently public.mv_rule_performance;
    counted := jsonb_build_object(
      'mv_webhook_performance', (select count(*) from public.mv_webhook_performance),
      'mv_rule_performance', (select count(*) from public.mv_rule_performance)
    );
  exception
    when others or query_canceled then
      folded := null;
      failure := format('%s: %s', sqlstate, sqlerrm);
      raise warning 'refresh_monitoring_views failed: %', failure;
  end;

  insert into monitoring.refresh_runs (
    started_at, finished_at, lag_ms, folded_rows, backlog, view_rows, error, started_by
  )
  values (
    started, clock_timestamp(),
    (extract(epoch from started - before) * 1000)::bigint,
    folded,
    (select count(*) from monitoring.changes),
    counted, failure,
    coalesce(nullif(current_setting('role'), 'none'), session_user)
  )
  returning * into run;

  return jsonb_build_object(
    'status', case when run.error is null then 'refreshed' else 'failed' end,
    'refreshed_at', monitoring.refreshed_at(),
    'duration_ms', run.duration_ms,
    'folded_rows', run.folded_rows,
    'rows', run.view_rows,
    'error', run.error
  );
end
$function$;

comment on function "monitoring"."refresh_views"(timestamp
  with time zone) is 'Adds what changed to the rollups and refreshes both materialized views, or does nothing, and records the run. The windows of 24 hours and of 7 days end at `at`. Only one runs at a time: a second returns at once as skipped. Never raises: a failure is in its answer, in refresh_runs and in the log.';

revoke all on function "monitoring"."refresh_views"(timestamp with time zone) from public;

grant execute
  on function "monitoring"."refresh_views"(timestamp with time zone)
  to "postgres", "service_role";

-- schemas/monitoring/functions/refreshed_at

create or replace function monitoring.refreshed_at()
  returns timestamp with time zone
  language sql
  stable
  security definer
  set search_path to ''
  AS $function$
  select r.started_at
  from monitoring.refresh_runs as r
  where r.error is null
  order by r.id desc
  limit 1
$function$;

comment on function "monitoring"."refreshed_at"() is 'Everything that was committed before this moment is in the materialized views: when their last successful refresh began.';

revoke all on function "monitoring"."refreshed_at"() from public;

grant execute
  on function "monitoring"."refreshed_at"()
  to "authenticated", "postgres", "service_role";

-- schemas/monitoring/functions/refuse_batch

create or replace function monitoring.refuse_batch()
  returns boolean
  language plpgsql
  set search_path to ''
  AS $function$
begin
  raise exception 'an event is not plain' using errcode = 'data_exception';
end
$function$;

comment on function "monitoring"."refuse_batch"() is 'Raises data_exception.';

revoke all on function "monitoring"."refuse_batch"() from public;

grant execute on function "monitoring"."refuse_batch"() to "postgres", "service_role";

-- schemas/monitoring/functions/regression_conditions

create or replace function monitoring.regression_conditions (
  at     timestamp with time zone,
  org_id uuid                     default null::uuid
)
  returns SETOF monitoring.condition
  language plpgsql
  stable
  set search_path to ''
  AS $function$
declare
  orgs constant uuid[] := monitoring.orgs_asked(org_id);
begin
  return query
  select distinct on (i.org_id, i.resource_type, i.resource_id)
    i.org_id,
    p.type,
    case when s.size >= p.critical then 'critical' else 'warning' end,
    i.resource_type,
    i.resource_id,
    i.resource_name,
    i.sentence,
    s.size,
    case when s.size >= p.critical then p.critical else p.warning end
  from monitoring.insights as i
  join public.v_alert_policies as p on p.org_id = i.org_id and p.type = 'regression'
  cross join lateral monitoring.regression_size(i.metric, i.detail) as s (size)
  where i.kind = 'regression'
    and i.org_id = any (orgs)
    -- None is open for longer.
    and i.first_stated_at > regression_conditions.at - interval '25 hours'
    and i.first_stated_at <= regression_conditions.at
    and (i.ended_at is null or i.ended_at > regression_conditions.at)
    and i.expected_at is null
    and p.enabled
    and (i.detail ->> 'rows_after')::bigint >= p.minimum_sample
    and s.size >= least(p.warning, p.critical)
  order by i.org_id, i.resource_type, i.resource_id, s.size desc;
end
$function$;

comment on function "monitoring"."regression_conditions"(timestamp
  with time zone, uuid) is 'Routes, webhooks and rules that became worse with a deploy, each with the worse of its latency and its failures: of one org or of all.';

revoke all
  on function "monitoring"."regression_conditions"(timestamp with time zone, uuid)
  from public;

grant execute
  on function "monitoring"."regression_conditions"(timestamp with time zone, uuid)
  to "authenticated", "postgres", "service_role";

-- schemas/monitoring/functions/regression_history

create or replace function monitoring.regression_history (
  policy public.v_alert_policies,
  since  timestamp with time zone,
  until  timestamp with time zone
)
  returns SETOF monitoring.condition_step
  language sql
  stable
  set search_path to ''
  AS $function$
  with regression as (
    select i.resource_type, i.resource_id, i.resource_name, i.first_stated_at as began,
      coalesce(least(i.ended_at, i.expected_at), 'infinity') as ended,
      monitoring.regression_size(i.metric, i.detail) as size
    from monitoring.insights as i
    where i.kind = 'regression'
      and i.org_id = policy.org_id
      and i.first_stated_at < until
      and (i.detail ->> 'rows_after')::bigint >= policy.minimum_sample
  )
  select r.resource_type, r.resource_id, max(r.resource_name), m.at,
    case
      when max(o.size) >= policy.critical then 'critical'
      when max(o.size) >= policy.warning then 'warning'
    end,
    coalesce(max(o.size), 0) < least(policy.warning, policy.critical)
  from regression as r
  cross join lateral (values (r.began), (r.ended)) as m (at)
  left join regression as o
    on o.resource_type = r.resource_type and o.resource_id = r.resource_id
    and o.began <= m.at and o.ended > m.at
  where m.at < until
  group by r.resource_type, r.resource_id, m.at
$function$;

comment on function "monitoring"."regression_history"(public.v_alert_policies, timestamp
  with time zone, timestamp with time zone) is 'What had become worse with deploys of an org, and when.';

revoke all
  on function "monitoring"."regression_history"(public.v_alert_policies, timestamp
    with time zone, timestamp with time zone)
  from public;

grant execute
  on function "monitoring"."regression_history"(public.v_alert_policies, timestamp
    with time zone, timestamp with time zone)
  to "authenticated", "postgres", "service_role";

-- schemas/monitoring/functions/regression_size

create or replace function monitoring.regression_size (
  metric text,
  detail jsonb
)
  returns numeric
  language sql
  immutable
  set search_path to ''
  AS $function$
  select round(
    (detail ->> 'change')::numeric / case metric when 'latency' then 0.05 else 0.005 end, 1
  )
$function$;

comment on function "monitoring"."regression_size"(text, jsonb) is 'How bad a regression is, in the unit of its policy: 1 is the least that is called worse.';

revoke all on function "monitoring"."regression_size"(text, jsonb) from public;

grant execute
  on function "monitoring"."regression_size"(text, jsonb)
  to "authenticated", "postgres", "service_role";

-- schemas/monitoring/functions/regressions

create or replace function monitoring.regressions (
  at timestamp with time zone
)
  returns monitoring.statement[]
  language sql
  stable
  set search_path to ''
  AS $function$
  select coalesce(array_agg(s.statement), '{}')
  from (
    select distinct on (k.org_id, k.resource_type, k.resource_id, k.metric)
      row(
        k.org_id,
        case when k.change >= case k.metric when 'latency' then 1 else 0.1 end then 'critical' else 'warning' end,
        k.resource_type, k.resource_id, k.resource_name,
        k.metric,
        monitoring.describe_comparison(d, k),
        to_jsonb(k) - '{org_id,resource_type,resource_id,resource_name,metric}'::text[]
          || jsonb_build_object('service', d.service, 'version', d.version, 'deployed_at', d.deployed_at)
      )::monitoring.statement as statement
    from public.deploys as d
    join monitoring.deploy_comparisons as k on k.deploy_id = d.id and k.verdict = 'worse'
    where d.deployed_at > regressions.at - interval '1 day'
      and d.deployed_at <= regressions.at
      -- With the next deploy it is what was before.
      and not exists (
        select
        from public.deploys as n
        where n.org_id = d.org_id and n.service = d.service
          and n.deployed_at > d.deployed_at and n.deployed_at <= regressions.at
      )
    order by k.org_id, k.resource_type, k.resource_id, k.metric, d.deployed_at desc
  ) as s
$function$;

comment on function "monitoring"."regressions"(timestamp
  with time zone) is 'What became worse with a deploy within the day before `at`, if it is the latest of its service.';

revoke all on function "monitoring"."regressions"(timestamp with time zone) from public;

grant execute on function "monitoring"."regressions"(timestamp with time zone) to "postgres";

-- schemas/monitoring/functions/rejected_events

create or replace function monitoring.rejected_events (
  events jsonb
)
  returns table (
    "position" bigint,
    code       text,
    field      text,
    message    text
  )
  language plpgsql
  stable
  set search_path to ''
  AS $function$
#variable_conflict use_column
begin
  return query
  with event as materialized (
    select position, value ->> 'type' as type,
      case jsonb_typeof(value) when 'object' then jsonb_strip_nulls(value) else '{}' end as body
    from jsonb_array_elements(events) with ordinality as _ (value, position)
  ),
  known as (
    select spec.type, array_agg(spec.field) filter (where spec.required) as required
    from monitoring.event_fields as spec
    group by spec.type
  ),
  problem as (
    select position, 1 as step, 'unknown_type' as code, 'type' as field, null as reason
    from event
    left join known using (type)
    where known.type is null
    union all
    select position, 2, 'required', absent.field, null
    from event
    join known using (type)
    cross join lateral unnest(known.required) as absent (field)
    where not body ?& known.required and not body ? absent.field
    union all
    select position, case when valid then 4 else 2 end, case when valid then 'not_found' else 'invalid' end,
      field, null
    from (
      select event.position, event.body, spec.field, spec.kind, content,
        case
          when spec.kind = 'integer' then
            case when jsonb_typeof(value) = 'number'
              then scale(value::numeric) = 0 and value::numeric between spec.least and spec.most
              else false
            end
          when spec.kind = 'number' then
            case when jsonb_typeof(value) = 'number' then abs(value::numeric) <= 1e15 else false end
          when spec.kind = 'labels' then monitoring.is_labels(value)
          when jsonb_typeof(value) <> 'string' then false
          when spec.kind in ('uuid', 'reference') then
            content like '________-____-____-____-____________'
            and length(replace(content, '-', '')) = 32
            and content !~ '[^-0-9a-fA-F]'
          when spec.kind = 'time' then monitoring.is_time(content)
          when spec.kind = 'ip' then monitoring.is_ip(content)
          else
            length(content) between spec.least and spec.most
            and (spec.choices is null or content = any (spec.choices))
            and (spec.pattern is null or content ~ spec.pattern)
        end as valid
      from event
      cross join lateral jsonb_each(body) as given (key, value)
      cross join lateral (select value #>> '{}') as as_text (content)
      join monitoring.event_fields as spec on spec.type = event.type and spec.field = given.key
      offset 0
    ) as given
    where not valid
      or kind = 'reference' and not case field
        when 'webhook_id' then exists (select from public.webhooks where id = content::uuid)
        when 'rule_id' then exists (select from public.automation_rules where id = content::uuid)
        when 'org_id' then exists (select from public.orgs where id = content::uuid)
        -- A key must be the same org's.
        when 'api_key_id' then exists (
          select from public.api_keys
          where id = content::uuid and org_id::text = lower(body ->> 'org_id')
        )
      end
    union all
    select position, 3, rule.code, rule.field, rule.reason
    from event
    cross join lateral (
      values
        ('invalid', 'duration_ms', 'must be null while the delivery is pending', body ->> 'status' = 'pending' and body ? 'duration_ms'),
        ('invalid', 'error', 'must be null while the delivery is pending', body ->> 'status' = 'pending' and body ? 'error'),
        ('invalid', 'status_code', 'must be null while the delivery is pending', body ->> 'status' = 'pending' and body ? 'status_code'),
        ('required', 'duration_ms', 'is required once the delivery has finished', body ->> 'status' <> 'pending' and not body ? 'duration_ms'),
        ('invalid', 'status_code', 'must be below 400 when the delivery was sent', body ->> 'status' = 'sent' and body ->> 'status_code' like any (array['4__', '5__']))
    ) as rule (code, field, reason, broken)
    where type = 'webhook_delivery' and rule.broken
      and (
        body ->> 'status' = 'pending' and body ?| array['duration_ms', 'error', 'status_code']
        or body ->> 'status' <> 'pending' and not body ? 'duration_ms'
        or body ->> 'status' = 'sent' and body ->> 'status_code' >= '4'
      )
    union all
    select position, 3, 'invalid', 'value', 'must not be below 0 for a counter'
    from event
    where type = 'metric' and body ->> 'kind' = 'counter'
      and body ->> 'value' like '-%' and body -> 'value' < to_jsonb(0)
  )
  select distinct on (p.position) p.position, p.code, p.field,
    case
      when p.reason is not null then p.reason
      when p.code = 'unknown_type' then 'must be one of ' || (select string_agg(known.type, ', ' order by known.type) from known)
      when p.code = 'not_found' then 'does not exist'
      when p.code = 'required' then 'is required'
      when spec.kind = 'integer' then format('must be a whole number from %s to %s', spec.least, spec.most)
      when spec.choices is not null then 'must be one of ' || array_to_string(spec.choices, ', ')
      when spec.pattern is not null then format('must match %s', spec.pattern)
      when spec.kind = 'text' then format('must be text of %s to %s characters', spec.least, spec.most)
      when spec.kind = 'time' then 'must be an ISO 8601 time with an offset, and not ahead of now'
      when spec.kind = 'ip' then 'must be an IP address'
      when spec.kind = 'number' then 'must be a number from -1e15 to 1e15'
      when spec.kind = 'labels' then 'must be up to 10 labels of text'
      else 'must be a uuid'
    end
  from problem as p
  join event using (position)
  left join monitoring.event_fields as spec on spec.type = event.type and spec.field = p.field
  order by p.position, p.step, p.field;
end
$function$;

comment on function "monitoring"."rejected_events"(jsonb) is 'Which events of a batch cannot be stored (position from 1), and the first field of each that is wrong.';

revoke all on function "monitoring"."rejected_events"(jsonb) from public;

grant execute on function "monitoring"."rejected_events"(jsonb) to "postgres", "service_role";

-- schemas/monitoring/functions/replay

create or replace function monitoring.replay (
  steps           monitoring.condition_step[],
  pending_for     interval,
  keep_firing_for interval,
  until           timestamp with time zone
)
  returns table (
    resource_type text,
    resource_id   text,
    resource_name text,
    severity      text,
    fired_at      timestamp with time zone,
    resolved_at   timestamp with time zone
  )
  language plpgsql
  stable
  set search_path to ''
  AS $function$
declare
  step record;
  state text;
  new_state text;
  since timestamptz;
begin
  for step in
    select s.*,
      lag(s.at) over resource is null as is_first,
      lead(s.at) over resource is null as is_last,
      coalesce(lead(s.at) over resource, replay.until) as ends_at
    from unnest(steps) as s
    window resource as (partition by s.resource_type, s.resource_id order by s.at)
    order by s.resource_type, s.resource_id, s.at
  loop
    if step.is_first then
      state := null;
      resource_type := step.resource_type;
      resource_id := step.resource_id;
      resource_name := step.resource_name;
    end if;

    -- What the step does at once. What is not known keeps an alert that fires, and no other.
    new_state := monitoring.next_state(
      state, case when state is not null then since end, step.severity is not null, coalesce(step.has_recovered, state is distinct from 'firing'),
      pending_for, keep_firing_for, step.at
    );
    if new_state = 'firing' and coalesce(state, 'pending') = 'pending' then
      severity := step.severity;
      fired_at := step.at;
    elsif new_state = 'resolved' and state in ('firing', 'recovering') then
      resolved_at := step.at;
      return next;
    end if;
    if new_state is distinct from state then
      since := step.at;
    end if;
    state := nullif(new_state, 'resolved');

    -- And what time does by itself until the next one.
    if state = 'pending' and since + pending_for < step.ends_at then
      state := 'firing';
      severity := step.severity;
      fired_at := since + pending_for;
    elsif state = 'recovering' and since + keep_firing_for < step.ends_at then
      state := null;
      resolved_at := since + keep_firing_for;
      return next;
    end if;
    if state = 'firing' and step.severity = 'critical' then
      severity := 'critical';
    end if;
    if step.is_last and state in ('firing', 'recovering') then
      resolved_at := null;
      return next;
    end if;
  end loop;
end
$function$;

comment on function "monitoring"."replay"(monitoring.condition_step[], interval, interval, timestamp
  with time zone) is 'The alerts that a history of conditions would have made, each with its worst severity; resolved_at is null where it was not resolved by `until`.';

revoke all
  on function "monitoring"."replay"(monitoring.condition_step[], interval, interval, timestamp
    with time zone)
  from public;

grant execute
  on function "monitoring"."replay"(monitoring.condition_step[], interval, interval, timestamp
    with time zone)
  to "authenticated", "postgres", "service_role";

-- schemas/monitoring/functions/request_summary

create or replace function monitoring.request_summary (
  org_id uuid,
  since  timestamp with time zone,
  OUT    succeeded bigint,
  OUT    failed bigint,
  OUT    duration_sum bigint,
  OUT    p95_ms numeric
)
  returns record
  language plpgsql
  stable
  set search_path to ''
  AS $function$
declare
  whole constant timestamptz := date_bin('1 hour', since, 'epoch') + interval '1 hour';
begin
  with part as materialized (
    select h.succeeded, h.failed, h.duration_sum, h.duration_max, h.bins
    from monitoring.request_hours as h
    where h.org_id = request_summary.org_id and h.hour >= whole
    union all
    select count(*) filter (where l.status_code < 400), count(*) filter (where l.status_code >= 400),
      coalesce(sum(l.duration_ms), 0), max(l.duration_ms),
      array_agg(
        2048 + case when l.duration_ms > 0 then 1 + ceil(ln(l.duration_ms::float8) / ln(1.02::float8)) else 0 end::integer
      )
    from public.api_audit_logs as l
    where l.org_id = request_summary.org_id and l.created_at >= since and l.created_at < whole
  ),
  total as (
    select coalesce(sum(p.succeeded), 0)::bigint as succeeded, coalesce(sum(p.failed), 0)::bigint as failed,
      coalesce(sum(p.duration_sum), 0)::bigint as duration_sum, max(p.duration_max) as duration_max
    from part as p
  )
  select t.succeeded, t.failed, t.duration_sum, least(h.p95_ms, t.duration_max)
  into succeeded, failed, duration_sum, p95_ms
  from total as t
  cross join lateral monitoring.add_durations(
    null, null, null,
    array(
      select sum(element >> 11)::bigint * 2048 + (element & 2047)
      from part as p
      cross join lateral unnest(p.bins) as element
      group by element & 2047
    ),
    t.succeeded + t.failed
  ) as h;
end
$function$;

comment on function "monitoring"."request_summary"(uuid, timestamp
  with time zone) is 'Counts, the sum of durations and their 95th percentile (within 1%), both in milliseconds, of an org''s API requests since a moment, live.';

revoke all on function "monitoring"."request_summary"(uuid, timestamp with time zone) from public;

grant execute
  on function "monitoring"."request_summary"(uuid, timestamp with time zone)
  to "authenticated", "postgres", "service_role";

-- schemas/monitoring/functions/require_channel_admin

create or replace function monitoring.require_channel_admin (
  org_id uuid
)
  returns void
  language plpgsql
  stable
  set search_path to ''
  AS $function$
begin
  if monitoring.reads_every_org() then
    return;
  elsif auth.uid() is null then
    raise exception 'Sign in first.' using errcode = 'PT401', detail = 'unauthenticated';
  -- An org that does not exist, another's and the operator's are told alike.
  elsif coalesce(require_channel_admin.org_id <> all (array(
    select monitoring.my_org_ids(array['owner', 'admin'])
  )), true) then
    raise exception 'Only owners and admins of the org may do this.'
      using errcode = 'PT403', detail = 'not_an_admin';
  end if;
end
$function$;

comment on function "monitoring"."require_channel_admin"(uuid) is 'Raises PT403 unless the caller may change the channels of this org (null: of the operator).';

revoke all on function "monitoring"."require_channel_admin"(uuid) from public;

grant execute on function "monitoring"."require_channel_admin"(uuid) to "postgres";

-- schemas/monitoring/functions/resend_notification

create or replace function monitoring.resend_notification (
  notification_id bigint
)
  returns void
  language plpgsql
  security definer
  set search_path to ''
  AS $function$
declare
  dead monitoring.notifications;
  channel monitoring.channels;
begin
  select * into dead from monitoring.notifications as n where n.id = resend_notification.notification_id;
  channel := monitoring.own_channel(dead.channel_id);
  if not channel.enabled then
    raise exception 'Enable the channel first.'
      using errcode = 'PT409', detail = 'channel_disabled', hint = 'notification_id';
  end if;
  update monitoring.notifications as n
  set status = 'queued', attempts = 0, due_at = now(), finished_at = null
  where n.status = 'dead' and n.event_id is not null
    and (n.id = dead.id or (n.channel_id = dead.channel_id and n.message_id = dead.message_id));
  if not found then
    raise exception 'Only a notification that is dead is sent again.'
      using errcode = 'PT409', detail = 'not_dead', hint = 'notification_id';
  end if;
  perform monitoring.call_function(
    '/notify', jsonb_build_object('notification_id', dead.id, 'at', now())
  );
end
$function$;

comment on function "monitoring"."resend_notification"(bigint) is 'What public.resend_notification calls.';

revoke all on function "monitoring"."resend_notification"(bigint) from public;

grant execute
  on function "monitoring"."resend_notification"(bigint)
  to "authenticated", "postgres", "service_role";

-- schemas/monitoring/functions/retention_savings

create or replace function monitoring.retention_savings (
  at timestamp with time zone
)
  returns SETOF monitoring.saving
  language plpgsql
  stable
  set search_path to ''
  AS $function$
begin
  return query
  with old as (
    select count(*) as partitions, sum(pg_total_relation_size(p.oid))::bigint as bytes
    from monitoring.raw_tables as r
    join pg_catalog.pg_inherits as i on i.inhparent = format('public.%I', r.name)::regclass
    join pg_catalog.pg_class as p on p.oid = i.inhrelid
    where substring(pg_get_expr(p.relpartbound, p.oid) from 'TO [(]''(.*)''[)]')::timestamptz
        <= retention_savings.at - interval '30 days'
      -- Months without a row hold next to nothing.
      and pg_relation_size(p.oid) > 0
  )
  select null::uuid, 'raw_retention', 'setting', 'raw_retention', 'raw_retention', o.bytes,
    format('Raw rows are kept for %s days; 30 days would free %s (%s partitions)',
      extract(day from s.raw_retention), monitoring.bytes_in_words(o.bytes), o.partitions),
    jsonb_build_object('days', extract(day from s.raw_retention), 'partitions', o.partitions)
  from monitoring.rollup_settings as s
  cross join old as o
  where s.raw_retention > interval '30 days' and o.bytes > 0;
end
$function$;

comment on function "monitoring"."retention_savings"(timestamp
  with time zone) is 'What a retention of 30 days would free: the partitions whose rows are all older.';

revoke all on function "monitoring"."retention_savings"(timestamp with time zone) from public;

grant execute on function "monitoring"."retention_savings"(timestamp with time zone) to "postgres";

-- schemas/monitoring/functions/retry_delay

create or replace function monitoring.retry_delay (
  attempts integer
)
  returns interval
  language sql
  set search_path to ''
  AS $function$
  -- Up to a fifth longer, so that what failed together does not come back together.
  select (1 + 0.2 * random()) * (
    '{5 seconds,30 seconds,2 minutes,10 minutes,30 minutes,2 hours,6 hours}'::interval[]
  )[attempts]
$function$;

comment on function "monitoring"."retry_delay"(integer) is 'How long to wait after so many attempts that failed; null: there is no other.';

revoke all on function "monitoring"."retry_delay"(integer) from public;

grant execute on function "monitoring"."retry_delay"(integer) to "postgres";

-- schemas/monitoring/functions/rolled_up_span

create or replace function monitoring.rolled_up_span (
  source monitoring.source,
  since  timestamp with time zone,
  until  timestamp with time zone,
  step   interval,
  OUT    first timestamp with time zone,
  OUT    last timestamp with time zone
)
  returns record
  language plpgsql
  stable
  set search_path to ''
  AS $function$
declare
  state monitoring.rollup_state;
  unit interval;
begin
  select * into strict state from monitoring.rollup_state;
  if source = 'request' then
    state.daily_before := '-infinity';
  end if;
  if step >= interval '1 hour' then
    unit := case when since < state.daily_before and step = interval '24 hours' then interval '24 hours' else interval '1 hour' end;
    first := greatest(
      date_bin(unit, since - interval '1 microsecond', 'epoch') + unit,
      case when unit = interval '1 hour' then state.daily_before end,
      state.forgotten_before
    );
    unit := case when until < state.daily_before then interval '24 hours' else interval '1 hour' end;
    last := date_bin(unit, until, 'epoch');
  end if;
  if (first < last) is not true then
    first := until;
    last := until;
  end if;
end
$function$;

comment on function "monitoring"."rolled_up_span"(monitoring.source, timestamp
  with time zone, timestamp with time zone, interval) is 'The part of a range whose rollups begin and end where it does and lie in one bucket of `step` each; empty, at the end of the range, where there is none.';

revoke all
  on function "monitoring"."rolled_up_span"(monitoring.source, timestamp with time zone, timestamp
    with time zone, interval)
  from public;

grant execute
  on function "monitoring"."rolled_up_span"(monitoring.source, timestamp with time zone, timestamp
    with time zone, interval)
  to "postgres";

-- schemas/monitoring/functions/rollup_bytes

create or replace function monitoring.rollup_bytes()
  returns table (
    source      monitoring.source,
    resource_id uuid,
    bytes       bigint
  )
  language plpgsql
  stable
  set search_path to ''
  AS $function$
begin
  return query
  with kept as (
    select 'rollups' as name, r.source, r.resource_id,
      sum(
        120 + coalesce(pg_column_size(r.bins), 0) + coalesce(pg_column_size(r.by_resource_type), 0)
          + coalesce(pg_column_size(r.by_error_code), 0)
      ) as weight
    from monitoring.rollups as r
    group by r.source, r.resource_id
    union all
    select 'totals', t.source, t.resource_id, 200 + pg_column_size(t.histogram)
    from monitoring.totals as t
  ),
  shared as (
    select k.source, k.resource_id, z.bytes * k.weight / sum(k.weight) over (partition by k.name) as share
    from kept as k
    join monitoring.relation_sizes as z on z.schema_name = 'monitoring' and z.name = k.name
  )
  select s.source, s.resource_id, floor(sum(s.share))::bigint
  from shared as s
  group by s.source, s.resource_id;
end
$function$;

comment on function "monitoring"."rollup_bytes"() is 'The share of each webhook, rule and org''s API in the bytes of rollups and totals, by the width of its rows.';

revoke all on function "monitoring"."rollup_bytes"() from public;

grant execute on function "monitoring"."rollup_bytes"() to "postgres";

-- schemas/monitoring/functions/rotate_channel_secret

create or replace function monitoring.rotate_channel_secret (
  channel_id    uuid,
  secret        text,
  overlap_hours numeric
)
  returns jsonb
  language plpgsql
  security definer
  set search_path to ''
  AS $function$
declare
  channel constant monitoring.channels := monitoring.own_channel(rotate_channel_secret.channel_id);
  made constant text := case
    when channel.kind = 'webhook' and rotate_channel_secret.secret is null
      then monitoring.make_webhook_secret()
  end;
  -- What others gave us is in use or is not: only what we sign with can have two at once.
  ends constant timestamptz := case
    when channel.kind = 'webhook' then now() + make_interval(mins => (60 * overlap_hours)::integer)
  end;
begin
  if coalesce(overlap_hours not between 0 and 720, true) then
    raise exception 'overlap_hours must be from 0 to 720.'
      using errcode = 'PT400', detail = 'invalid_overlap', hint = 'overlap_hours';
  end if;
  perform monitoring.check_channel_secret(
    channel.kind, coalesce(made, rotate_channel_secret.secret)
  );
  update monitoring.channels as c
  set secret_id = vault.create_secret(
      coalesce(made, rotate_channel_secret.secret), null, 'Everwatch channel ' || c.id
    ),
    previous_secret_id = case when ends is not null then c.secret_id end,
    previous_secret_until = ends
  where c.id = channel.id;
  return jsonb_strip_nulls(jsonb_build_object('secret', made, 'previous_until', ends));
end
$function$;

comment on function "monitoring"."rotate_channel_secret"(uuid, text, numeric) is
  'What public.rotate_channel_secret calls.';

revoke all on function "monitoring"."rotate_channel_secret"(uuid, text, numeric) from public;

grant execute
  on function "monitoring"."rotate_channel_secret"(uuid, text, numeric)
  to "authenticated", "postgres", "service_role";

-- schemas/monitoring/functions/row_widths

create or replace function monitoring.row_widths (
  relation oid,
  OUT      row_bytes numeric,
  OUT      error_bytes numeric
)
  returns record
  language plpgsql
  stable
  set search_path to ''
  AS $function$
begin
  select
    -- The header and its pointer, and all columns.
    coalesce(28 + sum(s.avg_width * (1 - s.null_frac)) filter (where s.attname <> 'error'), 1),
    coalesce(sum(s.avg_width * (1 - s.null_frac)) filter (where s.attname = 'error'), 0)
  into row_bytes, error_bytes
  from pg_catalog.pg_class as c
  join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
  join pg_catalog.pg_stats as s on s.schemaname = n.nspname and s.tablename = c.relname
  where c.oid = row_widths.relation;
end
$function$;

comment on function "monitoring"."row_widths"(oid) is 'The mean width of a table''s rows without their column `error`, and of that column, in bytes, as last analysed; 1 and 0 before, so that all rows weigh the same.';

revoke all on function "monitoring"."row_widths"(oid) from public;

grant execute on function "monitoring"."row_widths"(oid) to "postgres";

-- schemas/monitoring/functions/rule_metrics

create or replace function monitoring.rule_metrics (
  org_id     uuid,
  page_limit integer,
  after      text
)
  returns jsonb
  language plpgsql
  stable
  set search_path to ''
  AS $function$
begin
  return (
    -- A rule that was deleted since the last refresh is no longer anyone's.
    with performance as (
      select p.*
      from monitoring.rule_performance(rule_metrics.org_id) as p
      where exists (
        select from public.automation_rules as r where r.org_id = rule_metrics.org_id and r.id = p.rule_id
      )
    ),
    found as (
      select array[p.rule_id::text] as key, p
      from performance as p
      where array[p.rule_id::text] > (select monitoring.decode_cursor(rule_metrics.after, 'rules'))
      order by 1
      limit rule_metrics.page_limit + 1
    ),
    summary as (
      select jsonb_build_object(
        'total_rules', count(*),
        'enabled_rules', count(*) filter (where p.enabled),
        'total_triggers', coalesce(sum(p.trigger_count), 0),
        'triggers_24h', coalesce(sum(p.executions_24h), 0),
        'triggers_7d', coalesce(sum(p.executions_7d), 0),
        'rules_by_type', (
          select coalesce(jsonb_object_agg(t.rule_type, t.rules), '{}')
          from (select rule_type, count(*) as rules from performance group by rule_type) as t
        )
      )
      from performance as p
    )
    select jsonb_build_object('summary', (select * from summary)) || monitoring.page(
      'rules',
      (
        select jsonb_agg(
          jsonb_build_object('key', f.key, 'item', to_jsonb(f.p) - 'org_id') order by f.key
        )
        from found as f
      ),
      rule_metrics.page_limit
    )
  );
end
$function$;

comment on function "monitoring"."rule_metrics"(uuid, integer, text) is 'Summary over all of an org''s automation rules, and one page of them: mv_rule_performance.';

revoke all on function "monitoring"."rule_metrics"(uuid, integer, text) from public;

grant execute
  on function "monitoring"."rule_metrics"(uuid, integer, text)
  to "authenticated", "postgres", "service_role";

-- schemas/monitoring/functions/rule_not_triggering_conditions

create or replace function monitoring.rule_not_triggering_conditions (
  at     timestamp with time zone,
  org_id uuid                     default null::uuid
)
  returns SETOF monitoring.condition
  language plpgsql
  stable
  set search_path to ''
  set plan_cache_mode to 'force_generic_plan'
  AS $function$
declare
  orgs constant uuid[] := monitoring.orgs_asked(org_id);
begin
  return query
  select
    r.org_id,
    p.type,
    case when h.silent > h.critical then 'critical' when h.silent > h.warning then 'warning' end,
    'rule',
    r.id::text,
    r.name,
    format(
      'Rule has not triggered for %s hours; its longest recent gap was %s',
      round(h.silent, 1), round(recent.longest_gap, 1)
    ),
    round(h.silent, 1),
    round(case when h.silent > h.critical then h.critical else coalesce(h.warning, h.critical) end, 1)
  from public.automation_rules as r
  join public.v_alert_policies as p on p.org_id = r.org_id and p.type = 'rule_not_triggering'
  cross join lateral (
    select
      count(*) as known,
      max(x.executed_at) as last,
      extract(epoch from max(x.executed_at - x.previous)) / 3600 as longest_gap
    from (
      select
        e.executed_at,
        lead(e.executed_at) over (order by e.executed_at desc) as previous
      from public.rule_executions as e
      where e.org_id = r.org_id
        and e.rule_id = r.id
        and e.executed_at <= rule_not_triggering_conditions.at
      order by e.executed_at desc
      limit 50
    ) as x
  ) as recent
  cross join lateral (
    select
      extract(epoch from rule_not_triggering_conditions.at - recent.last) / 3600 as silent,
      -- Null where there is no such level.
      case when p.warning > 0 then greatest(24, p.warning * recent.longest_gap) end as warning,
      case when p.critical > 0 then greatest(24, p.critical * recent.longest_gap) end as critical
  ) as h
  where r.enabled
    and p.enabled
    -- Nearly every rule ends here, at the time that is kept of its last execution.
    and not r.last_triggered_at between
      rule_not_triggering_conditions.at - interval '1 day' and rule_not_triggering_conditions.at
    and recent.known >= greatest(p.minimum_sample, 2)
    and h.silent > least(h.warning, h.critical)
    and r.org_id = any (orgs);
end
$function$;

comment on function "monitoring"."rule_not_triggering_conditions"(timestamp
  with time zone, uuid) is 'Enabled rules that are silent for longer than their own cadence explains: of one org or of all.';

revoke all
  on function "monitoring"."rule_not_triggering_conditions"(timestamp with time zone, uuid)
  from public;

grant execute
  on function "monitoring"."rule_not_triggering_conditions"(timestamp with time zone, uuid)
  to "authenticated", "postgres", "service_role";

-- schemas/monitoring/functions/rule_not_triggering_history

create or replace function monitoring.rule_not_triggering_history (
  policy public.v_alert_policies,
  since  timestamp with time zone,
  until  timestamp with time zone
)
  returns SETOF monitoring.condition_step
  language sql
  stable
  set search_path to ''
  AS $function$
  with execution as (
    select r.id, r.name, e.executed_at as at,
      e.executed_at - lag(e.executed_at) over past as gap,
      least(50, row_number() over past) as known,
      lead(e.executed_at, 1, until) over past as ends
    from public.automation_rules as r
    cross join lateral (
      -- With what came before, which the cadence is made of.
      (
        select b.executed_at
        from public.rule_executions as b
        where b.org_id = r.org_id and b.rule_id = r.id and b.executed_at < since
        order by b.executed_at desc
        limit 51
      )
      union all
      select d.executed_at
      from public.rule_executions as d
      where d.org_id = r.org_id
        and d.rule_id = r.id
        and d.executed_at >= since
        and d.executed_at < until
    ) as e
    where r.org_id = policy.org_id and r.enabled
    window past as (partition by r.id order by e.executed_at)
  ),
  cadence as (
    select x.*,
      extract(epoch from max(x.gap) over (
        partition by x.id order by x.at rows between 49 preceding and current row
      )) / 3600 as longest_gap
    from execution as x
  )
  -- A hundred years at most: longer intervals cannot be added to a time.
  select 'rule', c.id::text, c.name, l.at, l.severity, l.severity is null
  from cadence as c
  cross join lateral (
    values
      (c.at, null),
      (c.at + interval '1 hour' * least(greatest(24, policy.warning * c.longest_gap), 876000)::float8, 'warning'),
      (c.at + interval '1 hour' * least(greatest(24, policy.critical * c.longest_gap), 876000)::float8, 'critical')
  ) as l (at, severity)
  where l.at < c.ends
    and (l.severity is null or c.known >= greatest(policy.minimum_sample, 2))
    and case l.severity
      when 'warning' then policy.warning is not null
      when 'critical' then policy.critical is not null
      else true
    end
$function$;

comment on function "monitoring"."rule_not_triggering_history"(public.v_alert_policies, timestamp
  with time zone, timestamp with time zone) is 'For how long an org''s enabled rules were silent, from their last execution before `since` on.';

revoke all
  on function "monitoring"."rule_not_triggering_history"(public.v_alert_policies, timestamp
    with time zone, timestamp with time zone)
  from public;

grant execute
  on function "monitoring"."rule_not_triggering_history"(public.v_alert_policies, timestamp
    with time zone, timestamp with time zone)
  to "authenticated", "postgres", "service_role";

-- schemas/monitoring/functions/rule_performance

create or replace function monitoring.rule_performance (
  org_id uuid
)
  returns SETOF public.mv_rule_performance
  language plpgsql
  stable
  security definer
  set search_path to ''
  AS $function$
begin
  return query
  select p.*
  from public.mv_rule_performance as p
  where p.org_id = rule_performance.org_id
    and (select monitoring.may_read(rule_performance.org_id));
end
$function$;

comment on function "monitoring"."rule_performance"(uuid) is 'The rows of mv_rule_performance of one org, for those who may read that org; nothing for others.';

revoke all on function "monitoring"."rule_performance"(uuid) from public;

grant execute
  on function "monitoring"."rule_performance"(uuid)
  to "authenticated", "postgres", "service_role";

-- schemas/monitoring/functions/running_queries

create or replace function monitoring.running_queries (
  longer_than numeric
)
  returns table (
    query_id text,
    pid      integer,
    role     name,
    seconds  numeric
  )
  language sql
  stable
  set search_path to ''
  AS $function$
  select coalesce(a.query_id::text, 'pid:' || a.pid), a.pid, a.usename, s.seconds
  from pg_catalog.pg_stat_activity as a
  cross join lateral (
    select round(extract(epoch from clock_timestamp() - a.query_start), 1)
  ) as s (seconds)
  where a.datname = current_database()
    and a.backend_type = 'client backend'
    and a.state = 'active'
    and a.pid <> pg_backend_pid()
    -- A scheduled job may take its time: nobody waits for it.
    and a.application_name not like 'pg_cron%'
    and s.seconds > running_queries.longer_than
$function$;

comment on function "monitoring"."running_queries"(numeric) is 'Queries that have been running for more than so many seconds. query_id is that of pg_stat_statements.';

revoke all on function "monitoring"."running_queries"(numeric) from public;

grant execute on function "monitoring"."running_queries"(numeric) to "postgres";

-- schemas/monitoring/functions/sample_capacity

create or replace function monitoring.sample_capacity (
  at timestamp with time zone default now()
)
  returns void
  language plpgsql
  set search_path to ''
  AS $function$
begin
  insert into monitoring.capacity_samples (what, at, value)
  select l.what, s.at, case l.what
    when 'disk_bytes' then pg_database_size(current_database())
    else (select count(*) from monitoring.notifications as n where n.status = 'queued')
  end
  from monitoring.capacity_limits as l
  cross join lateral (
    select date_bin(
      case l.what when 'disk_bytes' then interval '1 day' else interval '5 minutes' end,
      sample_capacity.at, 'epoch'
    )
  ) as s (at)
  -- Looked at only when it is to be kept: the size of the database takes a look at each of its files.
  where not exists (
    select from monitoring.capacity_samples as known where known.what = l.what and known.at = s.at
  )
  on conflict do nothing;

  delete from monitoring.capacity_samples as s
  where s.at < sample_capacity.at
    - case s.what when 'disk_bytes' then interval '60 days' else interval '2 days' end;
end
$function$;

comment on function "monitoring"."sample_capacity"(timestamp
  with time zone) is 'Looks how full the disk and the outbox are, if that is not known for this day and these five minutes.';

revoke all on function "monitoring"."sample_capacity"(timestamp with time zone) from public;

grant execute on function "monitoring"."sample_capacity"(timestamp with time zone) to "postgres";

-- schemas/monitoring/functions/saved_money

create or replace function monitoring.saved_money (
  item  text,
  units numeric
)
  returns numeric
  language plpgsql
  stable
  set search_path to ''
  AS $function$
begin
  return (
    select p.price * (greatest(0, u.used - p.included) - greatest(0, u.used - saved_money.units - p.included))
    from monitoring.prices as p
    cross join monitoring.used_units(p.item) as u (used)
    where p.item = saved_money.item
  );
end
$function$;

comment on function "monitoring"."saved_money"(text, numeric) is 'By how much a month''s bill falls with so many units less: not at all below what the plan includes. Null when the price or the use is not known.';

revoke all on function "monitoring"."saved_money"(text, numeric) from public;

grant execute on function "monitoring"."saved_money"(text, numeric) to "postgres";

-- schemas/monitoring/functions/schedule_refresh

create or replace function monitoring.schedule_refresh()
  returns trigger
  language plpgsql
  set search_path to ''
  AS $function$
begin
  perform cron.schedule(
    'everwatch-refresh-monitoring-views',
    format('*/%s * * * *', extract(epoch from new.refresh_every)::integer / 60),
    'select public.refresh_monitoring_views()'
  );
  return null;
end
$function$;

comment on function "monitoring"."schedule_refresh"() is 'Schedules the refresh as often as rollup_settings says.';

revoke all on function "monitoring"."schedule_refresh"() from public;

grant execute on function "monitoring"."schedule_refresh"() to "postgres";

-- schemas/monitoring/functions/score_points

create or replace function monitoring.score_points (
  INOUT  state double precision[],
  times  timestamp with time zone[],
  points double precision[],
  OUT    scores monitoring.series_score[]
)
  returns record
  language plpgsql
  immutable
  set search_path to ''
  AS $function$
declare
  -- How many points are learned from before one is scored; how many the noise remembers.
  learning constant double precision := 40;
  memory constant double precision := 576;
  -- From how many seconds between points on a series is coarse: it has few points a day, and its weeks
  -- are learned. What fine series have in points, a run of them says too.
  coarse_gap constant double precision := 1200;
  two_weeks constant double precision := 336;
  three_weeks constant double precision := 504;
  -- A residual counts as this many deviations at most, so that no outlier moves the model far.
  clip constant double precision := 4;
  -- The factor of the only hour of a week in which anything is. A level near zero would make it more, and
  -- the level that comes next anything.
  utmost constant double precision := 168;
  -- What decays is exactly zero in the end: Postgres raises an error where a product underflows.
  tiny constant double precision := 1e-30;
  -- The surprise that scores a half: once in 10^3.2 points.
  half constant double precision := 3.2;
  n double precision; step double precision; portion double precision; rate double precision;
  coarse boolean; weekly boolean; known boolean; moved boolean;
  level double precision[]; deviation double precision[]; level_memory double precision[];
  tail double precision[]; late_tail double precision[]; moments double precision[];
  k integer; best integer; slot integer[]; factor double precision[];
  epoch double precision; y double precision; predicted double precision; residual double precision;
  scale double precision; z double precision; clipped double precision; weight double precision;
  surprise double precision; said double precision;
  reach double precision; bottom double precision;
begin
  perform monitoring.check_series_points(to_timestamp(state[2]), times, points);
  state := coalesce(state, monitoring.new_series_state());
  n := state[1]; level := state[7:9]; deviation := state[10:12];
  tail := state[15:18]; late_tail := state[19:22]; moments := state[25:28];
  scores := '{}';
  for i in 1 .. coalesce(cardinality(points), 0) loop
    y := (sign(points[i]) * sqrt(abs(points[i])) + tiny) - tiny;
    epoch := extract(epoch from times[i]);
    if n = 0 then
      level := array[y, y, y]; state[4] := 1; state[6] := points[i];
    else
      step := epoch - state[2];
      state[4] := (state[4] + greatest(1 / n, 0.02) * ((step >= coarse_gap)::integer - state[4]) + tiny) - tiny;
      state[3] := case
        when n < 9 then (state[3] * n + step) / (n + 1)
        else state[3] + (least(step, 4 * state[3]) - state[3]) / 50
      end;
      state[6] := least(state[6], points[i]);
    end if;
    n := n + 1; state[2] := epoch;
    portion := least(1, state[3] / 3600);
    state[5] := state[5] + portion;
    coarse := state[4] > 0.5;
    weekly := coarse and state[5] >= two_weeks;
    known := n > learning;
    rate := greatest(1 / memory, 1 / n);

    -- What to expect: a level, times the factor of the hour of the day or of the week. Weights are at 37
    -- to 228, factors 192 further on; weeks begin on a Monday. The season that has predicted clearly
    -- better than the simpler ones is used.
    k := mod(floor(epoch / 3600)::bigint + 72, 168)::integer;
    slot := array[0, 37 + mod(k, 24), 61 + k];
    factor := array[1, state[192 + slot[2]], state[192 + slot[3]]];
    best := 1;
    for k in 2 .. 3 loop
      if state[slot[k]] >= 2 and deviation[k] > 0
        and deviation[k] < (case when coarse then 0.9 else 0.7 end) * deviation[best] then
        best := k;
      end if;
    end loop;
    predicted := (level[best] * factor[best] + tiny) - tiny;
    residual := y - predicted;
    scale := greatest(deviation[best], 0.02 * abs(level[best]), 1e-9);
    if weekly then
      scale := greatest(monitoring.series_noise(moments, predicted, scale), 0.02 * abs(predicted), 1e-9);
    end if;
    z := residual / scale;

    surprise := 0;
    if known then
      reach := scale * (
        case when weekly then 3 else 2.5 end
        + tail[2] * greatest(ln(tail[1]) + half * ln(10::double precision), 0)
      );
      -- One point that is far off,
      tail := monitoring.series_surprise(tail, z, case when weekly then 3 else 2.5 end, rate, 5, false);
      surprise := tail[5];
      -- some in a row that are rather far off,
      if weekly and state[5] >= three_weeks then
        state[23] := (state[23] + (greatest(least(z, 7), -7) - state[23]) / 2.2 + tiny) - tiny;
        late_tail := monitoring.series_surprise(
          late_tail, state[23] / greatest(state[24], 0.1), 2.75, rate, 3, true
        );
        surprise := greatest(surprise, late_tail[5]);
        state[24] := (state[24] + rate * (least(abs(state[23]), 3 * state[24]) - state[24]) + tiny) - tiny;
      end if;
      -- or zeros where counts were expected: what is expected of the time between two counts is 1 in
      -- any Poisson process, and exponential.
      if points[i] = 0 then
        state[29] := state[29] + greatest(predicted, 0) ^ 2;
        said := state[29] / state[30] / ln(10::double precision);
        if said > 1.3 then surprise := greatest(surprise, said); end if;
      elsif state[29] > 0 then
        state[31] := state[31] + 1;
        state[30] := greatest(
          state[30] + greatest(1 / state[31], 1.0 / 30) * (least(state[29], 5 * state[30]) - state[30]),
          1
        );
        state[29] := 0;
      end if;
    end if;

    -- What has been said is said again after a quiet day, or when it is much more.
    said := surprise;
    if surprise > (case when weekly then half else 0 end)
      and (epoch - state[32] > 86400 or surprise > state[33] * (case when weekly then 3 else 1.4 end)) then
      state[32] := epoch; state[33] := surprise;
    elsif epoch - state[32] <= 86400 then
      said := 0;
      if weekly and surprise >= 2 then state[32] := epoch; end if;
    end if;
    bottom := case when state[6] >= 0 then 0 else '-Infinity'::double precision end;
    scores := scores || case
      when known then row(
        times[i], points[i],
        greatest(sign(predicted) * predicted * predicted, bottom),
        greatest(sign(predicted - reach) * (predicted - reach) ^ 2, bottom),
        greatest(sign(predicted + reach) * (predicted + reach) ^ 2, bottom),
        -- However large, it stays below 1: from 1e16 on the quotient would be rounded to that.
        least(said, 1e12) / (least(said, 1e12) + half),
        state[32] = epoch and (weekly or said >= half), 'scored'
      )::monitoring.series_score
      else row(times[i], points[i], null, null, null, null, null, 'not enough history')::monitoring.series_score
    end;

    -- A level is new after a run on one side: an hour of 5 minutes each, a day where hours are coarse.
    if known and abs(z) > 1.5 then
      if state[34] * z < 0 then state[34:36] := array[0, 0, 0]; end if;
      state[34] := state[34] + sign(z);
      state[35] := state[35] + residual * factor[best];
      state[36] := state[36] + factor[best] * factor[best];
    else
      state[34:36] := array[0, 0, 0];
    end if;
    moved := abs(state[34]) >= (case when weekly then 24 / portion else 12 end);
    if moved then
      for k in 1 .. case when weekly or not coarse then 3 else 2 end loop
        level[k] := level[k] + state[35] / greatest(state[36], 1e-9);
      end loop;
      state[34:36] := array[0, 0, 0]; state[23] := 0;
      continue;
    end if;

    clipped := case when known then least(abs(residual), clip * scale) else abs(residual) end;
    moments := array[
      (moments[1] + rate * (abs(predicted) - moments[1]) + tiny) - tiny,
      (moments[2] + rate * (predicted * predicted - moments[2]) + tiny) - tiny,
      (moments[3] + rate * (clipped - moments[3]) + tiny) - tiny,
      (moments[4] + rate * (clipped * abs(predicted) - moments[4]) + tiny) - tiny
    ];
    level_memory := case when coarse then array[80, 50, 200] else array[80, 80, 80] end;
    for k in 1 .. 3 loop
      clipped := y - level[k] * factor[k];
      if known and (k = 1 or not coarse or state[11 + k] > 0) then
        weight := clip * greatest(deviation[k], 1e-9);
        clipped := greatest(-weight, least(weight, clipped));
      end if;
      -- Where weeks are learned, what a season predicts counts once its hours have been seen.
      if k = 1 or not coarse then
        weight := n;
      elsif state[slot[k]] >= k - 1 then
        weight := state[11 + k] + 1;
        if weight = 1 then deviation[k] := deviation[k - 1]; weight := 13; end if;
      else
        weight := null;
      end if;
      if weight is not null then
        if k > 1 then state[11 + k] := weight; end if;
        deviation[k] := (deviation[k] + greatest(1 / memory, 1 / weight) * (abs(clipped) - deviation[k]) + tiny) - tiny;
      end if;
      if k > 1 then
        weight := state[slot[k]] + portion;
        state[slot[k]] := weight;
        state[192 + slot[k]] := greatest(-utmost, least(utmost, factor[k]
          + greatest(1 / (1 + weight), case k when 2 then 0.05 else 0.15 end) * portion * clipped
          * level[k] / (level[k] * level[k] + deviation[k] * deviation[k] + 1e-12)));
      end if;
      level[k] := (level[k] + greatest(1 / level_memory[k], 1 / n) * clipped * least(factor[k], 2) + tiny) - tiny;
    end loop;
  end loop;
  state[1] := n; state[7:9] := level; state[10:12] := deviation;
  state[15:18] := tail[1:4]; state[19:22] := late_tail[1:4]; state[25:28] := moments;
end
$function$;

comment on function "monitoring"."score_points"(double precision[], timestamp
  with time zone[], double precision[]) is 'Scores the next points of a series from the detector''s state (null for a new series), and returns the state after them. Raises 22023 for points that are no series or go back before the last ones.';

revoke all
  on function "monitoring"."score_points"(double precision[], timestamp
    with time zone[], double precision[])
  from public;

grant execute
  on function "monitoring"."score_points"(double precision[], timestamp
    with time zone[], double precision[])
  to "postgres";

-- schemas/monitoring/functions/score_series

create or replace function monitoring.score_series (
  points jsonb
)
  returns table (
    at       timestamp with time zone,
    value    double precision,
    expected double precision,
    lower    double precision,
    upper    double precision,
    score    double precision,
    status   text
  )
  language plpgsql
  stable
  set search_path to ''
  AS $function$
declare
  series record;
begin
  series := monitoring.parse_series(points);
  return query
  select s.at, s.value, s.expected, s.lower, s.upper, s.score, s.status
  from unnest((monitoring.score_points(null, series.times, series.numbers)).scores) as s;
end
$function$;

comment on function "monitoring"."score_series"(jsonb) is 'Scores one series, [[at, value], ...] in order of time: for each point what the ones before it let one expect, and how unusual it is (0 to 1). Raises 22023 for what is no series, and says what was expected.';

revoke all on function "monitoring"."score_series"(jsonb) from public;

grant execute on function "monitoring"."score_series"(jsonb) to "postgres", "service_role";

-- schemas/monitoring/functions/score_some_series

create or replace function monitoring.score_some_series (
  until      timestamp with time zone,
  series_ids bigint[]
)
  returns integer
  language plpgsql
  set search_path to ''
  set jit to 'off'
  AS $function$
declare
  points integer;
begin
  with new as (
    select v.series_id,
      array_agg(v.at order by v.at) as times,
      array_agg(v.value order by v.at) as values
    from monitoring.series_values(series_ids, until) as v
    group by v.series_id
  ),
  scored as materialized (
    select w.id, w.org_id, s.state, s.scores
    from monitoring.watched_series as w
    left join new as n on n.series_id = w.id
    cross join lateral monitoring.score_points(
      w.state, coalesce(n.times, '{}'), coalesce(n.values, '{}')
    ) as s
    where w.id = any (series_ids)
  ),
  kept as (
    insert into monitoring.series_scores (org_id, series_id, at, value, expected, lower, upper, score, unusual)
    select s.org_id, s.id, p.at, p.value, p.expected, p.lower, p.upper, p.score, p.unusual
    from scored as s
    cross join lateral unnest(s.scores) as p
    where p.status = 'scored'
  ),
  changed as (
    update monitoring.watched_series as w
    set state = s.state,
      scored_until = score_some_series.until,
      unusual = coalesce((s.scores[cardinality(s.scores)]).unusual, w.unusual),
      missing = s.state[29],
      said = coalesce(
        (
          select p
          from unnest(s.scores) as p
          where p.score >= 0.5
          order by p.at desc
          limit 1
        ),
        w.said
      )
    from scored as s
    where w.id = s.id
    returning cardinality(s.scores) as points
  )
  select coalesce(sum(c.points), 0)::integer into points from changed as c;
  return points;
end
$function$;

comment on function "monitoring"."score_some_series"(timestamp
  with time zone, bigint[]) is 'Scores the hours of these series that are not scored yet; returns how many points that were.';

revoke all
  on function "monitoring"."score_some_series"(timestamp with time zone, bigint[])
  from public;

grant execute
  on function "monitoring"."score_some_series"(timestamp with time zone, bigint[])
  to "postgres";

-- schemas/monitoring/functions/score_watched_series

create or replace function monitoring.score_watched_series (
  at timestamp with time zone default clock_timestamp()
)
  returns jsonb
  language plpgsql
  set search_path to ''
  AS $function$
declare
  -- How many series at a time, and for how many seconds: the next run goes on.
  batch constant integer := 500;
  longest constant double precision := 20;
  started constant timestamptz := clock_timestamp();
  until timestamptz;
  ids bigint[];
  series integer := 0;
  points integer := 0;
begin
  if not pg_try_advisory_xact_lock(hashtextextended('monitoring.score_watched_series', 0)) then
    return jsonb_build_object('status', 'skipped');
  end if;

  select date_bin('1 hour', least(s.at, score_watched_series.at) - interval '2 minutes', 'epoch')
  into until
  from monitoring.rollup_state as s
  where isfinite(s.at);
  if exists (select from monitoring.watched_series as w where w.scored_until = until)
    and not exists (select from monitoring.watched_series as w where w.scored_until < until) then
    return jsonb_build_object('status', 'scored', 'until', until, 'series', 0, 'points', 0);
  end if;
  if until is not null then
    perform monitoring.watch_series(until);
  end if;

  loop
    -- Those that are nearly up to date first: a long history waits its turn.
    ids := array(
      select w.id
      from monitoring.watched_series as w
      where w.scored_until < until
      order by w.scored_until desc, w.id
      limit batch
    );
    exit when ids = '{}' or extract(epoch from clock_timestamp() - started) > longest;
    points := points + monitoring.score_some_series(until, ids);
    series := series + cardinality(ids);
  end loop;
  return jsonb_build_object('status', 'scored', 'until', until, 'series', series, 'points', points);
end
$function$;

comment on function "monitoring"."score_watched_series"(timestamp
  with time zone) is 'Scores each watched series up to the last whole hour of the last refresh, from the state that it kept: one transaction, and where there is much to do the next run goes on. Only one runs at a time: a second returns at once as skipped. Returns status, until, and how many series and points that were.';

revoke all on function "monitoring"."score_watched_series"(timestamp with time zone) from public;

grant execute
  on function "monitoring"."score_watched_series"(timestamp with time zone)
  to "postgres", "service_role";

-- schemas/monitoring/functions/send_heartbeat

create or replace function monitoring.send_heartbeat()
  returns bigint
  language plpgsql
  security definer
  set search_path to ''
  AS $function$
begin
  if (select s.heartbeat_url from monitoring.settings as s) is null then
    return null;
  end if;
  return monitoring.call_function(
    '/notify/heartbeat', jsonb_build_object('at', now()), monitoring.current_cron_run()
  );
end
$function$;

comment on function "monitoring"."send_heartbeat"() is 'Has the notify function call settings.heartbeat_url; returns the id in function_calls, or null where there is none to call.';

revoke all on function "monitoring"."send_heartbeat"() from public;

grant execute on function "monitoring"."send_heartbeat"() to "postgres";

-- schemas/monitoring/functions/sendable_notifications

create or replace function monitoring.sendable_notifications (
  asked   monitoring.notifications,
  channel monitoring.channels,
  at      timestamp with time zone
)
  returns bigint[]
  language plpgsql
  stable
  set search_path to ''
  AS $function$
begin
  return (
    with candidate as (
      select n.id, n.event_id
      from monitoring.notifications as n
      where n.channel_id = asked.channel_id and n.group_key = asked.group_key
        and n.status = 'queued' and n.due_at <= at
        and case
          when asked.message_id is not null then n.message_id = asked.message_id
          when channel.group_seconds = 0 or asked.event_id is null then n.id = asked.id
          else n.message_id is null
        end
    )
    select coalesce(array_agg(c.id order by c.id), '{}')
    from candidate as c
    -- What happened to an alert is told in order: an end that overtakes its beginning would leave an
    -- incident open for ever.
    where not exists (
      select
      from monitoring.alert_events as e
      join monitoring.alert_events as before on before.alert_id = e.alert_id and before.id < e.id
      join monitoring.notifications as earlier
        on earlier.event_id = before.id and earlier.channel_id = asked.channel_id
      where e.id = c.event_id and earlier.status in ('queued', 'sending')
        and not exists (select from candidate as same where same.id = earlier.id)
    )
  );
end
$function$;

comment on function
  "monitoring"."sendable_notifications"(monitoring.notifications, monitoring.channels, timestamp
  with time zone) is 'What goes out with a notification: the rest of its message, or what of its group is due.';

revoke all
  on function
    "monitoring"."sendable_notifications"(monitoring.notifications, monitoring.channels, timestamp
    with time zone)
  from public;

grant execute
  on function
    "monitoring"."sendable_notifications"(monitoring.notifications, monitoring.channels, timestamp
    with time zone)
  to "postgres";

-- schemas/monitoring/functions/series_members

create or replace function monitoring.series_members (
  org_id      uuid,
  source      monitoring.source,
  resource_id uuid
)
  returns SETOF uuid
  language sql
  stable
  set search_path to ''
  AS $function$
  select w.id
  from public.webhooks as w
  where series_members.source = 'delivery'
    and w.org_id = series_members.org_id
    and series_members.resource_id in (w.id, w.org_id)
  union all
  select series_members.resource_id
  where series_members.source <> 'delivery'
$function$;

comment on function "monitoring"."series_members"(uuid, monitoring.source, uuid) is
  'Whose rollups a series is made of: of an org''s deliveries those of all its webhooks.';

revoke all on function "monitoring"."series_members"(uuid, monitoring.source, uuid) from public;

grant execute on function "monitoring"."series_members"(uuid, monitoring.source, uuid) to "postgres";

-- schemas/monitoring/functions/series_name

create or replace function monitoring.series_name (
  series monitoring.watched_series
)
  returns text
  language sql
  stable
  set search_path to ''
  AS $function$
  select coalesce(
    (select w.url from public.webhooks as w where series.source = 'delivery' and w.id = series.resource_id),
    (
      select r.name
      from public.automation_rules as r
      where series.source = 'execution' and r.id = series.resource_id
    ),
    (select o.name from public.orgs as o where o.id = series.org_id)
  )
$function$;

comment on function "monitoring"."series_name"(monitoring.watched_series) is
  'Of what a watched series is: a webhook''s address, a rule''s name, or the org''s.';

revoke all on function "monitoring"."series_name"(monitoring.watched_series) from public;

grant execute
  on function "monitoring"."series_name"(monitoring.watched_series)
  to "authenticated", "postgres", "service_role";

-- schemas/monitoring/functions/series_noise

create or replace function monitoring.series_noise (
  moments   double precision[],
  predicted double precision,
  average   double precision
)
  returns double precision
  language plpgsql
  immutable
  set search_path to ''
  AS $function$
declare
  variance constant double precision := moments[2] - moments[1] * moments[1];
  slope double precision := 0;
  floor_ double precision;
begin
  if moments[2] <= 0 then
    return average;
  end if;
  if variance > 1e-9 * moments[2] then
    slope := greatest((moments[4] - moments[1] * moments[3]) / variance, 0);
  end if;
  floor_ := greatest(moments[3] - slope * moments[1], 0.2 * moments[3]);
  slope := greatest((moments[3] - floor_) / greatest(moments[1], 1e-9), 0);
  return least(greatest(floor_ + slope * abs(predicted), 0.3 * average), 3 * average);
end
$function$;

comment on function
  "monitoring"."series_noise"(double precision[], double precision, double precision) is
  'The mean deviation to expect where so much is predicted: a line fitted to deviations so far (never falling, never through less than a fifth of their mean), between 0.3 and 3 times the average one. The moments are the means of: predictions, their squares, deviations, and products of both.';

revoke all
  on function "monitoring"."series_noise"(double precision[], double precision, double precision)
  from public;

grant execute
  on function "monitoring"."series_noise"(double precision[], double precision, double precision)
  to "postgres";

-- schemas/monitoring/functions/series_surprise

create or replace function monitoring.series_surprise (
  tail      double precision[],
  deviation double precision,
  threshold double precision,
  rate      double precision,
  cap       double precision,
  once      boolean
)
  returns double precision[]
  language plpgsql
  immutable
  set search_path to ''
  AS $function$
declare
  -- How many excesses the mean remembers.
  memory constant double precision := 60;
  size constant double precision := abs(deviation);
  goes_on constant boolean := tail[4] * deviation > 0 and abs(tail[4]) > threshold;
begin
  -- Beyond the threshold excesses are exponential: P(size > x) = share * exp(-(x - threshold) / excess).
  tail[5] := case
    when size > threshold then ((size - threshold) / tail[2] - ln(tail[1])) / ln(10::double precision)
    else 0
  end;
  tail[1] := greatest(tail[1] + rate * ((size > threshold)::integer - tail[1]), 0.005);
  if size > threshold and not (once and goes_on) then
    tail[3] := tail[3] + 1;
    tail[2] := greatest(
      tail[2] + greatest(1 / (tail[3] + 5), 1 / memory)
        * (least(size - threshold, cap * tail[2]) - tail[2]),
      0.25
    );
  end if;
  tail[4] := deviation;
  return tail;
end
$function$;

comment on function
  "monitoring"."series_surprise"(double precision[], double precision, double precision, double
  precision, double precision, boolean) is 'How unlikely so large a deviation is, as a negative power of ten (3 is one in a thousand), by the deviations so far beyond the threshold, of which this one then is one (peaks over threshold, Pickands 1975, with the exponential tail). An excess counts as `cap` times the mean at most, and of several in a row only the first if `once`. The tail is: the share that is beyond, the mean excess, how many there were, the last deviation; returned with the surprise as its fifth number.';

revoke all
  on function
    "monitoring"."series_surprise"(double precision[], double precision, double precision, double
    precision, double precision, boolean)
  from public;

grant execute
  on function
    "monitoring"."series_surprise"(double precision[], double precision, double precision, double
    precision, double precision, boolean)
  to "postgres";

-- schemas/monitoring/functions/series_values

create or replace function monitoring.series_values (
  series_ids bigint[],
  until      timestamp with time zone,
  since      timestamp with time zone default null::timestamp with time zone
)
  returns table (
    series_id bigint,
    at        timestamp with time zone,
    value     double precision
  )
  language plpgsql
  stable
  set search_path to ''
  set jit to 'off'
  AS $function$
declare
  -- Of fewer finished rows a ratio or a percentile says nothing.
  sample constant bigint := 20;
begin
  return query
  with series as materialized (
    select w.id, w.org_id, w.source, w.resource_id, w.metric,
      coalesce(series_values.since, w.scored_until) as since
    from monitoring.watched_series as w
    where w.id = any (series_ids)
  ),
  resource as materialized (
    select s.org_id, s.source, s.resource_id, min(s.since) as since,
      bool_or(s.metric = 'delivery_p95_ms') as percentiles
    from series as s
    group by s.org_id, s.source, s.resource_id
  ),
  part as materialized (
    select g.org_id, g.resource_id, g.percentiles, r.source, r.starts_at, r.pending, r.succeeded, r.failed, r.bins
    from resource as g
    cross join lateral monitoring.series_members(g.org_id, g.source, g.resource_id) as member
    cross join lateral (
      select x.*
      from monitoring.rollups as x
      where x.source = g.source
        and x.resource_id = member
        and x.starts_at >= g.since
        and x.starts_at < series_values.until
      offset 0
    ) as r
  ),
  hour as (
    select p.org_id, p.source, p.resource_id, p.starts_at,
      sum(p.pending + p.succeeded + p.failed) as begun,
      sum(p.succeeded + p.failed)::bigint as finished,
      sum(p.failed) as failed
    from part as p
    group by p.org_id, p.source, p.resource_id, p.starts_at
  ),
  durations as (
    select p.org_id, p.source, p.resource_id, p.starts_at, array_agg(element::bigint) as bins
    from part as p
    cross join lateral unnest(p.bins) as element
    where p.percentiles
    group by p.org_id, p.source, p.resource_id, p.starts_at
  )
  select s.id, h.at, v.value
  from series as s
  cross join lateral generate_series(
    s.since, series_values.until - interval '1 hour', interval '1 hour'
  ) as h (at)
  left join hour as k
    on k.org_id = s.org_id and k.source = s.source and k.resource_id = s.resource_id and k.starts_at = h.at
  left join durations as d
    on s.metric = 'delivery_p95_ms'
    and d.org_id = s.org_id and d.source = s.source and d.resource_id = s.resource_id and d.starts_at = h.at
  cross join lateral (
    select case
      when s.metric in ('deliveries', 'executions', 'api_requests') then coalesce(k.begun, 0)
      when s.metric = 'failed_api_requests' then coalesce(k.failed, 0)
      when coalesce(k.finished, 0) < sample then null
      when s.metric = 'delivery_p95_ms' then
        (monitoring.add_durations(null, null, null, d.bins, k.finished)).p95_ms
      else 100.0 * k.failed / k.finished
    end::double precision as value
  ) as v
  where v.value is not null;
end
$function$;

comment on function "monitoring"."series_values"(bigint[], timestamp with time zone, timestamp
  with time zone) is 'The hours of watched series that are not scored yet, or all from `since` on: from the rollups, so as of the last refresh. Counts are 0 in hours without any; ratios and percentiles are only of 20 finished rows or more.';

revoke all
  on function "monitoring"."series_values"(bigint[], timestamp with time zone, timestamp
    with time zone)
  from public;

grant execute
  on function "monitoring"."series_values"(bigint[], timestamp with time zone, timestamp
    with time zone)
  to "postgres";

-- schemas/monitoring/functions/set_acknowledgement

create or replace function monitoring.set_acknowledgement (
  alert_id           uuid,
  acknowledged_by    uuid,
  acknowledged_at    timestamp with time zone,
  acknowledged_until timestamp with time zone
)
  returns void
  language plpgsql
  set search_path to ''
  AS $function$
declare
  found_state text;
begin
  update monitoring.alerts as a
  set acknowledged_by = set_acknowledgement.acknowledged_by,
    acknowledged_at = set_acknowledgement.acknowledged_at,
    acknowledged_until = set_acknowledgement.acknowledged_until
  where a.id = alert_id and a.state <> 'resolved';
  if found then
    return;
  end if;
  select a.state into found_state from monitoring.alerts as a where a.id = alert_id;
  if found_state is null then
    raise exception 'There is no such alert.'
      using errcode = 'PT404', detail = 'alert_not_found', hint = 'alert_id';
  elsif found_state = 'resolved' then
    raise exception 'This alert is resolved.'
      using errcode = 'PT409', detail = 'resolved', hint = 'alert_id';
  end if;
  raise exception 'Viewers acknowledge nothing: ask a member of the org.'
    using errcode = 'PT403', detail = 'not_allowed', hint = 'alert_id';
end
$function$;

comment on function "monitoring"."set_acknowledgement"(uuid, uuid, timestamp
  with time zone, timestamp with time zone) is 'Changes the acknowledgement of an open alert, as the caller. Raises PT404 (also for another org''s), PT409 or PT403.';

revoke all
  on function "monitoring"."set_acknowledgement"(uuid, uuid, timestamp with time zone, timestamp
    with time zone)
  from public;

grant execute
  on function "monitoring"."set_acknowledgement"(uuid, uuid, timestamp with time zone, timestamp
    with time zone)
  to "authenticated", "postgres", "service_role";

-- schemas/monitoring/functions/share_of_bill

create or replace function monitoring.share_of_bill (
  item  text,
  units numeric
)
  returns numeric
  language plpgsql
  stable
  set search_path to ''
  AS $function$
begin
  return (
    select p.price * share_of_bill.units * case
      when u.used > p.included then 1 - p.included / u.used
      when u.used is not null then 0
    end
    from monitoring.prices as p
    cross join monitoring.used_units(p.item) as u (used)
    where p.item = share_of_bill.item
  );
end
$function$;

comment on function "monitoring"."share_of_bill"(text, numeric) is 'What so many units cost, when everyone bears the same share of what the plan does not include; null when the price or the use of all is not known.';

revoke all on function "monitoring"."share_of_bill"(text, numeric) from public;

grant execute on function "monitoring"."share_of_bill"(text, numeric) to "postgres";

-- schemas/monitoring/functions/sign_request

create or replace function monitoring.sign_request (
  id      text,
  sent_at bigint,
  body    text
)
  returns text
  language plpgsql
  stable
  set search_path to ''
  AS $function$
begin
  return (
    select 'v1,' || encode(
      extensions.hmac(
        convert_to(concat_ws('.', sign_request.id, sign_request.sent_at, sign_request.body), 'UTF8'),
        decode(key.decrypted_secret, 'base64'),
        'sha256'
      ),
      'base64'
    )
    from vault.decrypted_secrets as key
    where key.name = 'everwatch_request_key'
  );
end
$function$;

comment on function "monitoring"."sign_request"(text, bigint, text) is 'The signature of a request: of its id, the time (unix seconds) and the body as it is sent. See standardwebhooks.com.';

revoke all on function "monitoring"."sign_request"(text, bigint, text) from public;

grant execute on function "monitoring"."sign_request"(text, bigint, text) to "postgres";

-- schemas/monitoring/functions/signed

create or replace function monitoring.signed (
  number double precision
)
  returns text
  language sql
  immutable
  set search_path to ''
  AS $function$
  select case when round(number::numeric, 1) > 0 then '+' else '' end
    || case when abs(number) < 10 then trim_scale(round(number::numeric, 1)) else round(number::numeric) end
$function$;

comment on function "monitoring"."signed"(double precision) is 'A number as one says it: with its sign, and a digit after the point if it is below 10.';

revoke all on function "monitoring"."signed"(double precision) from public;

grant execute on function "monitoring"."signed"(double precision) to "postgres";

-- schemas/monitoring/functions/slow_query_conditions

create or replace function monitoring.slow_query_conditions (
  at     timestamp with time zone,
  org_id uuid                     default null::uuid
)
  returns SETOF monitoring.condition
  language plpgsql
  stable
  security definer
  set search_path to ''
  AS $function$
begin
  return query
  select distinct on (q.query_id)
    null::uuid,
    p.type,
    s.severity,
    'database',
    q.query_id,
    current_database()::text,
    q.message,
    q.seconds,
    case s.severity when 'critical' then p.critical else p.warning end
  from monitoring.alert_policies as p
  cross join lateral (
    select r.query_id, r.seconds,
      format('Query of %s has been running for %s seconds (pid %s)', r.role, r.seconds, r.pid) as message
    from monitoring.running_queries(least(p.warning, p.critical)) as r
    union all
    select f.query_id, f.seconds, format('Query of %s took %s seconds', f.role, f.seconds)
    from monitoring.slow_statements as f
    where f.seen_at > slow_query_conditions.at - interval '1 minute'
      and f.seen_at <= slow_query_conditions.at
  ) as q
  -- All are over one of the thresholds, if only by what rounding took away.
  cross join lateral (
    select case when q.seconds > p.critical or p.warning is null then 'critical' else 'warning' end
  ) as s (severity)
  where p.type = 'slow_query'
    and p.enabled
    and slow_query_conditions.org_id is null
    and (select monitoring.reads_every_org())
  order by q.query_id, q.seconds desc;
end
$function$;

comment on function "monitoring"."slow_query_conditions"(timestamp
  with time zone, uuid) is 'Queries that run for too long now, or did in the last minute; nothing for callers who do not read every org. resource_id is the query''s id in pg_stat_statements.';

revoke all
  on function "monitoring"."slow_query_conditions"(timestamp with time zone, uuid)
  from public;

grant execute
  on function "monitoring"."slow_query_conditions"(timestamp with time zone, uuid)
  to "postgres", "service_role";

-- schemas/monitoring/functions/span_in_words

create or replace function monitoring.span_in_words (
  span interval
)
  returns text
  language plpgsql
  immutable
  strict
  set search_path to ''
  AS $function$
declare
  seconds constant numeric := extract(epoch from span);
begin
  return case
    when seconds < 120 then format('%s seconds', greatest(round(seconds), 0))
    when seconds < 7200 then format('%s minutes', round(seconds / 60))
    when seconds < 172800 then format('%s hours', round(seconds / 3600))
    else format('%s days', round(seconds / 86400))
  end;
end
$function$;

comment on function "monitoring"."span_in_words"(interval) is 'A length of time for people, in the largest unit that says it with two digits or so.';

revoke all on function "monitoring"."span_in_words"(interval) from public;

grant execute on function "monitoring"."span_in_words"(interval) to "postgres";

-- schemas/monitoring/functions/start_backfill

create or replace function monitoring.start_backfill()
  returns SETOF monitoring.backfills
  language sql
  set search_path to ''
  AS $function$
  insert into monitoring.backfills as b (source, oldest_row_at)
  select r.source, bounds.oldest
  from monitoring.raw_tables as r
  cross join lateral monitoring.raw_bounds(r.source, 'infinity') as bounds
  on conflict (source) do update
  set started_at = excluded.started_at,
    oldest_row_at = excluded.oldest_row_at,
    done_since = excluded.done_since,
    rows_done = 0,
    finished_at = null
  returning *
$function$;

comment on function "monitoring"."start_backfill"() is 'Has the history of all raw tables rolled up by `backfill()`, from the start: call it after rows came in without triggers.';

revoke all on function "monitoring"."start_backfill"() from public;

grant execute on function "monitoring"."start_backfill"() to "postgres";

-- schemas/monitoring/functions/state_anomalies

create or replace function monitoring.state_anomalies (
  at timestamp with time zone default now()
)
  returns void
  language plpgsql
  set search_path to ''
  AS $function$
begin
  perform monitoring.state_insights(
    'anomaly',
    array(
      select row(
        w.org_id,
        'warning',
        case when w.resource_id = w.org_id then 'org' when w.source = 'delivery' then 'webhook' else 'rule' end,
        w.resource_id::text,
        monitoring.series_name(w),
        w.metric,
        monitoring.describe_anomaly(w.metric, w.said, w.missing),
        to_jsonb(w.said) - 'status' - 'unusual'
      )::monitoring.statement
      from monitoring.unusual_series(state_anomalies.at, monitoring.orgs_asked(null)) as w
    ),
    state_anomalies.at
  );
end
$function$;

comment on function "monitoring"."state_anomalies"(timestamp
  with time zone) is 'States what is unusual of the watched series as insights; the schedule calls it each minute.';

revoke all on function "monitoring"."state_anomalies"(timestamp with time zone) from public;

grant execute on function "monitoring"."state_anomalies"(timestamp with time zone) to "postgres";

-- schemas/monitoring/functions/state_insights

create or replace function monitoring.state_insights (
  kind       text,
  statements monitoring.statement[],
  at         timestamp with time zone default now()
)
  returns void
  language plpgsql
  set search_path to ''
  AS $function$
begin
  perform monitoring.check_insight_kind(state_insights.kind);

  -- In one order for all, so that two who state the same wait for each other and never in a circle. An
  -- older statement that comes late changes nothing.
  insert into monitoring.insights as i (
    org_id, kind, severity, resource_type, resource_id, resource_name, metric, sentence, detail,
    first_stated_at, last_stated_at
  )
  select distinct on (f.fingerprint)
    s.org_id, state_insights.kind, s.severity, s.resource_type, s.resource_id, s.resource_name, s.metric,
    s.sentence, coalesce(s.detail, '{}'), state_insights.at, state_insights.at
  from unnest(statements) as s
  cross join lateral monitoring.fingerprint(
    s.org_id, state_insights.kind || '.' || s.metric, s.resource_type, s.resource_id
  ) as f (fingerprint)
  where not exists (
      select
      from monitoring.disabled_insights as d
      where d.kind = state_insights.kind
        and (d.org_id = s.org_id or (d.org_id is null and s.org_id is null))
    )
    -- One of an org that was deleted meanwhile is nobody's.
    and (s.org_id is null or exists (select from public.orgs as o where o.id = s.org_id))
  order by f.fingerprint
  on conflict (fingerprint) where ended_at is null do update
  set severity = excluded.severity,
    resource_name = excluded.resource_name,
    sentence = excluded.sentence,
    detail = excluded.detail,
    last_stated_at = excluded.last_stated_at
  where i.last_stated_at <= excluded.last_stated_at;

  update monitoring.insights as i
  set ended_at = state_insights.at
  where i.kind = state_insights.kind
    and i.ended_at is null
    and i.last_stated_at < state_insights.at;
end
$function$;

comment on function "monitoring"."state_insights"(text, monitoring.statement[], timestamp
  with time zone) is 'States all that is true of a kind as of `at`, of every org: what is new opens, what is open already is stated anew and keeps its answers, and what is not among them ends. Of two statements about the same, one is taken. The same call again changes nothing.';

revoke all
  on function "monitoring"."state_insights"(text, monitoring.statement[], timestamp with time zone)
  from public;

grant execute
  on function "monitoring"."state_insights"(text, monitoring.statement[], timestamp with time zone)
  to "postgres";

-- schemas/monitoring/functions/state_predictions

create or replace function monitoring.state_predictions (
  at timestamp with time zone default now()
)
  returns void
  language plpgsql
  set search_path to ''
  AS $function$
begin
  perform monitoring.sample_capacity(state_predictions.at);
  perform monitoring.state_insights(
    'prediction', array(select p from monitoring.predictions(state_predictions.at) as p), state_predictions.at
  );
end
$function$;

comment on function "monitoring"."state_predictions"(timestamp
  with time zone) is 'States what is expected to run out as insights; the schedule calls it each minute.';

revoke all on function "monitoring"."state_predictions"(timestamp with time zone) from public;

grant execute on function "monitoring"."state_predictions"(timestamp with time zone) to "postgres";

-- schemas/monitoring/functions/state_savings

create or replace function monitoring.state_savings (
  at          timestamp with time zone default now(),
  least_bytes bigint                   default 1000000
)
  returns integer
  language plpgsql
  set search_path to ''
  AS $function$
declare
  currency constant text := (select min(p.currency) from monitoring.prices as p);
  statements monitoring.statement[];
begin
  -- A second run at the same time has nothing to add.
  if not pg_try_advisory_xact_lock(hashtextextended('monitoring.state_savings', 0)) then
    return null;
  end if;
  perform monitoring.measure_costs(at);

  with found as (
    select * from monitoring.retention_savings(at)
    union all
    select * from monitoring.pending_savings(at)
    union all
    select * from monitoring.index_savings(at)
    union all
    select * from monitoring.fruitless_savings(at)
  ),
  ranked as (
    select f.*, m.money,
      row_number() over (partition by f.org_id order by f.bytes desc, f.metric, f.resource_id) as place
    from found as f
    cross join lateral monitoring.saved_money('disk', f.bytes / 1e9) as m (money)
    where f.bytes >= least_bytes
      -- Who answered that it was expected is not told again, until that is taken back.
      and not exists (
        select
        from monitoring.insights as i
        where i.kind = 'cost' and i.expected_at is not null
          and i.fingerprint = monitoring.fingerprint(f.org_id, 'cost.' || f.metric, f.resource_type, f.resource_id)
      )
  )
  select array_agg(
    row(
      r.org_id, 'info', r.resource_type, r.resource_id, r.resource_name, r.metric,
      r.sentence || case
        when r.money is null then '.'
        when r.money = 0 then '; the plan includes that much.'
        else format('; that is %s %s a month.', currency, to_char(r.money, 'FM999,999,990.00'))
      end,
      r.detail || jsonb_build_object('bytes', r.bytes, 'money_per_month', round(r.money, 6), 'currency', currency)
    )::monitoring.statement
  )
  into statements
  from ranked as r
  where r.place <= 3;

  perform monitoring.state_insights('cost', coalesce(statements, '{}'), at);
  return coalesce(cardinality(statements), 0);
end
$function$;

comment on function "monitoring"."state_savings"(timestamp
  with time zone, bigint) is 'Measures what everyone uses and states the three largest savings of the operator and of each org, of least_bytes or more, as insights of the kind cost; those that are no longer true end. Returns how many they are; null when another run is at it.';

revoke all on function "monitoring"."state_savings"(timestamp with time zone, bigint) from public;

grant execute
  on function "monitoring"."state_savings"(timestamp with time zone, bigint)
  to "postgres";

-- schemas/monitoring/functions/store_api_requests

create or replace function monitoring.store_api_requests (
  events  jsonb,
  ids     uuid[],
  checked boolean
)
  returns void
  language plpgsql
  set search_path to ''
  set plan_cache_mode to 'force_generic_plan'
  AS $function$
declare
  known constant uuid[] := array(select l.id from public.api_audit_logs as l where l.id = any (ids));
begin
  insert into public.api_audit_logs (
    id, org_id, request_id, api_key_id, method, path, resource_type, status_code, duration_ms, ip,
    user_agent, created_at, bytes_out
  )
  select coalesce(e.id, gen_random_uuid()), e.org_id, e.request_id, e.api_key_id, e.method, e.path,
    e.resource_type, e.status_code, e.duration_ms, e.ip, e.user_agent, coalesce(e.created_at, now()),
    e.bytes_out
  from jsonb_array_elements(events) with ordinality as _ (body, position)
  cross join lateral jsonb_to_record(body) as e (
    id uuid, org_id uuid, request_id text, api_key_id uuid, method text, path text, resource_type text,
    status_code integer, duration_ms integer, ip inet, user_agent text, created_at timestamptz,
    bytes_out bigint
  )
  where body ->> 'type' = 'api_request'
    and case
      when checked
        or to_jsonb(e) @> body - '{type,index,created_at}'::text[]
          and (
            body ->> 'created_at' is null
            or body ->> 'created_at' like '____-__-__T__:__:__%'
              and translate(body ->> 'created_at', '0123456789', '') in ('--T::Z', '--T::.Z', '--T::+:', '--T::.+:')
              and e.created_at <= now() + interval '5 minutes'
          )
        then e.id is null or e.id <> all (known)
      else monitoring.refuse_batch()
    end
  order by position;
end
$function$;

comment on function "monitoring"."store_api_requests"(jsonb, uuid[], boolean) is
  'Stores the API requests among events, whose ids are given too.';

revoke all on function "monitoring"."store_api_requests"(jsonb, uuid[], boolean) from public;

grant execute
  on function "monitoring"."store_api_requests"(jsonb, uuid[], boolean)
  to "postgres", "service_role";

-- schemas/monitoring/functions/store_deploys

create or replace function monitoring.store_deploys (
  events jsonb
)
  returns void
  language plpgsql
  set search_path to ''
  AS $function$
begin
  insert into public.deploys (id, org_id, service, version, deployed_at, next_look_at)
  select coalesce(e.id, gen_random_uuid()), e.org_id, e.service, e.version, at.time, at.time
  from jsonb_array_elements(events) as body
  cross join lateral jsonb_to_record(body) as e (
    id uuid, org_id uuid, service text, version text, at timestamptz
  )
  cross join lateral (select coalesce(e.at, now())) as at (time)
  where body ->> 'type' = 'deploy'
  -- In one order for all, so that batches with the same deploys cannot deadlock.
  order by e.org_id, e.service, e.version, at.time
  on conflict do nothing;
end
$function$;

comment on function "monitoring"."store_deploys"(jsonb) is 'Stores the deploys among events. One of the same service and version at the same time is known.';

revoke all on function "monitoring"."store_deploys"(jsonb) from public;

grant execute on function "monitoring"."store_deploys"(jsonb) to "postgres", "service_role";

-- schemas/monitoring/functions/store_events

create or replace function monitoring.store_events (
  events  jsonb,
  checked boolean
)
  returns jsonb
  language plpgsql
  set search_path to ''
  AS $function$
declare
  types text[];
  ids uuid[];
  refused jsonb := jsonb '[]';
begin
  select array_agg(distinct body ->> 'type'), array_agg((body ->> 'id')::uuid) filter (where body ->> 'id' is not null)
  into types, ids
  from jsonb_array_elements(events) as body;

  -- Metrics and deploys are plain in no case: what is wrong with one is seen only when it is looked at.
  if not types <@ '{webhook_delivery,rule_execution,api_request,rate_limit,metric,deploy}'
    or types && '{metric,deploy}' and not checked
  then
    perform monitoring.refuse_batch();
  end if;
  if monitoring.claim_ids(ids) < cardinality(ids) then
    events := monitoring.without_repeats(events);
  end if;
  if 'webhook_delivery' = any (types) then
    perform monitoring.store_webhook_deliveries(events, ids, checked);
  end if;
  if 'rule_execution' = any (types) then
    perform monitoring.store_rule_executions(events, ids, checked);
  end if;
  if 'api_request' = any (types) then
    perform monitoring.store_api_requests(events, ids, checked);
  end if;
  if 'rate_limit' = any (types) then
    perform monitoring.store_rate_limits(events, checked);
  end if;
  if 'metric' = any (types) then
    refused := monitoring.store_metrics(events);
  end if;
  if 'deploy' = any (types) then
    perform monitoring.store_deploys(events);
  end if;
  perform monitoring.watch_scheduler();
  return refused;
end
$function$;

comment on function "monitoring"."store_events"(jsonb, boolean) is 'Stores events that are good, and returns rejections of metrics for which their org has no room; raises data_exception or integrity_constraint_violation when one is not, or is not plain and was not `checked`.';

revoke all on function "monitoring"."store_events"(jsonb, boolean) from public;

grant execute on function "monitoring"."store_events"(jsonb, boolean) to "postgres", "service_role";

-- schemas/monitoring/functions/store_metrics

create or replace function monitoring.store_metrics (
  events jsonb
)
  returns jsonb
  language plpgsql
  set search_path to ''
  AS $function$
declare
  refused jsonb;
begin
  perform monitoring.add_metric_series(events);

  with event as materialized (
    select e.*, s.id as series_id
    from monitoring.metric_events(events) as e
    left join public.metric_series as s
      on s.org_id = e.org_id and s.name = e.name and s.kind = e.kind
        and md5(s.labels::text) = md5(e.labels::text)
  ),
  point as (
    insert into monitoring.metric_points (id, series_id, at, value, count)
    select id, series_id, at, value, count from event where series_id is not null order by id
    on conflict (id) do nothing
    returning *
  ),
  placed as (
    select point.*, date_trunc('hour', point.at, 'UTC') as hour, series.org_id, series.kind,
      case when value > 0 then ceil(ln(value) / ln(1.02::double precision))::text else 'zero' end as bin
    from point
    join public.metric_series as series on series.id = point.series_id
  ),
  counted as (
    select series_id, hour, jsonb_object_agg(bin, count) as bins
    from (
      select series_id, hour, bin, sum(count) as count
      from placed where kind = 'histogram'
      group by series_id, hour, bin
    ) as of_bin
    group by series_id, hour
  ),
  added as (
    insert into public.metric_rollups as known
      (org_id, series_id, hour, count, sum, min, max, last, last_at, bins)
    select org_id, series_id, hour, sum(count), sum(value * count), min(value), max(value),
      (array_agg(value order by at desc))[1], max(at), (array_agg(counted.bins))[1]
    from placed
    left join counted using (series_id, hour)
    group by org_id, series_id, hour
    order by org_id, series_id, hour
    on conflict (org_id, series_id, hour) do update
    set count = known.count + excluded.count,
      sum = known.sum + excluded.sum,
      min = least(known.min, excluded.min),
      max = greatest(known.max, excluded.max),
      last = case when excluded.last_at >= known.last_at then excluded.last else known.last end,
      last_at = greatest(known.last_at, excluded.last_at),
      bins = monitoring.add_bins(known.bins, excluded.bins)
  )
  select coalesce(jsonb_agg(jsonb_build_object(
    'index', index, 'code', 'limit_exceeded', 'field', 'labels',
    'message', format(
      'would begin another series, and the org has %s already: use labels of few values', series_per_org
    )
  ) order by index), '[]')
  into refused
  from event
  cross join monitoring.metric_settings
  where series_id is null;
  return refused;
end
$function$;

comment on function "monitoring"."store_metrics"(jsonb) is 'Stores values of metrics and adds them to their hours; returns a rejection of each for which its org has too many series.';

revoke all on function "monitoring"."store_metrics"(jsonb) from public;

grant execute on function "monitoring"."store_metrics"(jsonb) to "postgres", "service_role";

-- schemas/monitoring/functions/store_rate_limits

create or replace function monitoring.store_rate_limits (
  events  jsonb,
  checked boolean
)
  returns void
  language plpgsql
  set search_path to ''
  AS $function$
begin
  insert into public.api_rate_limits as known (
    org_id, key_type, identifier, window_start, window_seconds, request_count, limit_max, updated_at
  )
  select distinct on (org_id, key_type, identifier, window_start)
    org_id, key_type, identifier, window_start, window_seconds,
    max(request_count) over (partition by org_id, key_type, identifier, window_start),
    limit_max, now()
  from (
    select position, e.org_id, e.key_type, e.identifier, e.request_count, e.limit_max,
      length.window_seconds,
      coalesce(
        e.window_start, date_bin(make_interval(secs => length.window_seconds), now(), 'epoch')
      ) as window_start
    from jsonb_array_elements(events) with ordinality as _ (body, position)
    cross join lateral jsonb_to_record(body) as e (
      id uuid, org_id uuid, key_type text, identifier text, window_start timestamptz,
      window_seconds integer, request_count integer, limit_max integer
    )
    cross join lateral (select coalesce(e.window_seconds, 60)) as length (window_seconds)
    where body ->> 'type' = 'rate_limit'
      and case
        when checked
          or to_jsonb(e) @> body - '{type,index,window_start}'::text[]
            and (
              body ->> 'window_start' is null
              or body ->> 'window_start' like '____-__-__T__:__:__%'
              and translate(body ->> 'window_start', '0123456789', '') in ('--T::Z', '--T::.Z', '--T::+:', '--T::.+:')
              and e.window_start <= now() + interval '5 minutes'
            )
          then true
        else monitoring.refuse_batch()
      end
  ) as report
  -- In one order for all, so that batches with the same windows cannot deadlock.
  order by org_id, key_type, identifier, window_start, position desc
  on conflict (org_id, key_type, identifier, window_start) do update
  set window_seconds = excluded.window_seconds,
    request_count = greatest(known.request_count, excluded.request_count),
    limit_max = excluded.limit_max,
    updated_at = excluded.updated_at;
end
$function$;

comment on function "monitoring"."store_rate_limits"(jsonb, boolean) is 'Stores the use of rate limits among events: of each window, the highest count reported.';

revoke all on function "monitoring"."store_rate_limits"(jsonb, boolean) from public;

grant execute
  on function "monitoring"."store_rate_limits"(jsonb, boolean)
  to "postgres", "service_role";

-- schemas/monitoring/functions/store_rule_executions

create or replace function monitoring.store_rule_executions (
  events  jsonb,
  ids     uuid[],
  checked boolean
)
  returns void
  language plpgsql
  set search_path to ''
  set plan_cache_mode to 'force_generic_plan'
  AS $function$
declare
  known constant uuid[] := array(select x.id from public.rule_executions as x where x.id = any (ids));
begin
  insert into public.rule_executions (
    id, org_id, rule_id, status, duration_ms, affected_contacts, error, executed_at
  )
  select coalesce(e.id, gen_random_uuid()),
    (select r.org_id from public.automation_rules as r where r.id = e.rule_id),
    e.rule_id, e.status, e.duration_ms, e.affected_contacts, e.error, coalesce(e.executed_at, now())
  from jsonb_array_elements(events) with ordinality as _ (body, position)
  cross join lateral jsonb_to_record(body) as e (
    id uuid, rule_id uuid, status text, duration_ms integer, affected_contacts integer, error text,
    executed_at timestamptz
  )
  where body ->> 'type' = 'rule_execution'
    and case
      when checked
        or to_jsonb(e) @> body - '{type,index,executed_at}'::text[]
          and (
            body ->> 'executed_at' is null
            or body ->> 'executed_at' like '____-__-__T__:__:__%'
              and translate(body ->> 'executed_at', '0123456789', '') in ('--T::Z', '--T::.Z', '--T::+:', '--T::.+:')
              and e.executed_at <= now() + interval '5 minutes'
          )
        then e.id is null or e.id <> all (known)
      else monitoring.refuse_batch()
    end
  order by position;
end
$function$;

comment on function "monitoring"."store_rule_executions"(jsonb, uuid[], boolean) is
  'Stores the executions among events, whose ids are given too.';

revoke all on function "monitoring"."store_rule_executions"(jsonb, uuid[], boolean) from public;

grant execute
  on function "monitoring"."store_rule_executions"(jsonb, uuid[], boolean)
  to "postgres", "service_role";

-- schemas/monitoring/functions/store_webhook_deliveries

create or replace function monitoring.store_webhook_deliveries (
  events  jsonb,
  ids     uuid[],
  checked boolean
)
  returns void
  language plpgsql
  set search_path to ''
  set plan_cache_mode to 'force_generic_plan'
  AS $function$
declare
  known uuid[];
  pending uuid[];
  finished public.webhook_deliveries[];
begin
  select coalesce(array_agg(d.id), '{}'), array_agg(d.id) filter (where d.status = 'pending')
  into known, pending
  from public.webhook_deliveries as d
  where d.id = any (ids);

  if pending <> '{}' then
    -- A pending one that finishes is taken out and stored again with the others: all of them are then
    -- counted in their order, and it goes where its time belongs.
    with outcome as materialized (
      select (body ->> 'id')::uuid as id, (body ->> 'webhook_id')::uuid as webhook_id
      from jsonb_array_elements(events) as body
      where body ->> 'type' = 'webhook_delivery' and body ->> 'status' <> 'pending'
    ),
    finishing as (
      delete from public.webhook_deliveries as d
      using outcome as o
      where d.id = any (pending) and d.id = o.id and d.webhook_id = o.webhook_id and d.status = 'pending'
      returning d
    )
    select array_agg(d) into finished from finishing;
  end if;

  insert into public.webhook_deliveries (
    id, org_id, webhook_id, event_type, status, status_code, attempt, duration_ms, error, sent_at, bytes_out
  )
  select coalesce(e.id, gen_random_uuid()),
    (select w.org_id from public.webhooks as w where w.id = e.webhook_id),
    e.webhook_id, coalesce(e.event_type, f.event_type), e.status, e.status_code,
    greatest(coalesce(e.attempt, 1), f.attempt), e.duration_ms, e.error, coalesce(e.sent_at, now()),
    coalesce(e.bytes_out, f.bytes_out)
  from jsonb_array_elements(events) with ordinality as _ (body, position)
  cross join lateral jsonb_to_record(body) as e (
    id uuid, webhook_id uuid, event_type text, status text, status_code integer, attempt integer,
    duration_ms integer, error text, sent_at timestamptz, bytes_out bigint
  )
  left join unnest(finished) as f on f.id = e.id
  where body ->> 'type' = 'webhook_delivery'
    and case
      when checked
        or to_jsonb(e) @> body - '{type,index,sent_at}'::text[]
          and (
            body ->> 'sent_at' is null
            or body ->> 'sent_at' like '____-__-__T__:__:__%'
              and translate(body ->> 'sent_at', '0123456789', '') in ('--T::Z', '--T::.Z', '--T::+:', '--T::.+:')
              and e.sent_at <= now() + interval '5 minutes'
          )
        then e.id is null or f.id is not null or e.id <> all (known)
      else monitoring.refuse_batch()
    end
  order by position;
end
$function$;

comment on function "monitoring"."store_webhook_deliveries"(jsonb, uuid[], boolean) is
  'Stores the deliveries among events, whose ids are given too, and finishes those that were pending.';

revoke all on function "monitoring"."store_webhook_deliveries"(jsonb, uuid[], boolean) from public;

grant execute
  on function "monitoring"."store_webhook_deliveries"(jsonb, uuid[], boolean)
  to "postgres", "service_role";

-- schemas/monitoring/functions/student_p

create or replace function monitoring.student_p (
  t       double precision,
  freedom integer
)
  returns double precision
  language plpgsql
  immutable
  set search_path to ''
  AS $function$
declare
  angle constant double precision := atan(abs(t) / sqrt(freedom::double precision));
  square constant double precision := cos(angle) ^ 2;
  term double precision := case when freedom % 2 = 1 then cos(angle) else 1 end;
  total double precision := 0;
  k integer := case when freedom % 2 = 1 then 3 else 2 end;
begin
  -- 26.7.3 and 26.7.4: a sum of (freedom - 1) / 2 terms, or of freedom / 2.
  if freedom > 1 then
    total := term;
    while k <= freedom - 2 loop
      term := term * square * (k - 1) / k;
      total := total + term;
      k := k + 2;
    end loop;
  end if;
  return greatest(0, 1 - case
    when freedom % 2 = 1 then (angle + sin(angle) * total) * 2 / pi()
    else sin(angle) * total
  end);
end
$function$;

comment on function "monitoring"."student_p"(double precision, integer) is 'How likely Student''s t is to be as far from 0 as this, on either side.';

revoke all on function "monitoring"."student_p"(double precision, integer) from public;

grant execute on function "monitoring"."student_p"(double precision, integer) to "postgres";

-- schemas/monitoring/functions/student_t90

create or replace function monitoring.student_t90 (
  freedom integer
)
  returns double precision
  language plpgsql
  immutable
  set search_path to ''
  AS $function$
declare
  z constant double precision := 1.6448536269514722;
begin
  -- 26.7.5, within 0.2% from 4 degrees of freedom on.
  return z
    + (z ^ 3 + z) / 4 / freedom
    + (5 * z ^ 5 + 16 * z ^ 3 + 3 * z) / 96 / freedom ^ 2
    + (3 * z ^ 7 + 19 * z ^ 5 + 17 * z ^ 3 - 15 * z) / 384 / freedom ^ 3;
end
$function$;

comment on function "monitoring"."student_t90"(integer) is 'How far from 0, on either side, Student''s t is in 10% of cases.';

revoke all on function "monitoring"."student_t90"(integer) from public;

grant execute on function "monitoring"."student_t90"(integer) to "postgres";

-- schemas/monitoring/functions/suppression

create or replace function monitoring.suppression (
  alert        monitoring.alerts,
  owed         text,
  inhibited_by text[],
  at           timestamp with time zone
)
  returns text
  language sql
  stable
  set search_path to ''
  AS $function$
  select case
    when exists (
      select
      from monitoring.silences as s
      where (s.org_id = alert.org_id or (s.org_id is null and alert.org_id is null))
        and s.ends_at > suppression.at
        and monitoring.matches(s.matchers, alert)
    ) then 'silence'
    -- An acknowledgement answers what is known: it stops repeats, and not what is new.
    when owed = 'repeated' and alert.acknowledged_at is not null
      and coalesce(alert.acknowledged_until, 'infinity') > suppression.at then 'acknowledgement'
    when alert.org_id is not null and exists (
      select
      from monitoring.alerts as explanation
      where explanation.org_id is null
        and explanation.type = any (suppression.inhibited_by)
        and explanation.state in ('firing', 'recovering')
    ) then 'inhibition'
  end
$function$;

comment on function "monitoring"."suppression"(monitoring.alerts, text, text[], timestamp
  with time zone) is 'What holds back the notification that an alert owes (fired, escalated or repeated); null when nothing does.';

revoke all
  on function "monitoring"."suppression"(monitoring.alerts, text, text[], timestamp with time zone)
  from public;

grant execute
  on function "monitoring"."suppression"(monitoring.alerts, text, text[], timestamp with time zone)
  to "postgres";

-- schemas/monitoring/functions/system_metrics

create or replace function monitoring.system_metrics()
  returns jsonb
  language plpgsql
  stable
  security definer
  set search_path to ''
  AS $function$
declare
  operator constant boolean := monitoring.reads_every_org();
begin
  return (
    select jsonb_build_object(
      'refresh', jsonb_build_object(
        'every_seconds', extract(epoch from h.every)::integer,
        'late', h.late,
        'failing', h.failures > 0,
        'lag_ms', floor(extract(epoch from now() - h.refreshed_at) * 1000),
        'backlog', case when operator then (select count(*) from monitoring.changes) end,
        'last_run', jsonb_build_object(
          'started_at', run.started_at,
          'duration_ms', run.duration_ms,
          'lag_ms', run.lag_ms,
          'folded_rows', case when operator then run.folded_rows end,
          'backlog', case when operator then run.backlog end,
          'error', case when operator then run.error end
        )
      ),
      'history', (
        select jsonb_build_object(
          'complete', count(*) = 0,
          'complete_since', max(b.done_since) filter (where isfinite(b.done_since))
        )
        from monitoring.backfills as b
        where b.finished_at is null
      )
    )
    from monitoring.refresh_health() as h
    join monitoring.refresh_runs as run on run.id = h.last_run
  );
end
$function$;

comment on function "monitoring"."system_metrics"() is 'How the refreshes of the views go, and whether all history is rolled up: if not, since when it is.';

revoke all on function "monitoring"."system_metrics"() from public;

grant execute
  on function "monitoring"."system_metrics"()
  to "authenticated", "postgres", "service_role";

-- schemas/monitoring/functions/system_status

create or replace function monitoring.system_status()
  returns jsonb
  language sql
  stable
  security definer
  set search_path to ''
  AS $function$
  -- Only runid is indexed there: the newest few thousand are some days of all jobs together.
  with runs as (
    select r.jobid, r.runid, r.status, r.start_time
    from cron.job_run_details as r
    order by r.runid desc
    limit 5000
  ),
  newest as (
    select distinct on (r.jobid) r.jobid, r.status, r.start_time from runs as r order by r.jobid, r.runid desc
  ),
  succeeded as (
    select r.jobid, max(r.start_time) as at from runs as r where r.status = 'succeeded' group by r.jobid
  )
  select jsonb_build_object(
    'timestamp', now(),
    'refreshed_at', monitoring.refreshed_at(),
    'refresh_runs', (
      select coalesce(jsonb_agg(
        jsonb_build_object(
          'started_at', r.started_at,
          'duration_ms', r.duration_ms,
          -- The words of an error may quote a row; its code cannot.
          'error_code', substring(r.error from '^[0-9A-Z]{5}')
        )
        order by r.id desc
      ), '[]')
      from (select * from monitoring.refresh_runs order by id desc limit 50) as r
    ),
    'jobs', (
      select coalesce(jsonb_agg(
        jsonb_build_object(
          'name', j.jobname,
          'schedule', j.schedule,
          'active', j.active,
          'last_status', n.status,
          'last_started_at', n.start_time,
          'last_succeeded_at', s.at
        )
        order by j.jobname
      ), '[]')
      from cron.job as j
      left join newest as n on n.jobid = j.jobid
      left join succeeded as s on s.jobid = j.jobid
      where j.jobname like 'everwatch-%'
    ),
    'http_requests_waiting', (select count(*) from net.http_request_queue)
  )
$function$;

comment on function "monitoring"."system_status"() is 'What public.monitoring_system answers; reads the logs of pg_cron and pg_net as their owner.';

revoke all on function "monitoring"."system_status"() from public;

grant execute
  on function "monitoring"."system_status"()
  to "authenticated", "postgres", "service_role";

-- schemas/monitoring/functions/time_to_reach

create or replace function monitoring.time_to_reach (
  distance double precision,
  drift    double precision,
  variance double precision,
  observed double precision,
  wavers   boolean                   default false,
  OUT      expected double precision,
  OUT      earliest double precision,
  OUT      latest double precision
)
  returns record
  language plpgsql
  immutable
  set search_path to ''
  AS $function$
begin
  if distance <= 0 then
    expected := 0;
    earliest := 0;
    latest := 0;
    return;
  -- (What is no number is greater than any.)
  elsif (
    greatest(distance, drift, variance) < 'infinity' and drift > 0 and observed > 0 and variance >= 0
  ) is not true then
    return;
  end if;
  expected := distance / drift;
  earliest := (monitoring.course_bounds(distance, drift, variance, observed, case when wavers then 1.6449 else 1.2816 end)).sooner;
  latest := (monitoring.course_bounds(distance, drift, variance, observed, 1.2816)).later;
end
$function$;

comment on function
  "monitoring"."time_to_reach"(double precision, double precision, double precision, double
  precision, boolean) is 'Seconds until something that grows by `drift` a second, with a variance of `variance` a second, both seen for `observed` seconds, is `distance` further: expected, and the bounds of an 80% interval. `wavers` says that it may go back, too. Null where it does not grow; latest is null where it may never be there.';

revoke all
  on function
    "monitoring"."time_to_reach"(double precision, double precision, double precision, double
    precision, boolean)
  from public;

grant execute
  on function
    "monitoring"."time_to_reach"(double precision, double precision, double precision, double
    precision, boolean)
  to "authenticated", "postgres", "service_role";

-- schemas/monitoring/functions/timeseries_metrics

create or replace function monitoring.timeseries_metrics()
  returns table (
    metric  text,
    subject text,
    unit    text
  )
  language sql
  immutable
  set search_path to ''
  AS $function$
  values
    ('deliveries', 'delivery', 'count'),
    ('failed_deliveries', 'delivery', 'count'),
    ('delivery_success_rate_pct', 'delivery', 'percent'),
    ('delivery_avg_ms', 'delivery', 'milliseconds'),
    ('delivery_p95_ms', 'delivery', 'milliseconds'),
    ('executions', 'execution', 'count'),
    ('failed_executions', 'execution', 'count'),
    ('execution_success_rate_pct', 'execution', 'percent'),
    ('execution_avg_ms', 'execution', 'milliseconds'),
    ('affected_contacts', 'execution', 'count'),
    ('api_requests', 'api', 'count'),
    ('failed_api_requests', 'api', 'count'),
    ('api_error_rate_pct', 'api', 'percent'),
    ('api_avg_ms', 'api', 'milliseconds'),
    ('api_p95_ms', 'api', 'milliseconds'),
    ('rate_limit_utilization_pct', 'rate_limit', 'percent'),
    ('custom_count', 'custom', 'count'),
    ('custom_sum', 'custom', 'value'),
    ('custom_avg', 'custom', 'value'),
    ('custom_min', 'custom', 'value'),
    ('custom_max', 'custom', 'value'),
    ('custom_last', 'custom', 'value'),
    ('custom_p95', 'custom', 'value')
$function$;

comment on function "monitoring"."timeseries_metrics"() is 'The metrics that monitoring_timeseries knows, each with its subject and its unit.';

revoke all on function "monitoring"."timeseries_metrics"() from public;

grant execute
  on function "monitoring"."timeseries_metrics"()
  to "authenticated", "postgres", "service_role";

-- schemas/monitoring/functions/trim_alerts

create or replace function monitoring.trim_alerts()
  returns void
  language plpgsql
  set search_path to ''
  AS $function$
begin
  delete from monitoring.alerts where resolved_at < now() - interval '1 year';
  delete from monitoring.silences where ends_at < now() - interval '1 year';
  delete from monitoring.insights where ended_at < now() - interval '1 year';
  delete from public.deploys where deployed_at < now() - interval '1 year';
  delete from monitoring.evaluation_runs where at < now() - interval '7 days';
  delete from monitoring.evaluation_errors where at < now() - interval '7 days';
end
$function$;

comment on function "monitoring"."trim_alerts"() is 'Deletes alerts that were resolved, silences and insights that ended, and deploys, more than a year ago, and what the evaluation recorded of itself more than 7 days ago.';

revoke all on function "monitoring"."trim_alerts"() from public;

grant execute on function "monitoring"."trim_alerts"() to "postgres";

-- schemas/monitoring/functions/trim_metric_points

create or replace function monitoring.trim_metric_points (
  at timestamp with time zone default now()
)
  returns void
  language sql
  set search_path to ''
  AS $function$
  delete from monitoring.metric_points where received_at < trim_metric_points.at - interval '7 days'
$function$;

comment on function "monitoring"."trim_metric_points"(timestamp
  with time zone) is 'Deletes values of metrics that came more than 7 days ago; their hours stay.';

revoke all on function "monitoring"."trim_metric_points"(timestamp with time zone) from public;

grant execute on function "monitoring"."trim_metric_points"(timestamp with time zone) to "postgres";

-- schemas/monitoring/functions/trim_notifications

create or replace function monitoring.trim_notifications (
  at timestamp with time zone default now()
)
  returns void
  language plpgsql
  security definer
  set search_path to ''
  AS $function$
begin
  delete from monitoring.notifications as n
  where n.finished_at < trim_notifications.at - interval '90 days';

  delete from monitoring.function_calls as c
  where c.called_at < trim_notifications.at - interval '30 days';

  update monitoring.channels as c
  set previous_secret_id = null, previous_secret_until = null
  where c.previous_secret_until < trim_notifications.at;
end
$function$;

comment on function "monitoring"."trim_notifications"(timestamp
  with time zone) is 'Deletes notifications that were finished 90 days ago, calls of 30 days ago, and secrets that no longer sign.';

revoke all on function "monitoring"."trim_notifications"(timestamp with time zone) from public;

grant execute on function "monitoring"."trim_notifications"(timestamp with time zone) to "postgres";

-- schemas/monitoring/functions/trim_run_logs

create or replace function monitoring.trim_run_logs()
  returns void
  language plpgsql
  set search_path to ''
  AS $function$
declare
  week_ago constant timestamptz := now() - interval '7 days';
begin
  -- Only runid is indexed there, and a run that could not start has no times: so cut at a runid. The
  -- newest 50,000 are the most that is kept, whatever their times.
  delete from cron.job_run_details
  where runid <= greatest(
    (select runid from cron.job_run_details where start_time < week_ago order by runid desc limit 1),
    (select max(runid) - 50000 from cron.job_run_details)
  );

  -- The last success stays: it says how old the views are.
  delete from monitoring.refresh_runs
  where started_at < week_ago
    and id is distinct from (select max(id) from monitoring.refresh_runs where error is null);
end
$function$;

comment on function "monitoring"."trim_run_logs"() is 'Deletes what cron.job_run_details and refresh_runs hold of more than 7 days ago.';

revoke all on function "monitoring"."trim_run_logs"() from public;

grant execute on function "monitoring"."trim_run_logs"() to "postgres";

-- schemas/monitoring/functions/unusual_series

create or replace function monitoring.unusual_series (
  at   timestamp with time zone,
  orgs uuid[]
)
  returns SETOF monitoring.watched_series
  language plpgsql
  stable
  set search_path to ''
  AS $function$
begin
  return query
  select w.*
  from monitoring.watched_series as w
  where w.org_id = any (orgs)
    and w.unusual
    and (w.said).at is not null
    -- Who knows no two weeks knows no week-end.
    and w.started_at <= unusual_series.at - interval '14 days';
end
$function$;

comment on function "monitoring"."unusual_series"(timestamp
  with time zone, uuid[]) is 'Watched series of some orgs whose last hour was unusual, once they have two weeks of history.';

revoke all on function "monitoring"."unusual_series"(timestamp with time zone, uuid[]) from public;

grant execute
  on function "monitoring"."unusual_series"(timestamp with time zone, uuid[])
  to "authenticated", "postgres", "service_role";

-- schemas/monitoring/functions/update_channel

create or replace function monitoring.update_channel (
  channel_id    uuid,
  name          text,
  enabled       boolean,
  url           text,
  email_from    text,
  email_to      text[],
  min_severity  text,
  types         text[],
  mute_windows  jsonb,
  group_seconds numeric
)
  returns void
  language plpgsql
  security definer
  set search_path to ''
  AS $function$
declare
  channel constant monitoring.channels := monitoring.own_channel(update_channel.channel_id);
begin
  update monitoring.channels as c
  set name = coalesce(update_channel.name, c.name),
    enabled = coalesce(update_channel.enabled, c.enabled),
    disabled_because = case when update_channel.enabled is null then c.disabled_because end,
    url = coalesce(update_channel.url, c.url),
    email_from = coalesce(update_channel.email_from, c.email_from),
    email_to = coalesce(update_channel.email_to, c.email_to),
    min_severity = coalesce(update_channel.min_severity, c.min_severity),
    types = coalesce(update_channel.types, c.types),
    mute_windows = coalesce(update_channel.mute_windows, c.mute_windows),
    group_seconds = coalesce(update_channel.group_seconds, c.group_seconds)
  where c.id = channel.id;
end
$function$;

comment on function
  "monitoring"."update_channel"(uuid, text, boolean, text, text, text[], text, text[], jsonb,
  numeric) is 'What public.update_channel calls.';

revoke all
  on function
    "monitoring"."update_channel"(uuid, text, boolean, text, text, text[], text, text[], jsonb,
    numeric)
  from public;

grant execute
  on function
    "monitoring"."update_channel"(uuid, text, boolean, text, text, text[], text, text[], jsonb,
    numeric)
  to "authenticated", "postgres", "service_role";

-- schemas/monitoring/functions/used_units

create or replace function monitoring.used_units (
  item text
)
  returns numeric
  language plpgsql
  stable
  set search_path to ''
  AS $function$
begin
  return (
    select case used_units.item
      when 'disk' then s.database_bytes / 1e9
      when 'function_calls' then s.function_calls / 1e6
      when 'egress' then s.bytes_out / 1e9
    end
    from monitoring.cost_state as s
  );
end
$function$;

comment on function "monitoring"."used_units"(text) is 'How much of an item the whole project uses in a month, in the unit of its price; null when that is not known. Of egress it is what is recorded.';

revoke all on function "monitoring"."used_units"(text) from public;

grant execute on function "monitoring"."used_units"(text) to "postgres";

-- schemas/monitoring/functions/watch_scheduler

create or replace function monitoring.watch_scheduler()
  returns void
  language plpgsql
  security definer
  set search_path to ''
  AS $function$
declare
  evaluated_at constant timestamptz := (
    select r.at from monitoring.evaluation_runs as r order by r.id desc limit 1
  );
begin
  -- Nearly always it ends here, before anything is set up to catch an error.
  if evaluated_at > now() - interval '2 minutes' then
    return;
  end if;
  begin
    if not monitoring.is_set_up(now())
      or exists (
        select from monitoring.alerts as a where a.type = 'cron_stopped' and a.state <> 'resolved'
      )
      -- One at a time: nobody who tracks waits for another who looks.
      or not pg_try_advisory_xact_lock(hashtextextended('monitoring.watch_scheduler', 0))
    then
      return;
    end if;
    perform monitoring.judge(
      'cron_stopped', now(), '{}',
      array(select c from monitoring.cron_stopped_conditions(now()) as c)
    );
  exception
    -- What was tracked is tracked, whatever becomes of this.
    when others then raise warning 'cron_stopped could not be judged: %: %', sqlstate, sqlerrm;
  end;
end
$function$;

comment on function "monitoring"."watch_scheduler"() is 'Raises cron_stopped when nothing has been evaluated for two minutes and no scheduled job begins any more: track_events calls it. The next evaluation resolves it. Never raises.';

revoke all on function "monitoring"."watch_scheduler"() from public;

grant execute on function "monitoring"."watch_scheduler"() to "postgres", "service_role";

-- schemas/monitoring/functions/watch_series

create or replace function monitoring.watch_series (
  until timestamp with time zone
)
  returns void
  language plpgsql
  set search_path to ''
  AS $function$
declare
  -- About six an hour: what happens more rarely is seen in its org's series.
  busy constant bigint := 1000;
begin
  delete from monitoring.series_scores as s
  using monitoring.watched_series as w
  where s.series_id = w.id and s.at < until - interval '35 days';

  delete from monitoring.watched_series as w
  where w.resource_id <> w.org_id
    and not exists (
      select from monitoring.resources as r where r.source = w.source and r.id = w.resource_id
    );

  insert into monitoring.watched_series (org_id, source, resource_id, metric, started_at, scored_until)
  select w.org_id, w.source, w.resource_id, m.metric, f.first, f.first
  from (
    select r.org_id, r.source, r.org_id as resource_id
    from monitoring.totals as t
    join monitoring.resources as r on r.source = t.source and r.id = t.resource_id
    where t.source in ('delivery', 'request') and t.week_rows > 0
    group by r.org_id, r.source
    union all
    select r.org_id, r.source, r.id
    from monitoring.totals as t
    join monitoring.resources as r on r.source = t.source and r.id = t.resource_id
    where t.source in ('delivery', 'execution') and t.week_rows >= busy
  ) as w
  join (
    values
      ('delivery'::monitoring.source, 'deliveries'),
      ('delivery', 'delivery_failure_rate_pct'),
      ('delivery', 'delivery_p95_ms'),
      ('execution', 'executions'),
      ('execution', 'execution_failure_rate_pct'),
      ('request', 'api_requests'),
      ('request', 'failed_api_requests')
  ) as m (source, metric) on m.source = w.source
  cross join lateral (
    select min(h.starts_at) as first
    from monitoring.series_members(w.org_id, w.source, w.resource_id) as member
    cross join lateral (
      select r.starts_at
      from monitoring.rollups as r
      where r.source = w.source
        and r.resource_id = member
        and r.starts_at >= until - interval '35 days'
        and (w.source = 'request' or r.starts_at >= (select s.daily_before from monitoring.rollup_state as s))
      order by r.starts_at
      limit 1
    ) as h
  ) as f
  where f.first < until
    and not exists (
      select
      from monitoring.watched_series as k
      where k.org_id = w.org_id and k.resource_id = w.resource_id and k.metric = m.metric
    );
end
$function$;

comment on function "monitoring"."watch_series"(timestamp
  with time zone) is 'Watches what has become busy, from its first hour that is rolled up by the hour on, forgets what was deleted, and scores older than 35 days.';

revoke all on function "monitoring"."watch_series"(timestamp with time zone) from public;

grant execute on function "monitoring"."watch_series"(timestamp with time zone) to "postgres";

-- schemas/monitoring/functions/webhook_failure_conditions

create or replace function monitoring.webhook_failure_conditions (
  at     timestamp with time zone,
  org_id uuid                     default null::uuid
)
  returns SETOF monitoring.condition
  language plpgsql
  stable
  set search_path to ''
  set plan_cache_mode to 'force_generic_plan'
  AS $function$
declare
  orgs constant uuid[] := monitoring.orgs_asked(org_id);
begin
  return query
  select f.*
  from monitoring.webhook_failures(
    array(
      select w.id
      from public.webhooks as w
      where w.enabled
        and w.consecutive_failures > 0
        and w.created_at <= webhook_failure_conditions.at
        and w.org_id = any (orgs)
    )
  ) as f;
end
$function$;

comment on function "monitoring"."webhook_failure_conditions"(timestamp
  with time zone, uuid) is 'Enabled webhooks whose deliveries keep failing: of one org or of all. The counter is of now, whatever `at`.';

revoke all
  on function "monitoring"."webhook_failure_conditions"(timestamp with time zone, uuid)
  from public;

grant execute
  on function "monitoring"."webhook_failure_conditions"(timestamp with time zone, uuid)
  to "authenticated", "postgres", "service_role";

-- schemas/monitoring/functions/webhook_failure_history

create or replace function monitoring.webhook_failure_history (
  policy public.v_alert_policies,
  since  timestamp with time zone,
  until  timestamp with time zone
)
  returns SETOF monitoring.condition_step
  language sql
  stable
  set search_path to ''
  AS $function$
  with webhook as (
    select w.id, w.url, (
      select count(*)
      from public.webhook_deliveries as d
      where d.org_id = policy.org_id
        and d.webhook_id = w.id
        and d.status = 'failed'
        and d.sent_at <= since
        and d.sent_at > coalesce(
          (
            select max(s.sent_at)
            from public.webhook_deliveries as s
            where s.org_id = policy.org_id
              and s.webhook_id = w.id
              and s.status = 'sent'
              and s.sent_at <= since
          ),
          '-infinity'
        )
    ) as failures
    from public.webhooks as w
    where w.org_id = policy.org_id and w.enabled
  ),
  outcome as (
    select d.id, d.webhook_id, d.sent_at, d.status,
      count(*) filter (where d.status = 'sent') over webhook as successes,
      lead(d.sent_at) over webhook as next_at
    from public.webhook_deliveries as d
    where d.org_id = policy.org_id
      and d.status in ('sent', 'failed')
      and d.sent_at > since
      and d.sent_at < until
    window webhook as (partition by d.webhook_id order by d.sent_at, d.id)
  ),
  run as (
    select w.id, w.url, since as at, null as next_at, w.failures
    from webhook as w
    union all
    select w.id, w.url, o.sent_at, o.next_at,
      case o.successes when 0 then w.failures else 0 end
        + count(*) filter (where o.status = 'failed')
          over (partition by o.webhook_id, o.successes order by o.sent_at, o.id)
    from outcome as o
    join webhook as w on w.id = o.webhook_id
  )
  select
    'webhook',
    r.id::text,
    r.url,
    r.at,
    case
      when r.failures >= policy.critical then 'critical'
      when r.failures >= policy.warning then 'warning'
    end,
    r.failures < least(policy.warning, policy.critical)
      and r.failures <= coalesce(policy.recovery, 'infinity')
  from run as r
  -- Of those at one moment, the last.
  where r.next_at is distinct from r.at
$function$;

comment on function "monitoring"."webhook_failure_history"(public.v_alert_policies, timestamp
  with time zone, timestamp with time zone) is 'How the deliveries of an org''s enabled webhooks failed, in the order of sent_at.';

revoke all
  on function "monitoring"."webhook_failure_history"(public.v_alert_policies, timestamp
    with time zone, timestamp with time zone)
  from public;

grant execute
  on function "monitoring"."webhook_failure_history"(public.v_alert_policies, timestamp
    with time zone, timestamp with time zone)
  to "authenticated", "postgres", "service_role";

-- schemas/monitoring/functions/webhook_failures

create or replace function monitoring.webhook_failures (
  webhook_ids uuid[]
)
  returns SETOF monitoring.condition
  language plpgsql
  stable
  set search_path to ''
  AS $function$
begin
  return query
  select
    w.org_id,
    p.type,
    s.severity,
    'webhook',
    w.id::text,
    w.url,
    format('Webhook has %s consecutive failures', w.consecutive_failures),
    w.consecutive_failures::numeric,
    case s.severity when 'critical' then p.critical else coalesce(p.warning, p.critical) end
  from public.webhooks as w
  join public.v_alert_policies as p on p.org_id = w.org_id and p.type = 'webhook_failure'
  cross join lateral (
    select case
      when w.consecutive_failures >= p.critical then 'critical'
      when w.consecutive_failures >= p.warning then 'warning'
    end
  ) as s (severity)
  where w.id = any (webhook_failures.webhook_ids)
    and w.enabled
    and p.enabled
    and (s.severity is not null or w.consecutive_failures > p.recovery);
end
$function$;

comment on function "monitoring"."webhook_failures"(uuid[]) is 'Those of some webhooks that are enabled and whose deliveries keep failing.';

revoke all on function "monitoring"."webhook_failures"(uuid[]) from public;

grant execute
  on function "monitoring"."webhook_failures"(uuid[])
  to "authenticated", "postgres", "service_role";

-- schemas/monitoring/functions/webhook_health_status

create or replace function monitoring.webhook_health_status (
  enabled              boolean,
  consecutive_failures integer,
  last_success_at      timestamp with time zone,
  created_at           timestamp with time zone
)
  returns text
  language plpgsql
  stable
  set search_path to ''
  AS $function$
begin
  return case
    when not enabled then 'disabled'
    when consecutive_failures >= 10 then 'critical'
    when consecutive_failures >= 5 then 'warning'
    -- One that never succeeded is given its first 7 days.
    when coalesce(last_success_at, created_at) <= now() - interval '7 days' then 'inactive'
    else 'healthy'
  end;
end
$function$;

comment on function "monitoring"."webhook_health_status"(boolean, integer, timestamp
  with time zone, timestamp with time zone) is 'disabled; critical from 10 consecutive failures on, warning from 5; inactive without a success for 7 days; else healthy.';

revoke all
  on function "monitoring"."webhook_health_status"(boolean, integer, timestamp
    with time zone, timestamp with time zone)
  from public;

grant execute
  on function "monitoring"."webhook_health_status"(boolean, integer, timestamp
    with time zone, timestamp with time zone)
  to "authenticated", "postgres", "service_role";

-- schemas/monitoring/functions/webhook_inactive_conditions

create or replace function monitoring.webhook_inactive_conditions (
  at     timestamp with time zone,
  org_id uuid                     default null::uuid
)
  returns SETOF monitoring.condition
  language plpgsql
  stable
  set search_path to ''
  set plan_cache_mode to 'force_generic_plan'
  AS $function$
declare
  orgs constant uuid[] := monitoring.orgs_asked(org_id);
begin
  return query
  select
    w.org_id,
    p.type,
    case when i.days >= p.critical then 'critical' when i.days >= p.warning then 'warning' end,
    'webhook',
    w.id::text,
    w.url,
    format('Webhook has had no successful delivery for %s days', i.days),
    i.days,
    case when i.days >= p.critical then p.critical else coalesce(p.warning, p.critical) end
  from public.webhooks as w
  join public.v_alert_policies as p on p.org_id = w.org_id and p.type = 'webhook_inactive'
  -- A hundred years at most: longer intervals cannot be subtracted from a time.
  cross join lateral (
    select webhook_inactive_conditions.at
      - interval '1 day' * least(p.warning, p.critical, 36500)::float8
  ) as l (latest)
  cross join lateral (
    -- One that never succeeded is given as many days from its beginning.
    select coalesce(max(d.sent_at), w.created_at)
    from public.webhook_deliveries as d
    where d.org_id = w.org_id
      and d.webhook_id = w.id
      and d.status = 'sent'
      and d.sent_at <= l.latest
  ) as s (since)
  cross join lateral (
    select floor(extract(epoch from webhook_inactive_conditions.at - s.since) / 86400)
  ) as i (days)
  where w.enabled
    and p.enabled
    and w.created_at <= l.latest
    -- Nearly every webhook ends here, at the newest rows of an index. (As a scalar, because an anti join
    -- would not look for `latest` in the index, and read all of a silent webhook's history.)
    and (
      select true
      from public.webhook_deliveries as d
      where d.org_id = w.org_id
        and d.webhook_id = w.id
        and d.status = 'sent'
        and d.sent_at > l.latest
        and d.sent_at <= webhook_inactive_conditions.at
      limit 1
    ) is null
    and i.days >= least(p.warning, p.critical)
    and w.org_id = any (orgs);
end
$function$;

comment on function "monitoring"."webhook_inactive_conditions"(timestamp
  with time zone, uuid) is 'Enabled webhooks without a success for days: of one org or of all.';

revoke all
  on function "monitoring"."webhook_inactive_conditions"(timestamp with time zone, uuid)
  from public;

grant execute
  on function "monitoring"."webhook_inactive_conditions"(timestamp with time zone, uuid)
  to "authenticated", "postgres", "service_role";

-- schemas/monitoring/functions/webhook_inactive_history

create or replace function monitoring.webhook_inactive_history (
  policy public.v_alert_policies,
  since  timestamp with time zone,
  until  timestamp with time zone
)
  returns SETOF monitoring.condition_step
  language sql
  stable
  set search_path to ''
  AS $function$
  with success as (
    -- One that never succeeded is given as many days from its beginning.
    select w.id, w.url, greatest(w.created_at, (
      select max(d.sent_at)
      from public.webhook_deliveries as d
      where d.org_id = policy.org_id
        and d.webhook_id = w.id
        and d.status = 'sent'
        and d.sent_at < since
    )) as at
    from public.webhooks as w
    where w.org_id = policy.org_id and w.enabled
    union
    select w.id, w.url, d.sent_at
    from public.webhooks as w
    join public.webhook_deliveries as d on d.org_id = w.org_id and d.webhook_id = w.id
    where w.org_id = policy.org_id
      and w.enabled
      and d.status = 'sent'
      and d.sent_at >= since
      and d.sent_at < until
  ),
  silence as (
    select s.*, lead(s.at, 1, until) over (partition by s.id order by s.at) as ends
    from success as s
  )
  select 'webhook', s.id::text, s.url, l.at, l.severity, l.severity is null
  from silence as s
  cross join lateral (
    values
      (s.at, null),
      (s.at + interval '1 day' * least(policy.warning, 36500)::float8, 'warning'),
      (s.at + interval '1 day' * least(policy.critical, 36500)::float8, 'critical')
  ) as l (at, severity)
  where l.at < s.ends
    -- least() takes no notice of a level that there is not.
    and case l.severity
      when 'warning' then policy.warning is not null
      when 'critical' then policy.critical is not null
      else true
    end
$function$;

comment on function "monitoring"."webhook_inactive_history"(public.v_alert_policies, timestamp
  with time zone, timestamp with time zone) is 'For how long an org''s enabled webhooks had no success, from the last one before `since` on.';

revoke all
  on function "monitoring"."webhook_inactive_history"(public.v_alert_policies, timestamp
    with time zone, timestamp with time zone)
  from public;

grant execute
  on function "monitoring"."webhook_inactive_history"(public.v_alert_policies, timestamp
    with time zone, timestamp with time zone)
  to "authenticated", "postgres", "service_role";

-- schemas/monitoring/functions/webhook_metrics

create or replace function monitoring.webhook_metrics (
  org_id     uuid,
  page_limit integer,
  after      text
)
  returns jsonb
  language plpgsql
  stable
  set search_path to ''
  AS $function$
begin
  return (
    -- A webhook that was deleted since the last refresh is no longer anyone's.
    with performance as (
      select p.*
      from monitoring.webhook_performance(webhook_metrics.org_id) as p
      where exists (
        select from public.webhooks as w where w.org_id = webhook_metrics.org_id and w.id = p.webhook_id
      )
    ),
    found as (
      select array[p.webhook_id::text] as key, p
      from performance as p
      where array[p.webhook_id::text] > (select monitoring.decode_cursor(webhook_metrics.after, 'webhooks'))
      order by 1
      limit webhook_metrics.page_limit + 1
    ),
    summary as (
      select jsonb_build_object(
        'total_webhooks', count(*),
        'enabled_webhooks', count(*) filter (where p.enabled),
        'total_deliveries', coalesce(sum(p.total_deliveries), 0),
        'successful_deliveries', coalesce(sum(p.successful_deliveries), 0),
        'failed_deliveries', coalesce(sum(p.failed_deliveries), 0),
        -- Over deliveries: the mean of the webhooks' rates would let a quiet one outvote a busy one.
        'avg_success_rate', round(
          100.0 * sum(p.successful_deliveries)
            / nullif(sum(p.successful_deliveries) + sum(p.failed_deliveries), 0), 1
        ),
        'webhooks_with_failures', count(*) filter (where p.consecutive_failures > 0),
        'critical_webhooks', count(*) filter (where p.enabled and p.consecutive_failures >= 10)
      )
      from performance as p
    )
    select jsonb_build_object('summary', (select * from summary)) || monitoring.page(
      'webhooks',
      (
        select jsonb_agg(
          jsonb_build_object(
            'key', f.key,
            'item', to_jsonb(f.p) - 'org_id' || jsonb_build_object('health_status', h.health_status)
          )
          order by f.key
        )
        from found as f
        left join public.v_webhook_health as h on h.webhook_id = (f.p).webhook_id
      ),
      webhook_metrics.page_limit
    )
  );
end
$function$;

comment on function "monitoring"."webhook_metrics"(uuid, integer, text) is 'Summary over all of an org''s webhooks, and one page of them: mv_webhook_performance with the health of now.';

revoke all on function "monitoring"."webhook_metrics"(uuid, integer, text) from public;

grant execute
  on function "monitoring"."webhook_metrics"(uuid, integer, text)
  to "authenticated", "postgres", "service_role";

-- schemas/monitoring/functions/webhook_performance

create or replace function monitoring.webhook_performance (
  org_id uuid
)
  returns SETOF public.mv_webhook_performance
  language plpgsql
  stable
  security definer
  set search_path to ''
  AS $function$
begin
  return query
  select p.*
  from public.mv_webhook_performance as p
  where p.org_id = webhook_performance.org_id
    and (select monitoring.may_read(webhook_performance.org_id));
end
$function$;

comment on function "monitoring"."webhook_performance"(uuid) is 'The rows of mv_webhook_performance of one org, for those who may read that org; nothing for others.';

revoke all on function "monitoring"."webhook_performance"(uuid) from public;

grant execute
  on function "monitoring"."webhook_performance"(uuid)
  to "authenticated", "postgres", "service_role";

-- schemas/monitoring/functions/without_repeats

create or replace function monitoring.without_repeats (
  events jsonb
)
  returns jsonb
  language plpgsql
  set search_path to ''
  AS $function$
begin
  return (
    select jsonb_agg(body order by position)
    from (
      select distinct on (type, id, case when id is null then position end) position, body
      from (
        select position, body, body ->> 'type' as type, (body ->> 'id')::uuid as id,
          first_value(body ->> 'webhook_id') over (
            partition by body ->> 'type', (body ->> 'id')::uuid
            order by position
          ) as owner
        from jsonb_array_elements(events) with ordinality as _ (body, position)
      ) as event
      where id is null or body ->> 'webhook_id' is not distinct from owner
      order by type, id, case when id is null then position end, body ->> 'status' = 'pending', position
    ) as first
  );
end
$function$;

comment on function "monitoring"."without_repeats"(jsonb) is 'A batch in which each id comes once: as what it amounts to at the end, which is the first event that finishes it, if any does, and else its first.';

revoke all on function "monitoring"."without_repeats"(jsonb) from public;

grant execute on function "monitoring"."without_repeats"(jsonb) to "postgres", "service_role";

-- schemas/monitoring/schema

create schema "monitoring";

comment on schema "monitoring" is 'Internals of the monitoring system: helpers, rollups, schedules. Not exposed through the Data API.';

grant usage on schema "monitoring" to "authenticated";

grant create, usage on schema "monitoring" to "postgres";

grant usage on schema "monitoring" to "service_role";

-- schemas/monitoring/tables/alert_events

create table "monitoring"."alert_events" (
  "id"            bigint                   generated always as identity not null,
  "alert_id"      uuid                     not null,
  "org_id"        uuid,
  "kind"          text                     not null,
  "severity"      text                     not null,
  "message"       text                     not null,
  "value"         numeric                  not null,
  "at"            timestamp with time zone not null,
  "suppressed_by" text,
  "actor"         uuid,
  constraint "alert_events_kind_check"
    check
    ((kind = ANY (ARRAY['pending'::text, 'cleared'::text, 'fired'::text, 'escalated'::text,
    'changed'::text,
    'repeated'::text,
    'recovering'::text,
    'refired'::text, 'resolved'::text, 'acknowledged'::text, 'unacknowledged'::text]))),
  constraint "alert_events_pkey" primary key (id),
  constraint "alert_events_severity_check"
    check ((severity = ANY (ARRAY['warning'::text, 'critical'::text]))),
  constraint "alert_events_suppress_notifications_only"
    check
    (((suppressed_by IS NULL) OR (kind = ANY (ARRAY['fired'::text, 'escalated'::text,
    'repeated'::text, 'resolved'::text])))),
  constraint "alert_events_suppressed_by_check"
    check
    ((suppressed_by = ANY (ARRAY['silence'::text, 'acknowledgement'::text, 'inhibition'::text]))),
  constraint "alert_events_alert_id_fkey" foreign key (alert_id) references monitoring.alerts(id)
    on delete cascade
);

alter table "monitoring"."alert_events"
  enable row level security;

create index alert_events_by_alert_idx on monitoring.alert_events using btree (alert_id, id desc);

create index alert_events_by_org_idx on monitoring.alert_events using btree (org_id, id desc);

create trigger notify
  after insert on monitoring.alert_events referencing NEW table as events
  for each STATEMENT
  execute function monitoring.notify_of_events();

create policy "members read their orgs' alert history" on "monitoring"."alert_events"
  for select
  to "authenticated"
  using ((org_id = ANY (ARRAY( select monitoring.my_org_ids() as my_org_ids))));

comment on column "monitoring"."alert_events"."actor" is 'The user who did it; null for what happened by itself, and for the secret key.';

comment on column "monitoring"."alert_events"."at" is 'As of when it was judged.';

comment on column "monitoring"."alert_events"."kind" is 'pending, cleared (never fired); fired, escalated (warning became critical), changed (of severity, without a notification), repeated; recovering, refired (before it was resolved), resolved; acknowledged, unacknowledged.';

comment on column "monitoring"."alert_events"."org_id" is 'The alert''s org; null for the operator''s.';

comment on column "monitoring"."alert_events"."suppressed_by" is 'What held back the notification: silence, acknowledgement or inhibition; null when nothing did.';

comment on table "monitoring"."alert_events" is 'What happened to each alert, in order; append-only. Members read it through v_alert_history.';

grant select on table "monitoring"."alert_events" to "authenticated";

grant delete, insert, maintain, references, select, trigger, truncate, update
  on table "monitoring"."alert_events"
  to "postgres";

grant select on table "monitoring"."alert_events" to "service_role";

-- schemas/monitoring/tables/alert_policies

create table "monitoring"."alert_policies" (
  "type"            text     not null,
  "scope"           text     not null,
  "unit"            text     not null,
  "enabled"         boolean  not null default true,
  "warning"         numeric,
  "critical"        numeric,
  "recovery"        numeric,
  "minimum_sample"  integer  not null default 0,
  "pending_for"     interval not null default '00:00:00'::interval,
  "keep_firing_for" interval not null default '00:00:00'::interval,
  "repeat_interval" interval not null default '04:00:00'::interval,
  "inhibited_by"    text[]   not null default '{}'::text[],
  constraint "alert_policies_have_a_threshold" check ((COALESCE(warning, critical) IS NOT NULL)),
  constraint "alert_policies_keep_firing_for_check"
    check ((keep_firing_for >= '00:00:00'::interval)),
  constraint "alert_policies_minimum_sample_check" check ((minimum_sample >= 0)),
  constraint "alert_policies_pending_for_check" check ((pending_for >= '00:00:00'::interval)),
  constraint "alert_policies_pkey" primary key (type),
  constraint "alert_policies_repeat_interval_check"
    check ((repeat_interval >= '00:01:00'::interval)),
  constraint "alert_policies_scope_check"
    check ((scope = ANY (ARRAY['org'::text, 'operator'::text]))),
  constraint "alert_policies_type_check" check ((type ~ '^[a-z][a-z0-9_]{0,40}$'::text)),
  constraint "alert_policies_critical_check" check (monitoring.is_threshold(critical)),
  constraint "alert_policies_recovery_check" check (monitoring.is_threshold(recovery)),
  constraint "alert_policies_warning_check" check (monitoring.is_threshold(warning))
);

comment on column "monitoring"."alert_policies"."critical" is 'Where it is critical; as warning.';

comment on column "monitoring"."alert_policies"."inhibited_by" is 'Types of the operator''s alerts that explain this one: while one of them fires, its notifications are held back.';

comment on column "monitoring"."alert_policies"."keep_firing_for" is 'For how long the condition must be false before the alert is resolved.';

comment on column "monitoring"."alert_policies"."minimum_sample" is 'Fewer requests or executions than this say nothing.';

comment on column "monitoring"."alert_policies"."pending_for" is 'For how long the condition must be true before the alert fires.';

comment on column "monitoring"."alert_policies"."recovery" is 'What fires stays true while above this: for webhook_failure, api_error_rate and rate_limit; null where falling below the thresholds is enough.';

comment on column "monitoring"."alert_policies"."repeat_interval" is 'After how long an alert that still fires notifies again.';

comment on column "monitoring"."alert_policies"."scope" is 'org: judged for each org, whose members are told; operator: about the platform itself.';

comment on column "monitoring"."alert_policies"."unit" is 'What the thresholds count.';

comment on column "monitoring"."alert_policies"."warning" is 'Where a warning begins; null, or Infinity in an org''s own policy, for no such level.';

comment on table "monitoring"."alert_policies" is 'The types of alerts, and the policy of each for orgs that have set nothing else.';

grant select on table "monitoring"."alert_policies" to "authenticated";

grant delete, insert, maintain, references, select, trigger, truncate, update
  on table "monitoring"."alert_policies"
  to "postgres";

grant select on table "monitoring"."alert_policies" to "service_role";

-- schemas/monitoring/tables/alert_policy_overrides

create table "monitoring"."alert_policy_overrides" (
  "org_id"          uuid     not null,
  "type"            text     not null,
  "enabled"         boolean,
  "warning"         numeric,
  "critical"        numeric,
  "recovery"        numeric,
  "minimum_sample"  integer,
  "pending_for"     interval,
  "keep_firing_for" interval,
  "repeat_interval" interval,
  constraint "alert_policy_overrides_keep_firing_for_check"
    check ((keep_firing_for >= '00:00:00'::interval)),
  constraint "alert_policy_overrides_minimum_sample_check" check ((minimum_sample >= 0)),
  constraint "alert_policy_overrides_pending_for_check"
    check ((pending_for >= '00:00:00'::interval)),
  constraint "alert_policy_overrides_pkey" primary key (type, org_id),
  constraint "alert_policy_overrides_repeat_interval_check"
    check ((repeat_interval >= '00:01:00'::interval)),
  constraint "alert_policy_overrides_type_fkey" foreign key (type)
    references monitoring.alert_policies(type) on delete cascade,
  constraint "alert_policy_overrides_org_id_fkey" foreign key (org_id) references public.orgs(id)
    on delete cascade,
  constraint "alert_policy_overrides_critical_check" check (monitoring.is_threshold(critical)),
  constraint "alert_policy_overrides_recovery_check" check (monitoring.is_threshold(recovery)),
  constraint "alert_policy_overrides_warning_check" check (monitoring.is_threshold(warning))
);

alter table "monitoring"."alert_policy_overrides"
  enable row level security;

create index alert_policy_overrides_org_idx on monitoring.alert_policy_overrides
  using btree (org_id);

create policy "members read their orgs' policies" on "monitoring"."alert_policy_overrides"
  for select
  to "authenticated"
  using ((org_id = ANY (ARRAY( select monitoring.my_org_ids() as my_org_ids))));

create policy "owners and admins change policies" on "monitoring"."alert_policy_overrides"
  for update
  to "authenticated"
  using
    ((org_id = ANY (ARRAY( select monitoring.my_org_ids(ARRAY['owner'::text, 'admin'::text]) as
    my_org_ids))))
  with
    check
    ((org_id = ANY (ARRAY( SELECT monitoring.my_org_ids(ARRAY['owner'::text, 'admin'::text]) AS
    my_org_ids))));

create policy "owners and admins set policies" on "monitoring"."alert_policy_overrides"
  for insert
  to "authenticated"
  with
    check
    ((org_id = ANY (ARRAY( SELECT monitoring.my_org_ids(ARRAY['owner'::text, 'admin'::text]) AS
    my_org_ids))));

comment on table "monitoring"."alert_policy_overrides" is 'What orgs have set otherwise than monitoring.alert_policies; null where they have not.';

grant insert, select, update on table "monitoring"."alert_policy_overrides" to "authenticated";

grant delete, insert, maintain, references, select, trigger, truncate, update
  on table "monitoring"."alert_policy_overrides"
  to "postgres";

grant insert, select, update on table "monitoring"."alert_policy_overrides" to "service_role";

-- schemas/monitoring/tables/alerts

create table "monitoring"."alerts" (
  "id"                 uuid                     not null default gen_random_uuid(),
  "org_id"             uuid,
  "type"               text                     not null,
  "severity"           text                     not null,
  "resource_type"      text                     not null,
  "resource_id"        text                     not null,
  "resource_name"      text                     not null,
  "message"            text                     not null,
  "value"              numeric                  not null,
  "threshold"          numeric                  not null,
  "state"              text                     not null,
  "started_at"         timestamp with time zone not null,
  "fired_at"           timestamp with time zone,
  "recovering_at"      timestamp with time zone,
  "resolved_at"        timestamp with time zone,
  "acknowledged_by"    uuid,
  "acknowledged_at"    timestamp with time zone,
  "acknowledged_until" timestamp with time zone,
  "last_notified_at"   timestamp with time zone,
  "notified_severity"  text,
  "held_back_by"       text,
  constraint "alerts_fired_unless_pending"
    check (((state = ANY (ARRAY['pending'::text, 'resolved'::text])) OR (fired_at IS NOT NULL))),
  constraint "alerts_held_back_by_check"
    check
    ((held_back_by = ANY (ARRAY['silence'::text, 'acknowledgement'::text, 'inhibition'::text]))),
  constraint "alerts_notified_of_a_severity"
    check (((last_notified_at IS NULL) = (notified_severity IS NULL))),
  constraint "alerts_notified_severity_check"
    check ((notified_severity = ANY (ARRAY['warning'::text, 'critical'::text]))),
  constraint "alerts_pkey" primary key (id),
  constraint "alerts_recover_at_a_time" check (((state <> 'recovering'::text) OR (recovering_at IS
    NOT NULL))),
  constraint "alerts_resolve_at_a_time" check (((state = 'resolved'::text) = (resolved_at IS
    NOT NULL))),
  constraint "alerts_severity_check"
    check ((severity = ANY (ARRAY['warning'::text, 'critical'::text]))),
  constraint "alerts_state_check"
    check
    ((state = ANY (ARRAY['pending'::text, 'firing'::text, 'recovering'::text, 'resolved'::text]))),
  constraint "alerts_type_check" check ((type ~ '^[a-z][a-z0-9_]{0,99}$'::text)),
  constraint "alerts_org_id_fkey" foreign key (org_id) references public.orgs(id) on delete cascade
);

alter table "monitoring"."alerts"
  enable row level security;

create index alerts_by_org_idx on monitoring.alerts using btree (org_id, started_at desc);

create trigger record_acknowledgement
  after update of acknowledged_at on monitoring.alerts
  for each row
  when ((COALESCE(old.acknowledged_at, new.acknowledged_at) IS NOT NULL))
  execute function monitoring.record_acknowledgement();

create policy "all but viewers acknowledge alerts" on "monitoring"."alerts"
  for update
  to "authenticated"
  using
    ((org_id = ANY (ARRAY( select monitoring.my_org_ids(ARRAY['owner'::text, 'admin'::text,
    'member'::text]) as my_org_ids))))
  with
    check
    ((org_id = ANY (ARRAY( SELECT monitoring.my_org_ids(ARRAY['owner'::text, 'admin'::text,
    'member'::text]) AS my_org_ids))));

create policy "members read their orgs' alerts" on "monitoring"."alerts"
  for select
  to "authenticated"
  using ((org_id = ANY (ARRAY( select monitoring.my_org_ids() as my_org_ids))));

comment on column "monitoring"."alerts"."acknowledged_by" is 'Who acknowledged it; null for the secret key, and while nobody has.';

comment on column "monitoring"."alerts"."acknowledged_until" is 'When the acknowledgement expires; null when it holds until the alert is resolved.';

comment on column "monitoring"."alerts"."fired_at" is 'When pending became firing; null when it never did.';

comment on column "monitoring"."alerts"."held_back_by" is 'What holds back the notification that is owed; null when none is.';

comment on column "monitoring"."alerts"."last_notified_at" is 'When the last notification was owed that nothing held back; null when there was none.';

comment on column "monitoring"."alerts"."message" is 'What is wrong, as last measured.';

comment on column "monitoring"."alerts"."notified_severity" is 'The severity that it told.';

comment on column "monitoring"."alerts"."org_id" is 'Whose alert it is; null for the operator''s.';

comment on column "monitoring"."alerts"."recovering_at" is 'Since when the condition has been false, when it is; the last such time of a resolved alert.';

comment on column "monitoring"."alerts"."started_at" is 'Since when the condition has been true.';

comment on column "monitoring"."alerts"."state" is 'pending: true for less than its policy asks; firing; recovering: false for less than its policy asks; resolved.';

comment on column "monitoring"."alerts"."threshold" is 'The limit that value reached (failures, days) or exceeded.';

comment on column "monitoring"."alerts"."value" is 'What was last measured, in the unit of threshold.';

comment on table "monitoring"."alerts" is 'Alerts: one row from the moment a condition became true until it is resolved, and then as history. Members read them through v_alerts.';

grant update ("acknowledged_at") on table "monitoring"."alerts" to "authenticated";

grant update ("acknowledged_by") on table "monitoring"."alerts" to "authenticated";

grant update ("acknowledged_until") on table "monitoring"."alerts" to "authenticated";

grant select on table "monitoring"."alerts" to "authenticated";

grant delete, insert, maintain, references, select, trigger, truncate, update
  on table "monitoring"."alerts"
  to "postgres";

grant update ("acknowledged_at") on table "monitoring"."alerts" to "service_role";

grant update ("acknowledged_by") on table "monitoring"."alerts" to "service_role";

grant update ("acknowledged_until") on table "monitoring"."alerts" to "service_role";

grant select on table "monitoring"."alerts" to "service_role";

alter table "monitoring"."alerts"
  add column "fingerprint" text generated always as
    (monitoring.fingerprint(org_id, type, resource_type, resource_id)) stored not null;

comment on column "monitoring"."alerts"."fingerprint" is 'The same for every alert of this org, type and resource; at most one of them is open.';

create unique index alerts_open_key on monitoring.alerts using btree (fingerprint)
  where (state <> 'resolved'::text);

-- schemas/monitoring/tables/backfills

create table "monitoring"."backfills" (
  "started_at"    timestamp with time zone not null default clock_timestamp(),
  "oldest_row_at" timestamp with time zone,
  "done_since"    timestamp with time zone not null default 'infinity'::timestamp with time zone,
  "rows_done"     bigint                   not null default 0,
  "finished_at"   timestamp with time zone
);

alter table "monitoring"."backfills"
  add column "source" monitoring.source not null;

alter table "monitoring"."backfills"
  add constraint "backfills_pkey" primary key (source);

comment on column "monitoring"."backfills"."done_since" is 'Raw rows from this moment on are in the rollups; those from before it are to come.';

comment on column "monitoring"."backfills"."finished_at" is 'Null while it is not done.';

comment on column "monitoring"."backfills"."oldest_row_at" is 'Where it ends; null when there was no row.';

comment on column "monitoring"."backfills"."rows_done" is 'Raw rows that it has rolled up.';

comment on table "monitoring"."backfills" is 'How far the history of each raw table is rolled up; without a row there was none to roll up.';

grant delete, insert, maintain, references, select, trigger, truncate, update
  on table "monitoring"."backfills"
  to "postgres";

grant select on table "monitoring"."backfills" to "service_role";

-- schemas/monitoring/tables/capacity_limits

create table "monitoring"."capacity_limits" (
  "what"        text     not null,
  "limit_value" numeric  not null,
  "warn_within" interval not null,
  constraint "capacity_limits_limit_value_check"
    check (((limit_value > (0)::numeric) AND (limit_value < '1000000000000000'::numeric))),
  constraint "capacity_limits_pkey" primary key (what),
  constraint "capacity_limits_warn_within_check"
    check (((warn_within >= '00:01:00'::interval) AND (warn_within <= '400 days'::interval))),
  constraint "capacity_limits_what_check"
    check ((what = ANY (ARRAY['disk_bytes'::text, 'outbox_waiting'::text])))
);

comment on column "monitoring"."capacity_limits"."limit_value" is 'What is not to be passed: bytes, or notifications.';

comment on column "monitoring"."capacity_limits"."warn_within" is 'A prediction is stated when the limit is expected to be passed sooner than this.';

comment on column "monitoring"."capacity_limits"."what" is 'disk_bytes: the size of the database. outbox_waiting: notifications that are queued.';

comment on table "monitoring"."capacity_limits" is 'What the operator sets: see docs/predictions.md. Without a row nothing is predicted.';

grant delete, insert, maintain, references, select, trigger, truncate, update
  on table "monitoring"."capacity_limits"
  to "postgres";

grant select, update on table "monitoring"."capacity_limits" to "service_role";

-- schemas/monitoring/tables/capacity_samples

create table "monitoring"."capacity_samples" (
  "what"  text                     not null,
  "at"    timestamp with time zone not null,
  "value" double precision         not null,
  constraint "capacity_samples_pkey" primary key (what, at),
  constraint "capacity_samples_what_fkey" foreign key (what)
    references monitoring.capacity_limits(what) on delete cascade
);

comment on table "monitoring"."capacity_samples" is 'How full each was: the disk by the day, for 60 days, and the outbox by five minutes, for two.';

grant delete, insert, maintain, references, select, trigger, truncate, update
  on table "monitoring"."capacity_samples"
  to "postgres";

grant select on table "monitoring"."capacity_samples" to "service_role";

-- schemas/monitoring/tables/changes

create table "monitoring"."changes" (
  "id"              bigint                   generated always as identity not null,
  "resource_id"     uuid                     not null,
  "starts_at"       timestamp with time zone not null,
  "pending"         bigint                   not null default 0,
  "succeeded"       bigint                   not null default 0,
  "failed"          bigint                   not null default 0,
  "duration_sum"    bigint                   not null default 0,
  "duration_max"    integer,
  "last_success_at" timestamp with time zone,
  "affected"        bigint                   not null default 0,
  "resource_type"   text,
  "status_code"     integer,
  "bins"            bigint[],
  "removed"         boolean                  not null default false,
  "adds_to"         text                     not null default 'both'::text,
  constraint "changes_adds_to_check"
    check ((adds_to = ANY (ARRAY['rollups'::text, 'totals'::text, 'both'::text]))),
  constraint "changes_pkey" primary key (id)
);

alter table "monitoring"."changes"
  enable row level security;

alter table "monitoring"."changes"
  set (autovacuum_vacuum_scale_factor=0, autovacuum_vacuum_threshold=1000);

alter table "monitoring"."changes"
  add column "source" monitoring.source not null;

create index changes_of_requests_idx on monitoring.changes using btree (resource_id, starts_at)
  where (source = 'request'::monitoring.source);

create policy "members read their orgs' requests" on "monitoring"."changes"
  for select
  to "authenticated"
  using
    (((source = 'request'::monitoring.source) AND (resource_id = ANY (ARRAY( select
    monitoring.my_org_ids() as my_org_ids)))));

comment on column "monitoring"."changes"."adds_to" is 'The rollups, the totals, or both; the others have it already.';

comment on column "monitoring"."changes"."affected" is 'Contacts on which executions acted.';

comment on column "monitoring"."changes"."bins" is 'Durations of finished rows, each element count * 2048 + bin.';

comment on column "monitoring"."changes"."duration_sum" is 'Milliseconds, of finished rows.';

comment on column "monitoring"."changes"."removed" is 'Whether rows went away, so that maxima and the last success may be others.';

comment on column "monitoring"."changes"."resource_id" is 'The webhook, the rule, or the org whose API was asked.';

comment on column "monitoring"."changes"."resource_type" is 'What requests asked for; null for other sources.';

comment on column "monitoring"."changes"."starts_at" is 'The start of the hour of the raw rows, in UTC.';

comment on column "monitoring"."changes"."status_code" is 'How requests were answered; null for other sources.';

comment on table "monitoring"."changes" is 'What is to be added to the rollups at the next refresh; negative where rows went away.';

grant select on table "monitoring"."changes" to "authenticated";

grant delete, insert, maintain, references, select, trigger, truncate, update
  on table "monitoring"."changes"
  to "postgres";

grant select on table "monitoring"."changes" to "service_role";

-- schemas/monitoring/tables/channels

create table "monitoring"."channels" (
  "id"                    uuid                     not null default gen_random_uuid(),
  "org_id"                uuid,
  "kind"                  text                     not null,
  "name"                  text                     not null,
  "enabled"               boolean                  not null default true,
  "disabled_because"      text,
  "url"                   text,
  "email_from"            text,
  "email_to"              text[],
  "min_severity"          text                     not null default 'warning'::text,
  "types"                 text[]                   not null default '{}'::text[],
  "mute_windows"          jsonb                    not null default '[]'::jsonb,
  "group_seconds"         numeric                  not null default 1,
  "secret_id"             uuid                     not null,
  "previous_secret_id"    uuid,
  "previous_secret_until" timestamp with time zone,
  "created_at"            timestamp with time zone not null default now(),
  constraint "channels_kind_check"
    check ((kind = ANY (ARRAY['slack'::text, 'pagerduty'::text, 'email'::text, 'webhook'::text]))),
  constraint "channels_pkey" primary key (id),
  constraint "channels_previous_secret_ends"
    check (((previous_secret_id IS NULL) = (previous_secret_until IS NULL))),
  constraint "channels_org_id_fkey" foreign key (org_id) references public.orgs(id)
    on delete cascade
);

alter table "monitoring"."channels"
  enable row level security;

alter table "monitoring"."channels"
  add column "target" text generated always as
    (split_part(split_part(url, '?'::text, 1), '#'::text, 1)) stored;

create index channels_org_id_idx on monitoring.channels using btree (org_id);

create trigger check_channel
  before insert or update on monitoring.channels
  for each row
  execute function monitoring.check_channel();

create trigger forget_secrets
  after delete or update of secret_id, previous_secret_id on monitoring.channels
  for each row
  execute function monitoring.forget_channel_secrets();

create policy "members read their orgs' channels" on "monitoring"."channels"
  for select
  to "authenticated"
  using ((org_id = ANY (ARRAY( select monitoring.my_org_ids() as my_org_ids))));

comment on column "monitoring"."channels"."disabled_because" is 'Why the system disabled it; null when nobody did, or a person.';

comment on column "monitoring"."channels"."email_from" is 'The sender, as the mail service has verified it.';

comment on column "monitoring"."channels"."enabled" is 'False: nothing is sent, and what waits is dropped.';

comment on column "monitoring"."channels"."group_seconds" is 'A message waits until nothing more has happened for so long, at most ten times that; 0: each event is a message of its own.';

comment on column "monitoring"."channels"."mute_windows" is 'When nothing is sent: [{"days": ["sat", "sun"], "from": "22:00", "to": "07:00", "time_zone": "Europe/Berlin"}]. Without days every day; a window that ends before it begins ends the next day.';

comment on column "monitoring"."channels"."org_id" is 'Whose alerts it tells; null: the platform''s own.';

comment on column "monitoring"."channels"."previous_secret_id" is 'What also signs until previous_secret_until, while receivers change over.';

comment on column "monitoring"."channels"."secret_id" is 'The id in vault.secrets.';

comment on column "monitoring"."channels"."target" is 'The url without its query, which may hold a secret.';

comment on column "monitoring"."channels"."types" is 'The types of alerts that are told; empty: all.';

comment on column "monitoring"."channels"."url" is 'Where a webhook is sent, or the service of PagerDuty or mail; null for Slack, whose address is the secret.';

comment on table "monitoring"."channels" is 'Where alerts are told: of one org, or the operator''s own (org_id null). Read through v_notification_channels.';

grant select ("created_at") on table "monitoring"."channels" to "authenticated";

grant select ("disabled_because") on table "monitoring"."channels" to "authenticated";

grant select ("email_from") on table "monitoring"."channels" to "authenticated";

grant select ("email_to") on table "monitoring"."channels" to "authenticated";

grant select ("enabled") on table "monitoring"."channels" to "authenticated";

grant select ("group_seconds") on table "monitoring"."channels" to "authenticated";

grant select ("id") on table "monitoring"."channels" to "authenticated";

grant select ("kind") on table "monitoring"."channels" to "authenticated";

grant select ("min_severity") on table "monitoring"."channels" to "authenticated";

grant select ("mute_windows") on table "monitoring"."channels" to "authenticated";

grant select ("name") on table "monitoring"."channels" to "authenticated";

grant select ("org_id") on table "monitoring"."channels" to "authenticated";

grant select ("previous_secret_until") on table "monitoring"."channels" to "authenticated";

grant select ("target") on table "monitoring"."channels" to "authenticated";

grant select ("types") on table "monitoring"."channels" to "authenticated";

grant delete, insert, maintain, references, select, trigger, truncate, update
  on table "monitoring"."channels"
  to "postgres";

grant select ("created_at") on table "monitoring"."channels" to "service_role";

grant select ("disabled_because") on table "monitoring"."channels" to "service_role";

grant select ("email_from") on table "monitoring"."channels" to "service_role";

grant select ("email_to") on table "monitoring"."channels" to "service_role";

grant select ("enabled") on table "monitoring"."channels" to "service_role";

grant select ("group_seconds") on table "monitoring"."channels" to "service_role";

grant select ("id") on table "monitoring"."channels" to "service_role";

grant select ("kind") on table "monitoring"."channels" to "service_role";

grant select ("min_severity") on table "monitoring"."channels" to "service_role";

grant select ("mute_windows") on table "monitoring"."channels" to "service_role";

grant select ("name") on table "monitoring"."channels" to "service_role";

grant select ("org_id") on table "monitoring"."channels" to "service_role";

grant select ("previous_secret_until") on table "monitoring"."channels" to "service_role";

grant select ("target") on table "monitoring"."channels" to "service_role";

grant select ("types") on table "monitoring"."channels" to "service_role";

-- schemas/monitoring/tables/claimed_ids

create unlogged table "monitoring"."claimed_ids" (
  "id" uuid not null,
  constraint "claimed_ids_pkey" primary key (id)
);

comment on table "monitoring"."claimed_ids" is 'Ids that transactions in progress are about to store: who inserts one that another has inserted waits until that has ended. Nobody sees any, as each removes its own at once.';

grant delete, insert, maintain, references, select, trigger, truncate, update
  on table "monitoring"."claimed_ids"
  to "postgres";

grant delete, insert, select on table "monitoring"."claimed_ids" to "service_role";

-- schemas/monitoring/tables/cost_state

create table "monitoring"."cost_state" (
  "singleton"      boolean                  not null default true,
  "measured_at"    timestamp with time zone,
  "days_before"    date,
  "rest_bytes"     bigint,
  "database_bytes" bigint,
  "function_calls" bigint,
  "bytes_out"      bigint,
  constraint "cost_state_pkey" primary key (singleton),
  constraint "cost_state_singleton_check" check (singleton)
);

comment on column "monitoring"."cost_state"."bytes_out" is 'Of the last 30 days that have ended, what is recorded: bodies of answers and of deliveries; null when nothing is.';

comment on column "monitoring"."cost_state"."database_bytes" is 'Of the whole database, also of what is not the project''s.';

comment on column "monitoring"."cost_state"."days_before" is 'Until when days are counted by route and webhook.';

comment on column "monitoring"."cost_state"."function_calls" is 'In 30 days, those that are recorded: requests that the orgs'' API served, and what the database asked of edge functions. Calls of `track` and `monitoring` are not.';

comment on column "monitoring"."cost_state"."rest_bytes" is 'Of the project''s tables: what is nobody''s, or not known whose.';

comment on table "monitoring"."cost_state" is 'What the whole project uses, as of the last measurement, one row: all null before the first.';

grant delete, insert, maintain, references, select, trigger, truncate, update
  on table "monitoring"."cost_state"
  to "postgres";

grant select on table "monitoring"."cost_state" to "service_role";

-- schemas/monitoring/tables/deleted_durations

create table "monitoring"."deleted_durations" (
  "id"           bigint   generated always as identity not null,
  "org_id"       uuid     not null,
  "buckets"      bigint[] not null,
  "duration_sum" bigint   not null,
  constraint "deleted_durations_pkey" primary key (org_id, id),
  constraint "deleted_durations_org_id_fkey" foreign key (org_id) references public.orgs(id)
    on delete cascade
);

alter table "monitoring"."deleted_durations"
  add column "source" monitoring.source not null;

comment on column "monitoring"."deleted_durations"."buckets" is 'As bucket_durations() has them.';

comment on column "monitoring"."deleted_durations"."duration_sum" is 'Milliseconds.';

comment on table "monitoring"."deleted_durations" is 'What webhooks and rules that were deleted had done until the last refresh before.';

grant delete, insert, maintain, references, select, trigger, truncate, update
  on table "monitoring"."deleted_durations"
  to "postgres";

-- schemas/monitoring/tables/deploy_comparisons

create table "monitoring"."deploy_comparisons" (
  "deploy_id"     uuid             not null,
  "org_id"        uuid             not null,
  "resource_type" text             not null,
  "resource_id"   text             not null,
  "resource_name" text             not null,
  "metric"        text             not null,
  "verdict"       text             not null,
  "measure"       text,
  "before"        double precision,
  "after"         double precision,
  "change"        double precision,
  "change_low"    double precision,
  "change_high"   double precision,
  "p_value"       double precision,
  "q_value"       double precision,
  "rows_before"   bigint           not null,
  "rows_after"    bigint           not null,
  constraint "deploy_comparisons_measure_check"
    check ((measure = ANY (ARRAY['p95_ms'::text, 'p50_ms'::text, 'error_rate'::text]))),
  constraint "deploy_comparisons_metric_check"
    check ((metric = ANY (ARRAY['latency'::text, 'error_rate'::text]))),
  constraint "deploy_comparisons_pkey" primary key (deploy_id, resource_type, resource_id, metric),
  constraint "deploy_comparisons_resource_type_check"
    check ((resource_type = ANY (ARRAY['route'::text, 'webhook'::text, 'rule'::text]))),
  constraint "deploy_comparisons_verdict_check"
    check
    ((verdict = ANY (ARRAY['better'::text, 'worse'::text, 'no difference'::text,
    'not enough data'::text]))),
  constraint "deploy_comparisons_deploy_id_fkey" foreign key (deploy_id)
    references public.deploys(id) on delete cascade
);

alter table "monitoring"."deploy_comparisons"
  enable row level security;

create policy "members read what their orgs' deploys changed" on "monitoring"."deploy_comparisons"
  for select
  to "authenticated"
  using ((org_id = ANY (ARRAY( select monitoring.my_org_ids() as my_org_ids))));

comment on column "monitoring"."deploy_comparisons"."before" is 'What it would be without the deploy: the two hours before, moved as they move by then on other days.';

comment on column "monitoring"."deploy_comparisons"."change" is 'Of a latency after / before - 1, of a share after - before.';

comment on column "monitoring"."deploy_comparisons"."change_low" is 'With change_high: the 90% interval of the change.';

comment on column "monitoring"."deploy_comparisons"."measure" is 'What the numbers are of: milliseconds of the 95th or, where only the bulk moved, of the 50th percentile; or the share of rows that failed. Null where nothing was tested.';

comment on column "monitoring"."deploy_comparisons"."p_value" is 'How likely a difference as large as this is, up or down, without any change.';

comment on column "monitoring"."deploy_comparisons"."q_value" is 'p_value, corrected for the number of comparisons of the deploy.';

comment on column "monitoring"."deploy_comparisons"."resource_type" is 'route: a method and a path of the API; webhook or rule.';

comment on column "monitoring"."deploy_comparisons"."rows_before" is 'Finished rows in the two hours before.';

comment on table "monitoring"."deploy_comparisons" is 'What deploys changed, as of the last look at each: see compare_deploy(). Members read it through v_deploy_comparisons.';

grant select on table "monitoring"."deploy_comparisons" to "authenticated";

grant delete, insert, maintain, references, select, trigger, truncate, update
  on table "monitoring"."deploy_comparisons"
  to "postgres";

grant select on table "monitoring"."deploy_comparisons" to "service_role";

-- schemas/monitoring/tables/disabled_insights

create table "monitoring"."disabled_insights" (
  "id"          uuid                     not null default gen_random_uuid(),
  "org_id"      uuid,
  "kind"        text                     not null,
  "disabled_at" timestamp with time zone not null default now(),
  constraint "disabled_insights_key" unique nulls not DISTINCT (org_id, kind),
  constraint "disabled_insights_pkey" primary key (id),
  constraint "disabled_insights_org_id_fkey" foreign key (org_id) references public.orgs(id)
    on delete cascade,
  "disabled_by" uuid                     default auth.uid(),
  constraint "disabled_insights_kind_check" check ((kind = ANY (monitoring.insight_kinds())))
);

alter table "monitoring"."disabled_insights"
  enable row level security;

create trigger end_disabled_insights
  after insert on monitoring.disabled_insights
  for each row
  execute function monitoring.end_disabled_insights();

create policy "members see what their orgs turned off" on "monitoring"."disabled_insights"
  for select
  to "authenticated"
  using ((org_id = ANY (ARRAY( select monitoring.my_org_ids() as my_org_ids))));

create policy "owners and admins turn insights off" on "monitoring"."disabled_insights"
  for insert
  to "authenticated"
  with
    check
    ((org_id = ANY (ARRAY( SELECT monitoring.my_org_ids(ARRAY['owner'::text, 'admin'::text]) AS
    my_org_ids))));

create policy "owners and admins turn insights on again" on "monitoring"."disabled_insights"
  for delete
  to "authenticated"
  using
    ((org_id = ANY (ARRAY( select monitoring.my_org_ids(ARRAY['owner'::text, 'admin'::text]) as
    my_org_ids))));

comment on column "monitoring"."disabled_insights"."org_id" is 'Who did; null for the operator.';

comment on table "monitoring"."disabled_insights" is 'The kinds of insights that are turned off.';

grant insert ("kind") on table "monitoring"."disabled_insights" to "authenticated";

grant insert ("org_id") on table "monitoring"."disabled_insights" to "authenticated";

grant delete, select on table "monitoring"."disabled_insights" to "authenticated";

grant delete, insert, maintain, references, select, trigger, truncate, update
  on table "monitoring"."disabled_insights"
  to "postgres";

grant insert ("kind") on table "monitoring"."disabled_insights" to "service_role";

grant insert ("org_id") on table "monitoring"."disabled_insights" to "service_role";

grant delete, select on table "monitoring"."disabled_insights" to "service_role";

comment on column "monitoring"."disabled_insights"."disabled_by" is 'The user; null for the secret key.';

-- schemas/monitoring/tables/evaluation_errors

create table "monitoring"."evaluation_errors" (
  "id"     bigint                   generated always as identity not null,
  "at"     timestamp with time zone not null,
  "type"   text                     not null,
  "during" text                     not null,
  "error"  text                     not null,
  constraint "evaluation_errors_during_check"
    check ((during = ANY (ARRAY['evaluation'::text, 'delivery'::text]))),
  constraint "evaluation_errors_pkey" primary key (id)
);

create index evaluation_errors_by_time_idx on monitoring.evaluation_errors using btree (at);

comment on column "monitoring"."evaluation_errors"."during" is 'evaluation: by the schedule or on request; delivery: while a delivery was tracked.';

comment on column "monitoring"."evaluation_errors"."error" is 'Why, with the SQLSTATE.';

comment on column "monitoring"."evaluation_errors"."type" is 'The type of alert that was not judged.';

comment on table "monitoring"."evaluation_errors" is 'Failures to judge a type of alert, at most one a minute while deliveries are tracked; kept for 7 days.';

grant delete, insert, maintain, references, select, trigger, truncate, update
  on table "monitoring"."evaluation_errors"
  to "postgres";

grant select on table "monitoring"."evaluation_errors" to "service_role";

-- schemas/monitoring/tables/evaluation_runs

create table "monitoring"."evaluation_runs" (
  "id"           bigint                   generated always as identity not null,
  "at"           timestamp with time zone not null,
  "duration_ms"  integer                  not null,
  "events"       integer                  not null,
  "failed_types" text[]                   not null,
  constraint "evaluation_runs_pkey" primary key (id)
);

comment on column "monitoring"."evaluation_runs"."at" is 'As of when it judged.';

comment on column "monitoring"."evaluation_runs"."events" is 'How many rows it added to alert_events.';

comment on column "monitoring"."evaluation_runs"."failed_types" is 'The types that could not be judged: see evaluation_errors.';

comment on table "monitoring"."evaluation_runs" is 'Each evaluation of all orgs that was not skipped; kept for 7 days.';

grant delete, insert, maintain, references, select, trigger, truncate, update
  on table "monitoring"."evaluation_runs"
  to "postgres";

grant select on table "monitoring"."evaluation_runs" to "service_role";

-- schemas/monitoring/tables/event_fields

create table "monitoring"."event_fields" (
  "type"     text    not null,
  "field"    text    not null,
  "kind"     text    not null,
  "required" boolean not null default false,
  "least"    bigint,
  "most"     bigint,
  "choices"  text[],
  "pattern"  text,
  constraint "event_fields_kind_check"
    check
    ((kind = ANY (ARRAY['uuid'::text, 'reference'::text, 'text'::text, 'integer'::text,
    'number'::text, 'labels'::text, 'time'::text, 'ip'::text]))),
  constraint "event_fields_pkey" primary key (type, field)
);

comment on column "monitoring"."event_fields"."choices" is 'All that a text may be; null: anything that matches the pattern, if there is one.';

comment on column "monitoring"."event_fields"."kind" is 'reference is the uuid of a row that is there; number is from -1e15 to 1e15; labels are up to 10 texts by name; time is ISO 8601 with an offset.';

comment on column "monitoring"."event_fields"."least" is 'With `most`: what an integer may be, or how many characters a text may have.';

comment on table "monitoring"."event_fields" is 'The fields of each type of event.';

grant delete, insert, maintain, references, select, trigger, truncate, update
  on table "monitoring"."event_fields"
  to "postgres";

grant select on table "monitoring"."event_fields" to "service_role";

-- schemas/monitoring/tables/function_calls

create table "monitoring"."function_calls" (
  "id"          bigint                   generated always as identity not null,
  "path"        text                     not null,
  "request_id"  bigint                   not null,
  "cron_run_id" bigint,
  "called_at"   timestamp with time zone not null,
  "outcome"     text                     not null default 'pending'::text,
  "status_code" integer,
  "error"       text,
  constraint "function_calls_outcome_check"
    check
    ((outcome = ANY (ARRAY['pending'::text, 'answered'::text, 'failed'::text, 'lost'::text]))),
  constraint "function_calls_pkey" primary key (id),
  constraint "function_calls_status_if_answered"
    check (((outcome = 'answered'::text) = (status_code IS NOT NULL)))
);

create unique index function_calls_pending_key on monitoring.function_calls using btree (request_id)
  where (outcome = 'pending'::text);

comment on column "monitoring"."function_calls"."cron_run_id" is 'The run of cron.job_run_details that made it; null when a change in the data did.';

comment on column "monitoring"."function_calls"."error" is 'Why it failed, in pg_net''s words; null otherwise.';

comment on column "monitoring"."function_calls"."outcome" is 'pending; answered: with a status, whichever; failed: without one; lost: pg_net knows nothing of it.';

comment on column "monitoring"."function_calls"."path" is 'Below settings.functions_url.';

comment on column "monitoring"."function_calls"."request_id" is 'What pg_net calls it.';

comment on table "monitoring"."function_calls" is 'Calls of edge functions by the database, each with its true outcome; kept for 30 days.';

grant delete, insert, maintain, references, select, trigger, truncate, update
  on table "monitoring"."function_calls"
  to "postgres";

-- schemas/monitoring/tables/insights

create table "monitoring"."insights" (
  "id"              uuid                     not null default gen_random_uuid(),
  "org_id"          uuid,
  "kind"            text                     not null,
  "severity"        text                     not null,
  "resource_type"   text                     not null,
  "resource_id"     text                     not null,
  "resource_name"   text                     not null,
  "metric"          text                     not null,
  "sentence"        text                     not null,
  "detail"          jsonb                    not null,
  "first_stated_at" timestamp with time zone not null,
  "last_stated_at"  timestamp with time zone not null,
  "ended_at"        timestamp with time zone,
  "acknowledged_by" uuid,
  "acknowledged_at" timestamp with time zone,
  "expected_by"     uuid,
  "expected_at"     timestamp with time zone,
  constraint "insights_detail_check" check ((jsonb_typeof(detail) = 'object'::text)),
  constraint "insights_pkey" primary key (id),
  constraint "insights_sentence_check" check ((sentence <> ''::text)),
  constraint "insights_severity_check"
    check ((severity = ANY (ARRAY['info'::text, 'warning'::text, 'critical'::text]))),
  constraint "insights_org_id_fkey" foreign key (org_id) references public.orgs(id)
    on delete cascade,
  constraint "insights_kind_check" check ((kind = ANY (monitoring.insight_kinds())))
);

alter table "monitoring"."insights"
  enable row level security;

create index insights_by_org_idx on monitoring.insights using btree (org_id, first_stated_at desc);

create policy "all but viewers answer insights" on "monitoring"."insights"
  for update
  to "authenticated"
  using
    ((org_id = ANY (ARRAY( select monitoring.my_org_ids(ARRAY['owner'::text, 'admin'::text,
    'member'::text]) as my_org_ids))))
  with
    check
    ((org_id = ANY (ARRAY( SELECT monitoring.my_org_ids(ARRAY['owner'::text, 'admin'::text,
    'member'::text]) AS my_org_ids))));

create policy "members read their orgs' insights" on "monitoring"."insights"
  for select
  to "authenticated"
  using ((org_id = ANY (ARRAY( select monitoring.my_org_ids() as my_org_ids))));

comment on column "monitoring"."insights"."acknowledged_by" is 'Who has seen it; null for the secret key, and while nobody has.';

comment on column "monitoring"."insights"."detail" is 'The numbers behind the sentence, by kind.';

comment on column "monitoring"."insights"."ended_at" is 'When it was no longer true, or its kind was turned off; null while it is open.';

comment on column "monitoring"."insights"."expected_at" is 'When somebody did. Whoever states this kind takes it into account.';

comment on column "monitoring"."insights"."expected_by" is 'Who said that this was expected; as acknowledged_by.';

comment on column "monitoring"."insights"."first_stated_at" is 'Since when it has been stated.';

comment on column "monitoring"."insights"."metric" is 'What of the resource it is about, for example p95_ms.';

comment on column "monitoring"."insights"."org_id" is 'Whose it is; null for the operator''s.';

comment on column "monitoring"."insights"."sentence" is 'What is so, in one sentence, as last stated.';

comment on table "monitoring"."insights" is 'Insights: what foresight states, and stated in the last year. Members read them through v_insights.';

grant update ("acknowledged_at") on table "monitoring"."insights" to "authenticated";

grant update ("acknowledged_by") on table "monitoring"."insights" to "authenticated";

grant update ("expected_at") on table "monitoring"."insights" to "authenticated";

grant update ("expected_by") on table "monitoring"."insights" to "authenticated";

grant select on table "monitoring"."insights" to "authenticated";

grant delete, insert, maintain, references, select, trigger, truncate, update
  on table "monitoring"."insights"
  to "postgres";

grant update ("acknowledged_at") on table "monitoring"."insights" to "service_role";

grant update ("acknowledged_by") on table "monitoring"."insights" to "service_role";

grant update ("expected_at") on table "monitoring"."insights" to "service_role";

grant update ("expected_by") on table "monitoring"."insights" to "service_role";

grant select on table "monitoring"."insights" to "service_role";

alter table "monitoring"."insights"
  add column "fingerprint" text generated always as
    (monitoring.fingerprint(org_id, ((kind || '.'::text) || metric), resource_type, resource_id))
    stored not null;

comment on column "monitoring"."insights"."fingerprint" is 'The same for every statement of this kind about this metric of this resource; at most one of them is open.';

create unique index insights_open_key on monitoring.insights using btree (fingerprint)
  where (ended_at is null);

-- schemas/monitoring/tables/metric_points

create table "monitoring"."metric_points" (
  "id"          uuid                     not null,
  "series_id"   uuid                     not null,
  "at"          timestamp with time zone not null,
  "value"       double precision         not null,
  "count"       integer                  not null,
  "received_at" timestamp with time zone not null default now(),
  constraint "metric_points_count_check" check ((count > 0)),
  constraint "metric_points_pkey" primary key (id)
);

comment on column "monitoring"."metric_points"."count" is 'How many of a histogram''s values it stands for.';

comment on table "monitoring"."metric_points" is 'Values of metrics as they were sent, of the last days.';

grant delete, insert, maintain, references, select, trigger, truncate, update
  on table "monitoring"."metric_points"
  to "postgres";

grant delete, insert, select on table "monitoring"."metric_points" to "service_role";

-- schemas/monitoring/tables/metric_settings

create table "monitoring"."metric_settings" (
  "singleton"      boolean not null default true,
  "series_per_org" integer not null default 1000,
  constraint "metric_settings_pkey" primary key (singleton),
  constraint "metric_settings_series_per_org_check"
    check (((series_per_org >= 1) AND (series_per_org <= 100000))),
  constraint "metric_settings_singleton_check" check (singleton)
);

comment on column "monitoring"."metric_settings"."series_per_org" is 'How many series an org may have. What would begin another is refused, with limit_exceeded.';

comment on table "monitoring"."metric_settings" is 'What the operator sets about metrics, one row.';

grant delete, insert, maintain, references, select, trigger, truncate, update
  on table "monitoring"."metric_settings"
  to "postgres";

grant select on table "monitoring"."metric_settings" to "service_role";

-- schemas/monitoring/tables/notification_counts

create table "monitoring"."notification_counts" (
  "id"           bigint generated always as identity not null,
  "org_id"       uuid,
  "channel_kind" text   not null,
  "outcome"      text   not null,
  "counted"      bigint not null,
  constraint "notification_counts_counted_check" check ((counted > 0)),
  constraint "notification_counts_outcome_check"
    check ((outcome = ANY (ARRAY['delivered'::text, 'dead'::text, 'dropped'::text]))),
  constraint "notification_counts_pkey" primary key (id),
  constraint "notification_counts_org_id_fkey" foreign key (org_id) references public.orgs(id)
    on delete cascade
);

create index notification_counts_org_id_idx on monitoring.notification_counts using btree (org_id);

comment on column "monitoring"."notification_counts"."org_id" is 'The channel''s org; null for the operator''s.';

comment on column "monitoring"."notification_counts"."outcome" is 'As the status of notifications; one that was dead and sent again counts twice.';

comment on table "monitoring"."notification_counts" is 'Notifications that ended, by how: to be summed. Tests of channels do not count.';

grant delete, insert, maintain, references, select, trigger, truncate, update
  on table "monitoring"."notification_counts"
  to "postgres";

-- schemas/monitoring/tables/notifications

create table "monitoring"."notifications" (
  "id"           bigint                   generated always as identity not null,
  "org_id"       uuid,
  "channel_id"   uuid                     not null,
  "event_id"     bigint,
  "group_key"    text                     not null,
  "status"       text                     not null default 'queued'::text,
  "message_id"   uuid,
  "dedup_key"    text,
  "attempts"     integer                  not null default 0,
  "queued_at"    timestamp with time zone not null,
  "due_at"       timestamp with time zone not null,
  "leased_until" timestamp with time zone,
  "finished_at"  timestamp with time zone,
  "status_code"  integer,
  "answer"       text,
  "error"        text,
  "duration_ms"  integer,
  constraint "notifications_attempts_check" check ((attempts >= 0)),
  constraint "notifications_channel_id_fkey" foreign key (channel_id)
    references monitoring.channels(id) on delete cascade,
  constraint "notifications_event_id_channel_id_key" unique (event_id, channel_id),
  constraint "notifications_event_id_fkey" foreign key (event_id)
    references monitoring.alert_events(id) on delete cascade,
  constraint "notifications_finish_at_a_time"
    check
    (((status = ANY (ARRAY['delivered'::text, 'dead'::text, 'dropped'::text])) = (finished_at IS
    NOT NULL))),
  constraint "notifications_leased_while_sending"
    check (((status = 'sending'::text) = (leased_until IS NOT NULL))),
  constraint "notifications_pkey" primary key (id),
  constraint "notifications_sent_as_a_message" check (((message_id IS
    NOT NULL) OR
    ((attempts = 0) AND (status = ANY (ARRAY['queued'::text, 'dead'::text, 'dropped'::text]))))),
  constraint "notifications_status_check"
    check
    ((status = ANY (ARRAY['queued'::text, 'sending'::text, 'delivered'::text, 'dead'::text,
    'dropped'::text])))
);

alter table "monitoring"."notifications"
  enable row level security;

create index notifications_by_org_idx on monitoring.notifications using btree (org_id, id desc);

create index notifications_open_idx on monitoring.notifications using btree (channel_id, group_key)
  where (status = ANY (ARRAY['queued'::text, 'sending'::text]));

create trigger count_notifications
  after update on monitoring.notifications referencing OLD table as
  before NEW table as
  after
  for each STATEMENT
  execute function monitoring.count_notifications();

create policy "members read their orgs' notifications" on "monitoring"."notifications"
  for select
  to "authenticated"
  using ((org_id = ANY (ARRAY( select monitoring.my_org_ids() as my_org_ids))));

comment on column "monitoring"."notifications"."answer" is 'How the last answer began, at most 500 characters.';

comment on column "monitoring"."notifications"."attempts" is 'How often it was sent or a sender took it on.';

comment on column "monitoring"."notifications"."dedup_key" is 'The incident of PagerDuty that it belongs to.';

comment on column "monitoring"."notifications"."duration_ms" is 'Milliseconds that the last attempt took.';

comment on column "monitoring"."notifications"."error" is 'Why the last attempt failed, or why there was none.';

comment on column "monitoring"."notifications"."event_id" is 'What happened, in alert_events; null for a test of the channel.';

comment on column "monitoring"."notifications"."group_key" is 'What may go out together: the type of alert, for webhooks with the receiver''s host.';

comment on column "monitoring"."notifications"."message_id" is 'The message that carries it, given when it is first sent: the id by which a receiver knows repetitions.';

comment on column "monitoring"."notifications"."org_id" is 'The channel''s org; null for the operator''s.';

comment on column "monitoring"."notifications"."status" is 'queued until due_at; sending until leased_until; delivered; dead: given up, see error; dropped: no longer of use.';

comment on column "monitoring"."notifications"."status_code" is 'HTTP status of the last answer; null when there was none.';

comment on table "monitoring"."notifications" is 'What is owed to a channel, and what became of it; finished ones are kept for 90 days. Read through v_notifications.';

grant select on table "monitoring"."notifications" to "authenticated";

grant delete, insert, maintain, references, select, trigger, truncate, update
  on table "monitoring"."notifications"
  to "postgres";

grant select on table "monitoring"."notifications" to "service_role";

-- schemas/monitoring/tables/objectives

create table "monitoring"."objectives" (
  "org_id" uuid    not null,
  "metric" text    not null,
  "target" numeric not null,
  constraint "objectives_metric_check"
    check ((metric = ANY (ARRAY['deliveries'::text, 'requests'::text]))),
  constraint "objectives_pkey" primary key (org_id, metric),
  constraint "objectives_target_check" check (((target >= 0.5) AND (target <= 0.99999))),
  constraint "objectives_org_id_fkey" foreign key (org_id) references public.orgs(id)
    on delete cascade
);

alter table "monitoring"."objectives"
  enable row level security;

create policy "members read their orgs' objectives" on "monitoring"."objectives"
  for select
  to "authenticated"
  using ((org_id = ANY (ARRAY( select monitoring.my_org_ids() as my_org_ids))));

create policy "owners and admins change objectives" on "monitoring"."objectives"
  for update
  to "authenticated"
  using
    ((org_id = ANY (ARRAY( select monitoring.my_org_ids(ARRAY['owner'::text, 'admin'::text]) as
    my_org_ids))))
  with
    check
    ((org_id = ANY (ARRAY( SELECT monitoring.my_org_ids(ARRAY['owner'::text, 'admin'::text]) AS
    my_org_ids))));

create policy "owners and admins drop objectives" on "monitoring"."objectives"
  for delete
  to "authenticated"
  using
    ((org_id = ANY (ARRAY( select monitoring.my_org_ids(ARRAY['owner'::text, 'admin'::text]) as
    my_org_ids))));

create policy "owners and admins set objectives" on "monitoring"."objectives"
  for insert
  to "authenticated"
  with
    check
    ((org_id = ANY (ARRAY( SELECT monitoring.my_org_ids(ARRAY['owner'::text, 'admin'::text]) AS
    my_org_ids))));

comment on column "monitoring"."objectives"."metric" is 'deliveries of its webhooks, or requests to its API.';

comment on column "monitoring"."objectives"."target" is 'Which share of them is to succeed over 30 days, for example 0.99.';

comment on table "monitoring"."objectives" is 'The objectives of orgs: without a row for a metric there is none.';

grant delete, insert, select, update on table "monitoring"."objectives" to "authenticated";

grant delete, insert, maintain, references, select, trigger, truncate, update
  on table "monitoring"."objectives"
  to "postgres";

grant delete, insert, select, update on table "monitoring"."objectives" to "service_role";

-- schemas/monitoring/tables/prices

create table "monitoring"."prices" (
  "item"     text    not null,
  "unit"     text    not null,
  "price"    numeric not null,
  "included" numeric not null default 0,
  "currency" text    not null default 'USD'::text,
  "as_of"    date    not null,
  "source"   text    not null,
  constraint "prices_are_by_known_units" check ((unit =
CASE item
    WHEN 'disk'::text THEN 'GB-month'::text
    WHEN 'egress'::text THEN 'GB'::text
    WHEN 'function_calls'::text THEN 'million'::text
    ELSE NULL::text
END)),
  constraint "prices_as_of_check" check (isfinite(as_of)),
  constraint "prices_currency_check" check ((currency ~ '^[A-Z]{3}$'::text)),
  constraint "prices_included_check"
    check (((included >= (0)::numeric) AND (included < 'Infinity'::numeric))),
  constraint "prices_item_check"
    check ((item = ANY (ARRAY['disk'::text, 'egress'::text, 'function_calls'::text]))),
  constraint "prices_pkey" primary key (item),
  constraint "prices_price_check"
    check (((price >= (0)::numeric) AND (price < 'Infinity'::numeric))),
  constraint "prices_source_check" check ((source ~* '^https?://\S+$'::text))
);

create trigger check_currency
  after insert or update on monitoring.prices
  for each STATEMENT
  execute function monitoring.check_currency();

comment on column "monitoring"."prices"."as_of" is 'The day on which somebody last looked it up.';

comment on column "monitoring"."prices"."currency" is 'As ISO 4217 has it; one for all items, as they are added up.';

comment on column "monitoring"."prices"."included" is 'Units a month that the plan includes, for the whole project.';

comment on column "monitoring"."prices"."item" is 'disk: all that the database holds; egress: bytes out; function_calls: calls of edge functions.';

comment on column "monitoring"."prices"."price" is 'Of one unit, in the currency.';

comment on column "monitoring"."prices"."source" is 'Where.';

comment on column "monitoring"."prices"."unit" is 'GB-month, GB or million: a GB is 10^9 bytes, a month a twelfth of a year.';

comment on table "monitoring"."prices" is 'What a unit of each item costs beyond what the plan includes. The operator keeps it true: see docs/costs.md. An item without a row has no known price.';

grant delete, insert, maintain, references, select, trigger, truncate, update
  on table "monitoring"."prices"
  to "postgres";

grant select on table "monitoring"."prices" to "service_role";

-- schemas/monitoring/tables/raw_tables

create table "monitoring"."raw_tables" (
  "name"           text                     not null,
  "time_column"    text                     not null,
  "complete_since" timestamp with time zone not null default '-infinity'::timestamp with time zone,
  constraint "raw_tables_name_key" unique (name)
);

alter table "monitoring"."raw_tables"
  add column "source" monitoring.source not null;

alter table "monitoring"."raw_tables"
  add constraint "raw_tables_pkey" primary key (source);

comment on column "monitoring"."raw_tables"."complete_since" is 'Rows from before this moment may have been dropped by retention: of them the rollups know more.';

comment on column "monitoring"."raw_tables"."time_column" is 'What they are partitioned by.';

comment on table "monitoring"."raw_tables" is 'The tables in public whose rows are rolled up.';

grant delete, insert, maintain, references, select, trigger, truncate, update
  on table "monitoring"."raw_tables"
  to "postgres";

-- schemas/monitoring/tables/refresh_runs

create table "monitoring"."refresh_runs" (
  "id"          bigint                   generated always as identity not null,
  "started_at"  timestamp with time zone not null,
  "finished_at" timestamp with time zone not null,
  "lag_ms"      bigint,
  "folded_rows" bigint,
  "backlog"     bigint                   not null,
  "view_rows"   jsonb,
  "error"       text,
  "started_by"  name                     not null,
  constraint "refresh_runs_have_rows_or_an_error"
    check
    ((((view_rows IS NULL) <> (error IS NULL)) AND ((folded_rows IS NULL) <> (error IS NULL)))),
  constraint "refresh_runs_pkey" primary key (id)
);

alter table "monitoring"."refresh_runs"
  add column "duration_ms" integer generated always as
    (((EXTRACT(epoch from (finished_at - started_at)) * (1000)::numeric))::integer) stored not null;

comment on column "monitoring"."refresh_runs"."backlog" is 'Changes that were waiting for the next run when this one ended.';

comment on column "monitoring"."refresh_runs"."duration_ms" is 'Milliseconds, for all views together.';

comment on column "monitoring"."refresh_runs"."error" is 'Why it failed, with the SQLSTATE; the views kept the rows they had.';

comment on column "monitoring"."refresh_runs"."folded_rows" is 'Raw rows, new, changed or removed, that were added to the rollups; null when it failed.';

comment on column "monitoring"."refresh_runs"."lag_ms" is 'Milliseconds since the last successful run began: how far the views were behind. Null for the first.';

comment on column "monitoring"."refresh_runs"."started_by" is 'The database role that asked for it.';

comment on column "monitoring"."refresh_runs"."view_rows" is 'Rows of each view after the refresh, by the view''s name; null when it failed.';

comment on table "monitoring"."refresh_runs" is 'Each refresh of the materialized views; kept for 7 days, the last success for ever.';

grant delete, insert, maintain, references, select, trigger, truncate, update
  on table "monitoring"."refresh_runs"
  to "postgres";

grant select on table "monitoring"."refresh_runs" to "service_role";

-- schemas/monitoring/tables/rollup_settings

create table "monitoring"."rollup_settings" (
  "singleton"        boolean  not null default true,
  "refresh_every"    interval not null default '00:05:00'::interval,
  "hourly_for"       interval not null default '30 days'::interval,
  "raw_retention"    interval not null default '90 days'::interval,
  "rollup_retention" interval not null default '2 years'::interval,
  constraint "rollup_settings_hourly_for_check"
    check (((hourly_for >= '8 days'::interval) AND (hourly_for <= '400 days'::interval))),
  constraint "rollup_settings_pkey" primary key (singleton),
  constraint "rollup_settings_raw_retention_check"
    check (((raw_retention >= '8 days'::interval) AND (raw_retention <= '10 years'::interval))),
  constraint "rollup_settings_refresh_every_check"
    check
    ((refresh_every = ANY (ARRAY['00:01:00'::interval, '00:02:00'::interval, '00:03:00'::interval,
    '00:04:00'::interval,
    '00:05:00'::interval,
    '00:06:00'::interval,
    '00:10:00'::interval,
    '00:12:00'::interval, '00:15:00'::interval, '00:20:00'::interval, '00:30:00'::interval]))),
  constraint "rollup_settings_rollup_retention_check"
    check
    (((rollup_retention >= '30 days'::interval) AND (rollup_retention <= '20 years'::interval))),
  constraint "rollup_settings_singleton_check" check (singleton),
  constraint "rollups_outlive_raw_rows" check ((rollup_retention >= raw_retention))
);

create trigger schedule_refresh
  after update on monitoring.rollup_settings
  for each row
  execute function monitoring.schedule_refresh();

comment on column "monitoring"."rollup_settings"."hourly_for" is 'How long webhooks and rules are rolled up by the hour; by the day afterwards. Not under 8 days, which the 7-day columns need.';

comment on column "monitoring"."rollup_settings"."raw_retention" is 'How long rows of webhook_deliveries, rule_executions and api_audit_logs are kept, at least: a month''s partition goes when its newest row is older. Not under 8 days, which the 7-day columns need.';

comment on column "monitoring"."rollup_settings"."refresh_every" is 'Between two refreshes of the views: minutes that divide the hour. The schedule follows it.';

comment on column "monitoring"."rollup_settings"."rollup_retention" is 'How long rollups are kept; what is older counts in the lifetime totals alone.';

comment on table "monitoring"."rollup_settings" is 'What the operator sets, one row: see docs/operations.md.';

grant delete, insert, maintain, references, select, trigger, truncate, update
  on table "monitoring"."rollup_settings"
  to "postgres";

grant select on table "monitoring"."rollup_settings" to "service_role";

-- schemas/monitoring/tables/rollup_state

create table "monitoring"."rollup_state" (
  "singleton"        boolean                  not null default true,
  "at"               timestamp with time zone not null default '-infinity'::timestamp
    with time zone,
  "day_from"         timestamp with time zone not null default '-infinity'::timestamp
    with time zone,
  "week_from"        timestamp with time zone not null default '-infinity'::timestamp
    with time zone,
  "daily_before"     timestamp with time zone not null default '-infinity'::timestamp
    with time zone,
  "forgotten_before" timestamp with time zone not null default '-infinity'::timestamp
    with time zone,
  constraint "rollup_state_pkey" primary key (singleton),
  constraint "rollup_state_singleton_check" check (singleton)
);

alter table "monitoring"."rollup_state"
  enable row level security;

create policy "members know how far the rollups are" on "monitoring"."rollup_state"
  for select
  to "authenticated"
  using ((exists ( select
   from monitoring.my_org_ids() my_org_ids(my_org_ids))));

comment on column "monitoring"."rollup_state"."at" is 'The moment at which the windows of a day and a week end: that of the last refresh.';

comment on column "monitoring"."rollup_state"."daily_before" is 'Until when deliveries and executions are rolled up by the day.';

comment on column "monitoring"."rollup_state"."day_from" is 'Where the whole hours of the last 24 begin: less than an hour, or just one, after the window does.';

comment on column "monitoring"."rollup_state"."forgotten_before" is 'Until when rollups were added up in one row.';

comment on column "monitoring"."rollup_state"."week_from" is 'Where the whole hours of the last 7 days begin.';

comment on table "monitoring"."rollup_state" is 'How far the rollups are, one row.';

grant select on table "monitoring"."rollup_state" to "authenticated";

grant delete, insert, maintain, references, select, trigger, truncate, update
  on table "monitoring"."rollup_state"
  to "postgres";

grant select on table "monitoring"."rollup_state" to "service_role";

-- schemas/monitoring/tables/rollups

create table "monitoring"."rollups" (
  "resource_id"      uuid                     not null,
  "starts_at"        timestamp with time zone not null,
  "pending"          bigint                   not null default 0,
  "succeeded"        bigint                   not null default 0,
  "failed"           bigint                   not null default 0,
  "duration_sum"     bigint                   not null default 0,
  "last_success_at"  timestamp with time zone,
  "affected"         bigint,
  "duration_max"     integer,
  "bins"             integer[],
  "p95_ms"           numeric,
  "by_resource_type" jsonb,
  "by_error_code"    jsonb
);

alter table "monitoring"."rollups"
  enable row level security;

alter table "monitoring"."rollups"
  add column "source" monitoring.source not null;

alter table "monitoring"."rollups"
  add constraint "rollups_pkey" primary key (source, resource_id, starts_at);

create policy "members read their orgs' requests" on "monitoring"."rollups"
  for select
  to "authenticated"
  using
    (((source = 'request'::monitoring.source) AND (resource_id = ANY (ARRAY( select
    monitoring.my_org_ids() as my_org_ids)))));

comment on column "monitoring"."rollups"."affected" is 'Contacts on which executions acted; null for other sources.';

comment on column "monitoring"."rollups"."bins" is 'Durations of finished rows, each element count * 2048 + bin, one element a bin (or more, where a count is over a million).';

comment on column "monitoring"."rollups"."by_error_code" is 'Counts of requests by status of 400 or more; null for other sources.';

comment on column "monitoring"."rollups"."by_resource_type" is 'Counts of requests by what they asked for; null for other sources.';

comment on column "monitoring"."rollups"."duration_max" is 'Milliseconds; the longest of those rows that are there or went by retention.';

comment on column "monitoring"."rollups"."duration_sum" is 'Milliseconds, of finished rows.';

comment on column "monitoring"."rollups"."last_success_at" is 'The latest time of a row that succeeded.';

comment on column "monitoring"."rollups"."p95_ms" is 'Milliseconds, within 1%; of requests only.';

comment on column "monitoring"."rollups"."resource_id" is 'The webhook, the rule, or the org whose API was asked.';

comment on column "monitoring"."rollups"."starts_at" is 'Start of the hour in UTC; of the day, before daily_before of rollup_state, for deliveries and executions; -infinity for all that is older than the retention of rollups.';

comment on table "monitoring"."rollups" is 'Raw rows added up by hour, or by day where they are old; as of the last refresh.';

grant select on table "monitoring"."rollups" to "authenticated";

grant delete, insert, maintain, references, select, trigger, truncate, update
  on table "monitoring"."rollups"
  to "postgres";

grant select on table "monitoring"."rollups" to "service_role";

-- schemas/monitoring/tables/route_days

create table "monitoring"."route_days" (
  "org_id"       uuid   not null,
  "route"        text   not null,
  "day"          date   not null,
  "requests"     bigint not null,
  "duration_sum" bigint not null,
  "bytes_out"    bigint,
  constraint "route_days_pkey" primary key (org_id, route, day),
  constraint "route_days_org_id_fkey" foreign key (org_id) references public.orgs(id)
    on delete cascade
);

comment on column "monitoring"."route_days"."bytes_out" is 'Of those requests that said it; null when none did.';

comment on column "monitoring"."route_days"."duration_sum" is 'Milliseconds.';

comment on column "monitoring"."route_days"."route" is 'Empty: all that are rarer, which are the org''s.';

comment on table "monitoring"."route_days" is 'Requests by route (method and path) and day in UTC: the 100 busiest routes of each org and day.';

grant delete, insert, maintain, references, select, trigger, truncate, update
  on table "monitoring"."route_days"
  to "postgres";

-- schemas/monitoring/tables/series_scores

create table "monitoring"."series_scores" (
  "org_id"    uuid                     not null,
  "series_id" bigint                   not null,
  "at"        timestamp with time zone not null,
  "value"     double precision         not null,
  "expected"  double precision         not null,
  "lower"     double precision         not null,
  "upper"     double precision         not null,
  "score"     double precision         not null,
  "unusual"   boolean                  not null,
  constraint "series_scores_pkey" primary key (series_id, at),
  constraint "series_scores_series_id_fkey" foreign key (series_id)
    references monitoring.watched_series(id) on delete cascade
);

alter table "monitoring"."series_scores"
  enable row level security;

create policy "members read the scores of their orgs' series" on "monitoring"."series_scores"
  for select
  to "authenticated"
  using ((org_id = ANY (ARRAY( select monitoring.my_org_ids() as my_org_ids))));

comment on column "monitoring"."series_scores"."at" is 'The start of the hour.';

comment on table "monitoring"."series_scores" is 'Hours of watched series, as they were scored; kept for 35 days.';

grant select on table "monitoring"."series_scores" to "authenticated";

grant delete, insert, maintain, references, select, trigger, truncate, update
  on table "monitoring"."series_scores"
  to "postgres";

grant select on table "monitoring"."series_scores" to "service_role";

-- schemas/monitoring/tables/settings

create table "monitoring"."settings" (
  "singleton"           boolean                  not null default true,
  "functions_url"       text,
  "dashboard_url"       text,
  "heartbeat_url"       text,
  "allowed_networks"    cidr[]                   not null default '{}'::cidr[],
  "receiver_timeout_ms" integer                  not null default 10000,
  "installed_at"        timestamp with time zone not null default now(),
  constraint "settings_dashboard_url_check"
    check ((dashboard_url ~ '^https?://[^\s/?#@]+\S*$'::text)),
  constraint "settings_functions_url_check"
    check ((functions_url ~ '^https?://[^\s/?#@]+(/[^\s?#]*[^\s/?#])?$'::text)),
  constraint "settings_heartbeat_url_check"
    check ((heartbeat_url ~ '^https?://[^\s/?#@]+\S*$'::text)),
  constraint "settings_pkey" primary key (singleton),
  constraint "settings_receiver_timeout_ms_check"
    check (((receiver_timeout_ms >= 100) AND (receiver_timeout_ms <= 20000))),
  constraint "settings_singleton_check" check (singleton)
);

comment on column "monitoring"."settings"."allowed_networks" is 'Private networks that channels may lead to all the same, and over plain http: for development.';

comment on column "monitoring"."settings"."dashboard_url" is 'Where a message links to; null: it links nowhere.';

comment on column "monitoring"."settings"."functions_url" is 'Where the database reaches the edge functions, for example https://abc.supabase.co/functions/v1. Nothing is sent until it is set.';

comment on column "monitoring"."settings"."heartbeat_url" is 'Called every minute while scheduler, pg_net, functions and database all work; who waits there raises the alarm when it is not. Null: none.';

comment on column "monitoring"."settings"."installed_at" is 'Since when there is something to watch: what never ran is late from then on.';

comment on column "monitoring"."settings"."receiver_timeout_ms" is 'Milliseconds that a receiver has to answer.';

comment on table "monitoring"."settings" is 'What the operator sets, one row: see docs/alerts.md.';

grant delete, insert, maintain, references, select, trigger, truncate, update
  on table "monitoring"."settings"
  to "postgres";

-- schemas/monitoring/tables/silences

create table "monitoring"."silences" (
  "id"         uuid                     not null default gen_random_uuid(),
  "org_id"     uuid,
  "matchers"   jsonb                    not null,
  "reason"     text                     not null,
  "created_at" timestamp with time zone not null default now(),
  "ends_at"    timestamp with time zone not null,
  constraint "silences_matchers_check" check ((jsonb_typeof(matchers) = 'object'::text)),
  constraint "silences_pkey" primary key (id),
  constraint "silences_reason_check" check (((length(reason) >= 1) AND (length(reason) <= 1000))),
  constraint "silences_org_id_fkey" foreign key (org_id) references public.orgs(id)
    on delete cascade,
  "created_by" uuid                     default auth.uid()
);

alter table "monitoring"."silences"
  enable row level security;

create index silences_by_org_idx on monitoring.silences using btree (org_id, ends_at desc);

create policy "all but viewers end silences" on "monitoring"."silences"
  for update
  to "authenticated"
  using
    ((org_id = ANY (ARRAY( select monitoring.my_org_ids(ARRAY['owner'::text, 'admin'::text,
    'member'::text]) as my_org_ids))))
  with
    check
    ((org_id = ANY (ARRAY( SELECT monitoring.my_org_ids(ARRAY['owner'::text, 'admin'::text,
    'member'::text]) AS my_org_ids))));

create policy "all but viewers silence alerts" on "monitoring"."silences"
  for insert
  to "authenticated"
  with
    check
    ((org_id = ANY (ARRAY( SELECT monitoring.my_org_ids(ARRAY['owner'::text, 'admin'::text,
    'member'::text]) AS my_org_ids))));

create policy "members read their orgs' silences" on "monitoring"."silences"
  for select
  to "authenticated"
  using ((org_id = ANY (ARRAY( select monitoring.my_org_ids() as my_org_ids))));

comment on column "monitoring"."silences"."matchers" is 'Fields of an alert (type, severity, resource_type, resource_id, resource_name) and what each must be, with * for any text; {} matches every alert of the org.';

comment on column "monitoring"."silences"."org_id" is 'Whose alerts it silences; null for the operator''s.';

comment on column "monitoring"."silences"."reason" is 'Why, in the words of who made it.';

comment on table "monitoring"."silences" is 'Silences, the ended ones too. Members read them through v_silences.';

grant insert ("ends_at"), update ("ends_at") on table "monitoring"."silences" to "authenticated";

grant insert ("matchers") on table "monitoring"."silences" to "authenticated";

grant insert ("org_id") on table "monitoring"."silences" to "authenticated";

grant insert ("reason") on table "monitoring"."silences" to "authenticated";

grant select on table "monitoring"."silences" to "authenticated";

grant delete, insert, maintain, references, select, trigger, truncate, update
  on table "monitoring"."silences"
  to "postgres";

grant insert ("ends_at"), update ("ends_at") on table "monitoring"."silences" to "service_role";

grant insert ("matchers") on table "monitoring"."silences" to "service_role";

grant insert ("org_id") on table "monitoring"."silences" to "service_role";

grant insert ("reason") on table "monitoring"."silences" to "service_role";

grant select on table "monitoring"."silences" to "service_role";

comment on column "monitoring"."silences"."created_by" is 'The user; null for the secret key.';

-- schemas/monitoring/tables/slow_statements

create table "monitoring"."slow_statements" (
  "query_id" text                     not null,
  "role"     name                     not null,
  "seconds"  numeric                  not null,
  "seen_at"  timestamp with time zone not null,
  constraint "slow_statements_pkey" primary key (query_id)
);

comment on column "monitoring"."slow_statements"."seconds" is 'How long one execution took at least.';

comment on column "monitoring"."slow_statements"."seen_at" is 'The look that found it.';

comment on table "monitoring"."slow_statements" is 'Statements that were slow between two looks: the newest time of each. Kept for an hour.';

grant delete, insert, maintain, references, select, trigger, truncate, update
  on table "monitoring"."slow_statements"
  to "postgres";

-- schemas/monitoring/tables/statement_counts

create table "monitoring"."statement_counts" (
  "user_id"    oid              not null,
  "query_id"   bigint           not null,
  "top_level"  boolean          not null,
  "calls"      bigint           not null,
  "total_ms"   double precision not null,
  "longest_ms" double precision not null,
  constraint "statement_counts_pkey" primary key (user_id, query_id, top_level)
);

comment on table "monitoring"."statement_counts" is 'What pg_stat_statements had counted at the last look, of statements that had ever been slow.';

grant delete, insert, maintain, references, select, trigger, truncate, update
  on table "monitoring"."statement_counts"
  to "postgres";

-- schemas/monitoring/tables/statement_looks

create table "monitoring"."statement_looks" (
  "looked_at"   timestamp with time zone not null,
  "longer_than" numeric                  not null,
  "id"          boolean                  not null default true,
  constraint "statement_looks_id_check" check (id),
  constraint "statement_looks_pkey" primary key (id)
);

comment on table "monitoring"."statement_looks" is 'One row: when monitoring.find_slow_statements last looked, and for executions of how many seconds.';

grant delete, insert, maintain, references, select, trigger, truncate, update
  on table "monitoring"."statement_looks"
  to "postgres";

-- schemas/monitoring/tables/storage

create table "monitoring"."storage" (
  "org_id"        uuid   not null,
  "resource_type" text   not null,
  "resource_id"   text   not null,
  "raw_rows"      bigint not null,
  "bytes"         bigint not null,
  constraint "storage_pkey" primary key (org_id, resource_type, resource_id),
  constraint "storage_raw_rows_check" check ((raw_rows >= 0)),
  constraint "storage_resource_type_check"
    check ((resource_type = ANY (ARRAY['org'::text, 'webhook'::text, 'rule'::text, 'route'::text])))
);

comment on column "monitoring"."storage"."org_id" is 'Without a foreign key: an org that is deleted is in it until the next measurement.';

comment on column "monitoring"."storage"."raw_rows" is 'Rows of webhook_deliveries, rule_executions or api_audit_logs.';

comment on column "monitoring"."storage"."resource_type" is 'webhook, rule or route (a method and a path of the API); org: what is an org''s and of none of these.';

comment on table "monitoring"."storage" is 'The bytes of the project''s tables, their indexes and their TOAST tables, by what they are about. With cost_state.rest_bytes it is all of them, to the byte.';

grant delete, insert, maintain, references, select, trigger, truncate, update
  on table "monitoring"."storage"
  to "postgres";

grant select on table "monitoring"."storage" to "service_role";

-- schemas/monitoring/tables/totals

create table "monitoring"."totals" (
  "resource_id"     uuid                     not null,
  "pending"         bigint                   not null default 0,
  "succeeded"       bigint                   not null default 0,
  "failed"          bigint                   not null default 0,
  "duration_sum"    bigint                   not null default 0,
  "last_success_at" timestamp with time zone,
  "affected"        bigint                   not null default 0,
  "day_rows"        bigint                   not null default 0,
  "day_failed"      bigint                   not null default 0,
  "week_rows"       bigint                   not null default 0,
  "week_failed"     bigint                   not null default 0,
  "duration_max"    integer,
  "p95_ms"          numeric,
  "p95_bin"         integer,
  "p95_above"       bigint,
  "histogram"       bigint[]                 not null default '{}'::bigint[]
);

alter table "monitoring"."totals"
  add column "source" monitoring.source not null;

alter table "monitoring"."totals"
  add constraint "totals_pkey" primary key (source, resource_id);

comment on column "monitoring"."totals"."day_rows" is 'Rows since day_from of rollup_state: the whole hours of the last 24. Of any status; day_failed, week_rows and week_failed are alike.';

comment on column "monitoring"."totals"."histogram" is 'Durations of finished rows: counts, with the bin as the index; null is none.';

comment on column "monitoring"."totals"."p95_bin" is 'With p95_above, where the search for the percentile begins: see add_durations().';

comment on table "monitoring"."totals" is 'Raw rows of all time added up, those that went by retention too; as of the last refresh.';

grant delete, insert, maintain, references, select, trigger, truncate, update
  on table "monitoring"."totals"
  to "postgres";

grant select on table "monitoring"."totals" to "service_role";

-- schemas/monitoring/tables/unqueued_events

create table "monitoring"."unqueued_events" (
  "event_id"  bigint                   not null,
  "error"     text                     not null,
  "failed_at" timestamp with time zone not null default now(),
  constraint "unqueued_events_event_id_fkey" foreign key (event_id)
    references monitoring.alert_events(id) on delete cascade,
  constraint "unqueued_events_pkey" primary key (event_id)
);

comment on table "monitoring"."unqueued_events" is 'Events whose notifications could not be queued when they happened; dispatch_notifications does it later.';

grant delete, insert, maintain, references, select, trigger, truncate, update
  on table "monitoring"."unqueued_events"
  to "postgres";

-- schemas/monitoring/tables/watched_series

create table "monitoring"."watched_series" (
  "id"             bigint                   generated always as identity not null,
  "org_id"         uuid                     not null,
  "resource_id"    uuid                     not null,
  "metric"         text                     not null,
  "started_at"     timestamp with time zone not null,
  "scored_until"   timestamp with time zone not null,
  "state"          double precision[],
  "unusual"        boolean                  not null default false,
  "missing"        double precision         not null default 0,
  "expected_until" timestamp with time zone,
  constraint "watched_series_key" unique (org_id, resource_id, metric),
  constraint "watched_series_pkey" primary key (id),
  constraint "watched_series_org_id_fkey" foreign key (org_id) references public.orgs(id)
    on delete cascade
);

alter table "monitoring"."watched_series"
  enable row level security;

alter table "monitoring"."watched_series"
  add column "said" monitoring.series_score;

alter table "monitoring"."watched_series"
  add column "source" monitoring.source not null;

create policy "members read their orgs' series" on "monitoring"."watched_series"
  for select
  to "authenticated"
  using ((org_id = ANY (ARRAY( select monitoring.my_org_ids() as my_org_ids))));

comment on column "monitoring"."watched_series"."expected_until" is 'The last hour of which somebody said that it was expected.';

comment on column "monitoring"."watched_series"."metric" is 'deliveries, delivery_failure_rate_pct, delivery_p95_ms, executions, execution_failure_rate_pct, api_requests or failed_api_requests.';

comment on column "monitoring"."watched_series"."missing" is 'How many were expected since the last one; for counts.';

comment on column "monitoring"."watched_series"."resource_id" is 'The webhook or the rule; the org itself for all of its own.';

comment on column "monitoring"."watched_series"."said" is 'The last point that was scored a half or more; null when there was none.';

comment on column "monitoring"."watched_series"."scored_until" is 'Hours before this one have been scored, and are not read again.';

comment on column "monitoring"."watched_series"."started_at" is 'The first hour that it was scored of.';

comment on column "monitoring"."watched_series"."state" is 'What score_points keeps; null before the first point.';

comment on column "monitoring"."watched_series"."unusual" is 'Whether the last hour was unusual, said again or not.';

comment on table "monitoring"."watched_series" is 'Hourly series that are scored, and where each detector stands.';

grant select on table "monitoring"."watched_series" to "authenticated";

grant delete, insert, maintain, references, select, trigger, truncate, update
  on table "monitoring"."watched_series"
  to "postgres";

grant select on table "monitoring"."watched_series" to "service_role";

-- schemas/monitoring/tables/webhook_days

create table "monitoring"."webhook_days" (
  "org_id"     uuid   not null,
  "webhook_id" uuid   not null,
  "day"        date   not null,
  "bytes_out"  bigint not null,
  constraint "webhook_days_pkey" primary key (org_id, webhook_id, day),
  constraint "webhook_days_org_id_webhook_id_fkey" foreign key (org_id, webhook_id)
    references public.webhooks(org_id, id) on delete cascade
);

comment on column "monitoring"."webhook_days"."bytes_out" is 'Of those deliveries that said it and had finished.';

comment on table "monitoring"."webhook_days" is 'Bytes out by webhook and day in UTC, where a delivery said it.';

grant delete, insert, maintain, references, select, trigger, truncate, update
  on table "monitoring"."webhook_days"
  to "postgres";

-- schemas/monitoring/types/alert_step

create type "monitoring"."alert_step" as (
  "next"          monitoring.alerts,
  "events"        text[],
  "suppressed_by" text
);

comment on type "monitoring"."alert_step" is 'What an alert becomes, which events that makes, and what holds back their notification (null: nothing).';

grant usage on type "monitoring"."alert_step" to "postgres";

-- schemas/monitoring/types/burn

create type "monitoring"."burn" as (
  "org_id"         uuid,
  "metric"         text,
  "target"         numeric,
  "total"          bigint[],
  "failed"         bigint[],
  "failed_by_hour" bigint[],
  "rates"          numeric[]
);

comment on type "monitoring"."burn" is 'How fast an error budget burns: see monitoring.burn_rates().';

grant usage on type "monitoring"."burn" to "postgres";

-- schemas/monitoring/types/burn_severity

create type "monitoring"."burn_severity" as (
  "severity"  text,
  "threshold" numeric,
  "span"      text,
  "rate"      numeric
);

comment on type "monitoring"."burn_severity" is 'How bad it is that an error budget burns; null where it does not, or not too fast.';

grant usage on type "monitoring"."burn_severity" to "postgres";

-- schemas/monitoring/types/comparison

create type "monitoring"."comparison" as (
  "resource_type" text,
  "resource_id"   text,
  "metric"        text,
  "measure"       text,
  "before"        double precision,
  "after"         double precision,
  "change"        double precision,
  "change_low"    double precision,
  "change_high"   double precision,
  "p_value"       double precision,
  "rows_before"   bigint,
  "rows_after"    bigint
);

comment on type "monitoring"."comparison" is 'What was measured of one thing: see the columns of deploy_comparisons. p_value is null where there was not enough data.';

grant usage on type "monitoring"."comparison" to "postgres";

-- schemas/monitoring/types/condition

create type "monitoring"."condition" as (
  "org_id"        uuid,
  "type"          text,
  "severity"      text,
  "resource_type" text,
  "resource_id"   text,
  "resource_name" text,
  "message"       text,
  "value"         numeric,
  "threshold"     numeric
);

comment on type "monitoring"."condition" is 'One thing that is wrong. severity is null where it is not beyond a threshold, but has not recovered either: an alert that fires for it goes on, and none begins.';

grant usage on type "monitoring"."condition" to "postgres";

-- schemas/monitoring/types/condition_step

create type "monitoring"."condition_step" as (
  "resource_type" text,
  "resource_id"   text,
  "resource_name" text,
  "at"            timestamp with time zone,
  "severity"      text,
  "has_recovered" boolean
);

comment on type "monitoring"."condition_step" is 'What a condition was from a moment on, until the next step of the same resource. severity: beyond which threshold, null for none. has_recovered: whether it was not even above the recovery threshold; null where nothing was known.';

grant usage on type "monitoring"."condition_step" to "postgres";

-- schemas/monitoring/types/error_budget

create type "monitoring"."error_budget" as (
  "org_id"       uuid,
  "metric"       text,
  "target"       numeric,
  "total"        bigint,
  "failed"       bigint,
  "budget_left"  numeric,
  "rates"        numeric[],
  "exhausted_at" timestamp with time zone,
  "earliest"     timestamp with time zone,
  "latest"       timestamp with time zone
);

comment on type "monitoring"."error_budget" is 'What is left of an error budget: see monitoring.error_budgets().';

grant usage on type "monitoring"."error_budget" to "postgres";

-- schemas/monitoring/types/forecast

create type "monitoring"."forecast" as (
  "org_id"        uuid,
  "key_type"      text,
  "identifier"    text,
  "window_start"  timestamp with time zone,
  "window_end"    timestamp with time zone,
  "request_count" integer,
  "limit_max"     integer,
  "exhausted_at"  timestamp with time zone,
  "earliest"      timestamp with time zone,
  "latest"        timestamp with time zone
);

comment on type "monitoring"."forecast" is 'When an open window of a rate limit will be used up, and the bounds of an 80% interval.';

grant usage on type "monitoring"."forecast" to "postgres";

-- schemas/monitoring/types/rollup_key

create type "monitoring"."rollup_key" as (
  "source"      monitoring.source,
  "resource_id" uuid,
  "starts_at"   timestamp with time zone
);

comment on type "monitoring"."rollup_key" is 'Which row of the rollups; of the totals, without a start.';

grant usage on type "monitoring"."rollup_key" to "postgres";

-- schemas/monitoring/types/saving

create type "monitoring"."saving" as (
  "org_id"        uuid,
  "metric"        text,
  "resource_type" text,
  "resource_id"   text,
  "resource_name" text,
  "bytes"         bigint,
  "sentence"      text,
  "detail"        jsonb
);

comment on type "monitoring"."saving" is 'Something to save, as an insight says it: the operator''s where org_id is null. The sentence has no full stop yet.';

grant usage on type "monitoring"."saving" to "postgres";

-- schemas/monitoring/types/series_score

create type "monitoring"."series_score" as (
  "at"       timestamp with time zone,
  "value"    double precision,
  "expected" double precision,
  "lower"    double precision,
  "upper"    double precision,
  "score"    double precision,
  "unusual"  boolean,
  "status"   text
);

comment on type "monitoring"."series_score" is 'One point of a series, and what the points before it let one expect: score is 0 (usual) to 1; unusual is true from the hour in which that is said, for as long as it goes on; status is scored, or not enough history, and then all but at and value are null.';

grant usage on type "monitoring"."series_score" to "postgres";

-- schemas/monitoring/types/source

create type "monitoring"."source" as enum (
  'delivery',
  'execution',
  'request'
);

comment on type "monitoring"."source" is 'What a raw row tells of: a delivery of a webhook, an execution of a rule, or a request to an org''s API.';

grant usage on type "monitoring"."source" to "postgres";

-- schemas/monitoring/types/statement

create type "monitoring"."statement" as (
  "org_id"        uuid,
  "severity"      text,
  "resource_type" text,
  "resource_id"   text,
  "resource_name" text,
  "metric"        text,
  "sentence"      text,
  "detail"        jsonb
);

comment on type "monitoring"."statement" is 'What becomes an insight: see the columns of monitoring.insights.';

grant usage on type "monitoring"."statement" to "postgres";

-- schemas/monitoring/views/changed_bins

create view "monitoring"."changed_bins" with (security_invoker=on) AS  SELECT counted.source,
    counted.resource_id,
    counted.starts_at,
    array_agg((((divided.part * 2048) + counted.bin))::integer) AS bins
   FROM (( SELECT known.source,
            known.resource_id,
            known.starts_at,
            (known.element & (2047)::bigint) AS bin,
            (sum((known.element >> 11)))::bigint AS count
           FROM ( SELECT placed_changes.source,
                    placed_changes.resource_id,
                    placed_changes.starts_at,
                    unnest(placed_changes.bins) AS element
                   FROM monitoring.placed_changes
                UNION ALL
                 SELECT c.source,
                    c.resource_id,
                    c.starts_at,
                    (unnest(r.bins))::bigint AS unnest
                   FROM (( SELECT DISTINCT placed_changes.source,
                            placed_changes.resource_id,
                            placed_changes.starts_at
                           FROM monitoring.placed_changes) c
                     CROSS JOIN LATERAL ( SELECT k.bins
                           FROM monitoring.rollups k
                          WHERE ((k.source = c.source) AND (k.resource_id = c.resource_id) AND (k.starts_at = c.starts_at) AND (cardinality(k.bins) > 200))
                         LIMIT 1) r)) known
          GROUP BY known.source, known.resource_id, known.starts_at, (known.element & (2047)::bigint)
         HAVING (sum((known.element >> 11)) <> (0)::numeric)) counted
     CROSS JOIN LATERAL ( SELECT LEAST((counted.count - (1000000 * n.n)), (1000000)::bigint) AS part
           FROM generate_series((0)::bigint, ((counted.count - 1) / 1000000)) n(n)) divided)
  GROUP BY counted.source, counted.resource_id, counted.starts_at;

comment on view "monitoring"."changed_bins" is 'The durations of changed rollups, each element count * 2048 + bin.';

grant select on table "monitoring"."changed_bins" to "authenticated";

grant delete, insert, maintain, references, select, trigger, truncate, update
  on table "monitoring"."changed_bins"
  to "postgres";

grant select on table "monitoring"."changed_bins" to "service_role";

-- schemas/monitoring/views/changed_breakdowns

create view "monitoring"."changed_breakdowns" with (security_invoker=on) AS  SELECT resource_id,
    starts_at,
    jsonb_object_agg(key, count) FILTER (WHERE (kind = 'type'::text)) AS by_resource_type,
    jsonb_object_agg(key, count) FILTER (WHERE (kind = 'error'::text)) AS by_error_code
   FROM ( SELECT known.resource_id,
            known.starts_at,
            known.kind,
            known.key,
            (sum(known.count))::bigint AS count
           FROM ( SELECT c.resource_id,
                    c.starts_at,
                    k.kind,
                    k.key,
                    k.count
                   FROM (monitoring.placed_changes c
                     CROSS JOIN LATERAL ( VALUES ('type'::text,c.resource_type,(c.succeeded + c.failed)), ('error'::text,(c.status_code)::text,c.failed)) k(kind, key, count))
                  WHERE ((c.source = 'request'::monitoring.source) AND (c.resource_type IS NOT NULL))
                UNION ALL
                 SELECT c.resource_id,
                    c.starts_at,
                    k.kind,
                    e.key,
                    (e.value)::bigint AS value
                   FROM (((( SELECT DISTINCT placed_changes.resource_id,
                            placed_changes.starts_at
                           FROM monitoring.placed_changes
                          WHERE (placed_changes.source = 'request'::monitoring.source)) c
                     CROSS JOIN LATERAL ( SELECT b.by_resource_type,
                            b.by_error_code
                           FROM monitoring.rollups b
                          WHERE ((b.source = 'request'::monitoring.source) AND (b.resource_id = c.resource_id) AND (b.starts_at = c.starts_at))
                         LIMIT 1) r)
                     CROSS JOIN LATERAL ( VALUES ('type'::text,r.by_resource_type), ('error'::text,r.by_error_code)) k(kind, counts))
                     CROSS JOIN LATERAL jsonb_each_text(k.counts) e(key, value))) known
          GROUP BY known.resource_id, known.starts_at, known.kind, known.key
         HAVING (sum(known.count) <> (0)::numeric)) counted
  GROUP BY resource_id, starts_at;

comment on view "monitoring"."changed_breakdowns" is 'The requests of changed rollups by what they asked for, and the failed ones by their status.';

grant select on table "monitoring"."changed_breakdowns" to "authenticated";

grant delete, insert, maintain, references, select, trigger, truncate, update
  on table "monitoring"."changed_breakdowns"
  to "postgres";

grant select on table "monitoring"."changed_breakdowns" to "service_role";

-- schemas/monitoring/views/changed_rollups

create view "monitoring"."changed_rollups" with (security_invoker=on) AS  SELECT c.source,
    c.resource_id,
    c.starts_at,
    (COALESCE(r.pending, (0)::bigint) + c.pending) AS pending,
    (COALESCE(r.succeeded, (0)::bigint) + c.succeeded) AS succeeded,
    (COALESCE(r.failed, (0)::bigint) + c.failed) AS failed,
    (COALESCE(r.duration_sum, (0)::bigint) + c.duration_sum) AS duration_sum,
    (COALESCE(r.affected, (0)::bigint) + c.affected) AS affected,
    GREATEST(r.duration_max, c.duration_max) AS duration_max,
    GREATEST(r.last_success_at, c.last_success_at) AS last_success_at,
    f.bins,
        CASE
            WHEN (c.source = 'request'::monitoring.source) THEN ( SELECT d.p95_ms
               FROM monitoring.add_durations(NULL::bigint[], NULL::integer, NULL::bigint, (f.bins)::bigint[], (((COALESCE(r.succeeded, (0)::bigint) + COALESCE(r.failed, (0)::bigint)) + c.succeeded) + c.failed)) d(histogram, p95_bin, p95_above, p95_ms))
            ELSE NULL::numeric
        END AS p95_ms,
    k.by_resource_type,
    k.by_error_code,
    c.removed
   FROM ((((( SELECT placed_changes.source,
            placed_changes.resource_id,
            placed_changes.starts_at,
            (sum(placed_changes.pending))::bigint AS pending,
            (sum(placed_changes.succeeded))::bigint AS succeeded,
            (sum(placed_changes.failed))::bigint AS failed,
            (sum(placed_changes.duration_sum))::bigint AS duration_sum,
            (sum(placed_changes.affected))::bigint AS affected,
            max(placed_changes.duration_max) AS duration_max,
            max(placed_changes.last_success_at) AS last_success_at,
            bool_or(placed_changes.removed) AS removed
           FROM monitoring.placed_changes
          GROUP BY placed_changes.source, placed_changes.resource_id, placed_changes.starts_at) c
     LEFT JOIN LATERAL ( SELECT k_1.source,
            k_1.resource_id,
            k_1.starts_at,
            k_1.pending,
            k_1.succeeded,
            k_1.failed,
            k_1.duration_sum,
            k_1.last_success_at,
            k_1.affected,
            k_1.duration_max,
            k_1.bins,
            k_1.p95_ms,
            k_1.by_resource_type,
            k_1.by_error_code
           FROM monitoring.rollups k_1
          WHERE ((k_1.source = c.source) AND (k_1.resource_id = c.resource_id) AND (k_1.starts_at = c.starts_at))
         LIMIT 1) r ON (true))
     LEFT JOIN monitoring.changed_bins b ON (((b.source = c.source) AND (b.resource_id = c.resource_id) AND (b.starts_at = c.starts_at))))
     LEFT JOIN monitoring.changed_breakdowns k ON (((c.source = 'request'::monitoring.source) AND (k.resource_id = c.resource_id) AND (k.starts_at = c.starts_at))))
     CROSS JOIN LATERAL ( SELECT
                CASE
                    WHEN (cardinality(r.bins) > 200) THEN b.bins
                    ELSE array_cat(r.bins, b.bins)
                END AS array_cat) f(bins));

comment on view "monitoring"."changed_rollups" is 'Rows of the rollups as they would be with the changes; `removed` says that maxima and the last success may be less.';

grant select on table "monitoring"."changed_rollups" to "authenticated";

grant delete, insert, maintain, references, select, trigger, truncate, update
  on table "monitoring"."changed_rollups"
  to "postgres";

grant select on table "monitoring"."changed_rollups" to "service_role";

-- schemas/monitoring/views/changed_totals

create view "monitoring"."changed_totals" with (security_invoker=on) AS  SELECT c.source,
    c.resource_id,
    (COALESCE(t.pending, (0)::bigint) + c.pending) AS pending,
    (COALESCE(t.succeeded, (0)::bigint) + c.succeeded) AS succeeded,
    (COALESCE(t.failed, (0)::bigint) + c.failed) AS failed,
    (COALESCE(t.duration_sum, (0)::bigint) + c.duration_sum) AS duration_sum,
    (COALESCE(t.affected, (0)::bigint) + c.affected) AS affected,
    (COALESCE(t.day_rows, (0)::bigint) + c.day_rows) AS day_rows,
    (COALESCE(t.day_failed, (0)::bigint) + c.day_failed) AS day_failed,
    (COALESCE(t.week_rows, (0)::bigint) + c.week_rows) AS week_rows,
    (COALESCE(t.week_failed, (0)::bigint) + c.week_failed) AS week_failed,
    GREATEST(t.duration_max, c.duration_max) AS duration_max,
    GREATEST(t.last_success_at, c.last_success_at) AS last_success_at,
    h.p95_ms,
    h.p95_bin,
    h.p95_above,
    h.histogram
   FROM (((( SELECT changes.source,
            changes.resource_id,
            (sum(changes.pending))::bigint AS pending,
            (sum(changes.succeeded))::bigint AS succeeded,
            (sum(changes.failed))::bigint AS failed,
            (sum(changes.duration_sum))::bigint AS duration_sum,
            (sum(changes.affected))::bigint AS affected,
            (COALESCE(sum(((changes.pending + changes.succeeded) + changes.failed)) FILTER (WHERE (changes.starts_at >= rollup_state.day_from)), (0)::numeric))::bigint AS day_rows,
            (COALESCE(sum(changes.failed) FILTER (WHERE (changes.starts_at >= rollup_state.day_from)), (0)::numeric))::bigint AS day_failed,
            (COALESCE(sum(((changes.pending + changes.succeeded) + changes.failed)) FILTER (WHERE (changes.starts_at >= rollup_state.week_from)), (0)::numeric))::bigint AS week_rows,
            (COALESCE(sum(changes.failed) FILTER (WHERE (changes.starts_at >= rollup_state.week_from)), (0)::numeric))::bigint AS week_failed,
            max(changes.duration_max) AS duration_max,
            max(changes.last_success_at) AS last_success_at
           FROM (monitoring.changes
             CROSS JOIN monitoring.rollup_state)
          WHERE (changes.adds_to <> 'rollups'::text)
          GROUP BY changes.source, changes.resource_id) c
     LEFT JOIN ( SELECT changes.source,
            changes.resource_id,
            array_agg(element.element) AS bins
           FROM (monitoring.changes
             CROSS JOIN LATERAL unnest(changes.bins) element(element))
          WHERE (changes.adds_to <> 'rollups'::text)
          GROUP BY changes.source, changes.resource_id) b USING (source, resource_id))
     LEFT JOIN LATERAL ( SELECT k.source,
            k.resource_id,
            k.pending,
            k.succeeded,
            k.failed,
            k.duration_sum,
            k.last_success_at,
            k.affected,
            k.day_rows,
            k.day_failed,
            k.week_rows,
            k.week_failed,
            k.duration_max,
            k.p95_ms,
            k.p95_bin,
            k.p95_above,
            k.histogram
           FROM monitoring.totals k
          WHERE ((k.source = c.source) AND (k.resource_id = c.resource_id))
         LIMIT 1) t ON (true))
     CROSS JOIN LATERAL monitoring.add_durations(t.histogram, t.p95_bin, t.p95_above, b.bins, (((COALESCE(t.succeeded, (0)::bigint) + COALESCE(t.failed, (0)::bigint)) + c.succeeded) + c.failed)) h(histogram, p95_bin, p95_above, p95_ms));

comment on view "monitoring"."changed_totals" is 'Rows of the totals as they would be with the changes.';

grant delete, insert, maintain, references, select, trigger, truncate, update
  on table "monitoring"."changed_totals"
  to "postgres";

-- schemas/monitoring/views/placed_changes

create view "monitoring"."placed_changes" with (security_invoker=on) AS  SELECT c.source,
    c.resource_id,
        CASE
            WHEN (c.starts_at < s.forgotten_before) THEN '-infinity'::timestamp with time zone
            WHEN ((c.starts_at < s.daily_before) AND (c.source <> 'request'::monitoring.source)) THEN date_bin('1 day'::interval, c.starts_at, '1970-01-01 00:00:00+00'::timestamp with time zone)
            ELSE c.starts_at
        END AS starts_at,
    c.pending,
    c.succeeded,
    c.failed,
    c.duration_sum,
    c.duration_max,
    c.last_success_at,
    c.affected,
    c.resource_type,
    c.status_code,
    c.bins,
    c.removed
   FROM (monitoring.changes c
     CROSS JOIN monitoring.rollup_state s)
  WHERE (c.adds_to <> 'totals'::text);

comment on view "monitoring"."placed_changes" is 'Changes that add to the rollups, each with the start of the row to which it is to be added.';

grant select on table "monitoring"."placed_changes" to "authenticated";

grant delete, insert, maintain, references, select, trigger, truncate, update
  on table "monitoring"."placed_changes"
  to "postgres";

grant select on table "monitoring"."placed_changes" to "service_role";

-- schemas/monitoring/views/raw_activity

create view "monitoring"."raw_activity" with (security_invoker=on) AS  SELECT 'delivery'::monitoring.source AS source,
    webhook_deliveries.org_id,
    webhook_deliveries.webhook_id AS resource_id,
    webhook_deliveries.sent_at AS happened_at,
    ((webhook_deliveries.status = 'pending'::text))::integer AS pending,
    ((webhook_deliveries.status = 'sent'::text))::integer AS succeeded,
    ((webhook_deliveries.status = 'failed'::text))::integer AS failed,
    webhook_deliveries.duration_ms,
    0 AS affected,
    NULL::text AS resource_type,
    NULL::integer AS status_code
   FROM public.webhook_deliveries
UNION ALL
 SELECT 'execution'::monitoring.source AS source,
    rule_executions.org_id,
    rule_executions.rule_id AS resource_id,
    rule_executions.executed_at AS happened_at,
    0 AS pending,
    ((rule_executions.status = 'success'::text))::integer AS succeeded,
    ((rule_executions.status = 'failed'::text))::integer AS failed,
    rule_executions.duration_ms,
    rule_executions.affected_contacts AS affected,
    NULL::text AS resource_type,
    NULL::integer AS status_code
   FROM public.rule_executions
UNION ALL
 SELECT 'request'::monitoring.source AS source,
    api_audit_logs.org_id,
    api_audit_logs.org_id AS resource_id,
    api_audit_logs.created_at AS happened_at,
    0 AS pending,
    ((api_audit_logs.status_code < 400))::integer AS succeeded,
    ((api_audit_logs.status_code >= 400))::integer AS failed,
    api_audit_logs.duration_ms,
    0 AS affected,
    COALESCE(api_audit_logs.resource_type, 'unknown'::text) AS resource_type,
    api_audit_logs.status_code
   FROM public.api_audit_logs;

comment on view "monitoring"."raw_activity" is 'Rows of webhook_deliveries, rule_executions and api_audit_logs in one form.';

grant delete, insert, maintain, references, select, trigger, truncate, update
  on table "monitoring"."raw_activity"
  to "postgres";

-- schemas/monitoring/views/relation_sizes

create view "monitoring"."relation_sizes" with (security_invoker=on) AS  SELECT c.oid AS relation,
    n.nspname AS schema_name,
    c.relname AS name,
    (GREATEST(c.reltuples, (0)::real))::bigint AS estimated_rows,
    pg_total_relation_size((c.oid)::regclass) AS bytes,
    pg_indexes_size((c.oid)::regclass) AS index_bytes
   FROM (pg_class c
     JOIN pg_namespace n ON ((n.oid = c.relnamespace)))
  WHERE ((c.relkind = ANY (ARRAY['r'::"char", 'm'::"char"])) AND ((n.nspname = 'monitoring'::name) OR ((n.nspname = 'public'::name) AND (c.relname = ANY ('{orgs,org_members,api_keys,webhooks,segments,automation_rules,api_rate_limits,metric_series,metric_rollups,deploys,mv_webhook_performance,mv_rule_performance}'::name[])))));

comment on view "monitoring"."relation_sizes" is 'The project''s tables, partitions and materialized views, with their sizes in bytes: those in public by name, as others'' are there too.';

grant delete, insert, maintain, references, select, trigger, truncate, update
  on table "monitoring"."relation_sizes"
  to "postgres";

-- schemas/monitoring/views/request_hours

create view "monitoring"."request_hours" with (security_invoker=on) AS  SELECT r.resource_id AS org_id,
    r.starts_at AS hour,
    r.succeeded,
    r.failed,
    r.duration_sum,
    r.duration_max,
    r.p95_ms,
    r.bins,
    r.by_resource_type,
    r.by_error_code
   FROM monitoring.rollups r
  WHERE ((r.source = 'request'::monitoring.source) AND (r.starts_at > '-infinity'::timestamp with time zone) AND (NOT (EXISTS ( SELECT
           FROM monitoring.changes c
          WHERE ((c.source = 'request'::monitoring.source) AND (c.resource_id = r.resource_id) AND (c.starts_at = r.starts_at))))))
UNION ALL
 SELECT c.resource_id AS org_id,
    c.starts_at AS hour,
    c.succeeded,
    c.failed,
    c.duration_sum,
    c.duration_max,
    c.p95_ms,
    c.bins,
    c.by_resource_type,
    c.by_error_code
   FROM monitoring.changed_rollups c
  WHERE ((c.source = 'request'::monitoring.source) AND (c.starts_at > '-infinity'::timestamp with time zone));

comment on view "monitoring"."request_hours" is 'Requests of each org by the hour, live.';

grant select on table "monitoring"."request_hours" to "authenticated";

grant delete, insert, maintain, references, select, trigger, truncate, update
  on table "monitoring"."request_hours"
  to "postgres";

grant select on table "monitoring"."request_hours" to "service_role";

-- schemas/monitoring/views/resources

create view "monitoring"."resources" with (security_invoker=on) AS  SELECT 'delivery'::monitoring.source AS source,
    webhooks.id,
    webhooks.org_id
   FROM public.webhooks
UNION ALL
 SELECT 'execution'::monitoring.source AS source,
    automation_rules.id,
    automation_rules.org_id
   FROM public.automation_rules
UNION ALL
 SELECT 'request'::monitoring.source AS source,
    orgs.id,
    orgs.id AS org_id
   FROM public.orgs;

comment on view "monitoring"."resources" is 'What raw rows are about: webhooks, rules and orgs that are there.';

grant delete, insert, maintain, references, select, trigger, truncate, update
  on table "monitoring"."resources"
  to "postgres";

-- schemas/monitoring/views/timed_rows

create view "monitoring"."timed_rows" with (security_invoker=on) AS  SELECT api_audit_logs.org_id,
    'route'::text AS resource_type,
    ((api_audit_logs.method || ' '::text) || api_audit_logs.path) AS resource_id,
    api_audit_logs.created_at AS happened_at,
    api_audit_logs.duration_ms,
    (api_audit_logs.status_code >= 400) AS has_failed
   FROM public.api_audit_logs
UNION ALL
 SELECT webhook_deliveries.org_id,
    'webhook'::text AS resource_type,
    (webhook_deliveries.webhook_id)::text AS resource_id,
    webhook_deliveries.sent_at AS happened_at,
    webhook_deliveries.duration_ms,
    (webhook_deliveries.status = 'failed'::text) AS has_failed
   FROM public.webhook_deliveries
UNION ALL
 SELECT rule_executions.org_id,
    'rule'::text AS resource_type,
    (rule_executions.rule_id)::text AS resource_id,
    rule_executions.executed_at AS happened_at,
    rule_executions.duration_ms,
    (rule_executions.status = 'failed'::text) AS has_failed
   FROM public.rule_executions;

comment on view "monitoring"."timed_rows" is 'Raw rows by what a deploy may change. Those of pending deliveries have no duration yet.';

grant delete, insert, maintain, references, select, trigger, truncate, update
  on table "monitoring"."timed_rows"
  to "postgres";

-- schemas/monitoring/views/waiting_rows

create view "monitoring"."waiting_rows" with (security_invoker=on) AS  SELECT 'delivery'::monitoring.source AS source,
    date_trunc('month'::text, webhook_deliveries_default.sent_at, 'UTC'::text) AS month,
    count(*) AS waiting
   FROM monitoring.webhook_deliveries_default
  GROUP BY (date_trunc('month'::text, webhook_deliveries_default.sent_at, 'UTC'::text))
UNION ALL
 SELECT 'execution'::monitoring.source AS source,
    date_trunc('month'::text, rule_executions_default.executed_at, 'UTC'::text) AS month,
    count(*) AS waiting
   FROM monitoring.rule_executions_default
  GROUP BY (date_trunc('month'::text, rule_executions_default.executed_at, 'UTC'::text))
UNION ALL
 SELECT 'request'::monitoring.source AS source,
    date_trunc('month'::text, api_audit_logs_default.created_at, 'UTC'::text) AS month,
    count(*) AS waiting
   FROM monitoring.api_audit_logs_default
  GROUP BY (date_trunc('month'::text, api_audit_logs_default.created_at, 'UTC'::text));

comment on view "monitoring"."waiting_rows" is 'How many rows are in the default partitions, by the month (UTC) whose partition they wait for.';

grant delete, insert, maintain, references, select, trigger, truncate, update
  on table "monitoring"."waiting_rows"
  to "postgres";

-- schemas/monitoring/views/window_edges

create view "monitoring"."window_edges" with (security_invoker=on) AS  WITH edges AS (
         SELECT edge.is_day,
            edge.since,
            edge.until
           FROM (monitoring.rollup_state s
             CROSS JOIN LATERAL ( VALUES (true,(s.at - '24:00:00'::interval),s.day_from), (false,(s.at - '7 days'::interval),s.week_from)) edge(is_day, since, until))
        ), activity AS (
         SELECT edge.is_day,
            a.source,
            a.resource_id,
            a.rows,
            a.failed
           FROM ((edges edge
             CROSS JOIN public.orgs o)
             CROSS JOIN LATERAL ( SELECT r.source,
                    r.resource_id,
                    count(*) AS rows,
                    sum(r.failed) AS failed
                   FROM monitoring.raw_activity r
                  WHERE ((r.source = 'delivery'::monitoring.source) AND (r.org_id = o.id) AND (r.happened_at >= edge.since) AND (r.happened_at < edge.until))
                  GROUP BY r.source, r.resource_id) a)
        UNION ALL
         SELECT edge.is_day,
            a.source,
            a.resource_id,
            a.count,
            a.sum
           FROM ((edges edge
             CROSS JOIN public.automation_rules rule)
             CROSS JOIN LATERAL ( SELECT r.source,
                    r.resource_id,
                    count(*) AS count,
                    sum(r.failed) AS sum
                   FROM monitoring.raw_activity r
                  WHERE ((r.source = 'execution'::monitoring.source) AND (r.org_id = rule.org_id) AND (r.resource_id = rule.id) AND (r.happened_at >= edge.since) AND (r.happened_at < edge.until))
                  GROUP BY r.source, r.resource_id) a)
        )
 SELECT source,
    resource_id,
    (sum(rows) FILTER (WHERE is_day))::bigint AS day_rows,
    (sum(failed) FILTER (WHERE is_day))::bigint AS day_failed,
    (sum(rows) FILTER (WHERE (NOT is_day)))::bigint AS week_rows,
    (sum(failed) FILTER (WHERE (NOT is_day)))::bigint AS week_failed
   FROM activity
  GROUP BY source, resource_id;

comment on view "monitoring"."window_edges" is 'Raw rows, of deliveries and executions, in the part of an hour with which the windows of 24 hours and of 7 days begin.';

grant delete, insert, maintain, references, select, trigger, truncate, update
  on table "monitoring"."window_edges"
  to "postgres";

-- schemas/public/functions/accept_heartbeat_call

create or replace function public.accept_heartbeat_call (
  id        text,
  sent_at   bigint,
  body      text,
  signature text
)
  returns jsonb
  language sql
  set search_path to ''
  AS $function$
  select monitoring.accept_heartbeat(id, sent_at, body, signature)
$function$;

comment on function "public"."accept_heartbeat_call"(text, bigint, text, text) is
  'Where the notify function sends the sign of life that the database asked for in a request that it signed: {url, allowed_networks, timeout_ms}. Raises PT401 for any other request.';

revoke all on function "public"."accept_heartbeat_call"(text, bigint, text, text) from public;

grant execute
  on function "public"."accept_heartbeat_call"(text, bigint, text, text)
  to "postgres", "service_role";

-- schemas/public/functions/accept_notification_call

create or replace function public.accept_notification_call (
  id        text,
  sent_at   bigint,
  body      text,
  signature text
)
  returns jsonb
  language plpgsql
  set search_path to ''
  AS $function$
declare
  call constant jsonb := monitoring.accept_call(id, sent_at, body, signature);
begin
  return monitoring.claim_notification(
    (call ->> 'notification_id')::bigint, (call ->> 'at')::timestamptz
  );
end
$function$;

comment on function "public"."accept_notification_call"(text, bigint, text, text) is
  'Takes on the notification of a request that the database signed: see claim_notification. Raises PT401 for any other request.';

revoke all on function "public"."accept_notification_call"(text, bigint, text, text) from public;

grant execute
  on function "public"."accept_notification_call"(text, bigint, text, text)
  to "postgres", "service_role";

-- schemas/public/functions/acknowledge_alert

create or replace function public.acknowledge_alert (
  alert_id uuid,
  until    timestamp with time zone default null::timestamp with time zone
)
  returns void
  language plpgsql
  set search_path to ''
  AS $function$
begin
  if until not between now() and now() + interval '1 year' then
    raise exception 'until must be in the future, a year ahead at most.'
      using errcode = 'PT400', detail = 'invalid_until', hint = 'until';
  end if;
  perform monitoring.set_acknowledgement(alert_id, auth.uid(), now(), until);
end
$function$;

comment on function "public"."acknowledge_alert"(uuid, timestamp
  with time zone) is 'Stops an open alert''s repeats until then, or until it is resolved. It still notifies when it becomes critical and when it is resolved. Raises PT400, PT403, PT404 or PT409.';

revoke all on function "public"."acknowledge_alert"(uuid, timestamp with time zone) from public;

grant execute
  on function "public"."acknowledge_alert"(uuid, timestamp with time zone)
  to "authenticated", "postgres", "service_role";

-- schemas/public/functions/acknowledge_insight

create or replace function public.acknowledge_insight (
  insight_id   uuid,
  acknowledged boolean default true
)
  returns void
  language plpgsql
  set search_path to ''
  AS $function$
begin
  update monitoring.insights as i
  set acknowledged_by = case when acknowledged then auth.uid() end,
    acknowledged_at = case when acknowledged then now() end
  where i.id = acknowledge_insight.insight_id;
  perform monitoring.check_answered(insight_id, found);
end
$function$;

comment on function "public"."acknowledge_insight"(uuid, boolean) is 'Says that somebody has seen an insight; with false, takes that back. Raises PT403 or PT404.';

revoke all on function "public"."acknowledge_insight"(uuid, boolean) from public;

grant execute
  on function "public"."acknowledge_insight"(uuid, boolean)
  to "authenticated", "postgres", "service_role";

-- schemas/public/functions/backtest_policy

create or replace function public.backtest_policy (
  type    text,
  changes jsonb                    default '{}'::jsonb,
  since   timestamp with time zone default (now() - '7 days'::interval),
  until   timestamp with time zone default now(),
  org_id  uuid                     default null::uuid
)
  returns table (
    resource_type text,
    resource_id   text,
    resource_name text,
    severity      text,
    fired_at      timestamp with time zone,
    resolved_at   timestamp with time zone
  )
  language plpgsql
  stable
  set search_path to ''
  AS $function$
declare
  policy constant public.v_alert_policies := monitoring.changed_policy(
    monitoring.policy_of(monitoring.metrics_org(backtest_policy.org_id), backtest_policy.type), changes
  );
  steps monitoring.condition_step[];
begin
  if since is null or until is null or since >= until or until - since > interval '92 days' then
    raise exception 'since must be before until, by 92 days at most.'
      using errcode = 'PT400', detail = 'invalid_period', hint = 'since';
  end if;
  -- Of steps that change nothing there may be millions.
  execute format(
    $query$
      select array_agg(
        row(s.resource_type, s.resource_id, s.resource_name, s.at, s.severity, s.has_recovered)
          ::monitoring.condition_step
      )
      from (
        select h.*,
          row_number() over resource > 1
            and h.severity is not distinct from lag(h.severity) over resource
            and h.has_recovered is not distinct from lag(h.has_recovered) over resource as is_same
        from monitoring.%I($1, $2, $3) as h
        window resource as (partition by h.resource_type, h.resource_id order by h.at)
      ) as s
      where not s.is_same
    $query$,
    policy.type || '_history'
  )
  into steps
  using policy, since, until;
  return query
  select r.*
  from monitoring.replay(steps, policy.pending_for, policy.keep_firing_for, until) as r
  where policy.enabled and coalesce(r.resolved_at, until) > since
  order by r.fired_at, r.resource_id;
end
$function$;

comment on function "public"."backtest_policy"(text, jsonb, timestamp with time zone, timestamp
  with time zone, uuid) is 'When an org''s policy for a type of alert, with some settings changed, would have fired over what is stored, by default the last 7 days. As if deliveries had come in the order of sent_at, and the resources that are enabled now had been all the time. Raises PT400, PT401, PT403 or PT404.';

revoke all
  on function "public"."backtest_policy"(text, jsonb, timestamp with time zone, timestamp
    with time zone, uuid)
  from public;

grant execute
  on function "public"."backtest_policy"(text, jsonb, timestamp with time zone, timestamp
    with time zone, uuid)
  to "authenticated", "postgres", "service_role";

-- schemas/public/functions/check_alerts

create or replace function public.check_alerts (
  org_id uuid default null::uuid
)
  returns jsonb
  language plpgsql
  set search_path to ''
  AS $function$
declare
  org constant uuid := monitoring.metrics_org(check_alerts.org_id);
begin
  perform monitoring.evaluate_org(org);
  return monitoring.alert_metrics(org, 500, null)
    || jsonb_build_object('org_id', org, 'evaluated_at', now());
end
$function$;

comment on function "public"."check_alerts"(uuid) is 'Evaluates the alerts of an org now, and returns the conditions that are true, critical ones first: total, critical, warning, alerts (the first 500) and evaluated_at. `next` continues the list in monitoring_metrics, of type alerts. Raises PT400, PT401, PT403 or PT404.';

revoke all on function "public"."check_alerts"(uuid) from public;

grant execute
  on function "public"."check_alerts"(uuid)
  to "authenticated", "postgres", "service_role";

-- schemas/public/functions/claim_notification

create or replace function public.claim_notification (
  notification_id bigint,
  at              timestamp with time zone default now()
)
  returns jsonb
  language sql
  set search_path to ''
  AS $function$
  select monitoring.claim_notification(notification_id, at)
$function$;

comment on function "public"."claim_notification"(bigint, timestamp
  with time zone) is 'Takes on the message of a notification for one minute: {message} to send now, {next} to claim later, or {} when there is nothing to do. For the notify function.';

revoke all on function "public"."claim_notification"(bigint, timestamp with time zone) from public;

grant execute
  on function "public"."claim_notification"(bigint, timestamp with time zone)
  to "postgres", "service_role";

-- schemas/public/functions/create_channel

create or replace function public.create_channel (
  org_id        uuid,
  kind          text,
  name          text,
  secret        text    default null::text,
  url           text    default null::text,
  email_from    text    default null::text,
  email_to      text[]  default null::text[],
  min_severity  text    default 'warning'::text,
  types         text[]  default '{}'::text[],
  mute_windows  jsonb   default '[]'::jsonb,
  group_seconds numeric default 1
)
  returns jsonb
  language sql
  set search_path to ''
  AS $function$
  select monitoring.create_channel(
    org_id, kind, name, secret, url, email_from, email_to, min_severity, types, mute_windows,
    group_seconds
  )
$function$;

comment on function
  "public"."create_channel"(uuid, text, text, text, text, text, text[], text, text[], jsonb,
  numeric) is 'Adds a place to tell an org''s alerts to and returns its id, and the secret when one was made: it is shown this once. Raises PT400 with the argument in the hint, PT401 or PT403.';

revoke all
  on function
    "public"."create_channel"(uuid, text, text, text, text, text, text[], text, text[], jsonb,
    numeric)
  from public;

grant execute
  on function
    "public"."create_channel"(uuid, text, text, text, text, text, text[], text, text[], jsonb,
    numeric)
  to "authenticated", "postgres", "service_role";

-- schemas/public/functions/create_org

create or replace function public.create_org (
  name text
)
  returns uuid
  language sql
  set search_path to ''
  AS $function$
  select monitoring.create_org(name)
$function$;

comment on function "public"."create_org"(text) is 'Makes an org with the signed-in user as its owner and returns its id.';

revoke all on function "public"."create_org"(text) from public;

grant execute on function "public"."create_org"(text) to "authenticated", "postgres";

-- schemas/public/functions/delete_channel

create or replace function public.delete_channel (
  channel_id uuid
)
  returns void
  language sql
  set search_path to ''
  AS $function$
  select monitoring.delete_channel(channel_id)
$function$;

comment on function "public"."delete_channel"(uuid) is 'Deletes a channel with its secrets and what is still to be sent to it. Raises PT401, PT403 or PT404.';

revoke all on function "public"."delete_channel"(uuid) from public;

grant execute
  on function "public"."delete_channel"(uuid)
  to "authenticated", "postgres", "service_role";

-- schemas/public/functions/end_silence

create or replace function public.end_silence (
  silence_id uuid
)
  returns void
  language plpgsql
  set search_path to ''
  AS $function$
begin
  update monitoring.silences as s
  set ends_at = now()
  where s.id = end_silence.silence_id and s.ends_at > now();
  if found then
    return;
  end if;
  if not exists (select from monitoring.silences as s where s.id = end_silence.silence_id) then
    raise exception 'There is no such silence.'
      using errcode = 'PT404', detail = 'silence_not_found', hint = 'silence_id';
  elsif exists (
    select from monitoring.silences as s where s.id = end_silence.silence_id and s.ends_at > now()
  ) then
    raise exception 'Viewers end no silence: ask a member of the org.'
      using errcode = 'PT403', detail = 'not_allowed', hint = 'silence_id';
  end if;
end
$function$;

comment on function "public"."end_silence"(uuid) is 'Ends a silence now; one that has ended stays as it is. What it held back and still fires notifies at the next evaluation. Raises PT403 or PT404.';

revoke all on function "public"."end_silence"(uuid) from public;

grant execute
  on function "public"."end_silence"(uuid)
  to "authenticated", "postgres", "service_role";

-- schemas/public/functions/expect_insight

create or replace function public.expect_insight (
  insight_id uuid,
  expected   boolean default true
)
  returns void
  language plpgsql
  set search_path to ''
  AS $function$
declare
  insight monitoring.insights;
begin
  update monitoring.insights as i
  set expected_by = case when expected then auth.uid() end,
    expected_at = case when expected then now() end
  where i.id = expect_insight.insight_id
  returning * into insight;
  perform monitoring.check_answered(insight_id, found);
  -- A detector learns at once, and for good; whoever judges deploys looks here.
  if expected and insight.kind = 'anomaly' then
    perform monitoring.expect_anomaly(insight.org_id, insight.resource_id::uuid, insight.metric);
  end if;
end
$function$;

comment on function "public"."expect_insight"(uuid, boolean) is 'Says that what an insight states was expected, also of one that has ended: whoever states its kind takes that into account. With false, takes it back, but what a detector has learned of it. Raises PT403 or PT404.';

revoke all on function "public"."expect_insight"(uuid, boolean) from public;

grant execute
  on function "public"."expect_insight"(uuid, boolean)
  to "authenticated", "postgres", "service_role";

-- schemas/public/functions/finish_notification

create or replace function public.finish_notification (
  notification_id bigint,
  attempt         integer,
  outcome         jsonb,
  at              timestamp with time zone default now()
)
  returns jsonb
  language sql
  set search_path to ''
  AS $function$
  select monitoring.finish_notification(notification_id, attempt, outcome, at)
$function$;

comment on function "public"."finish_notification"(bigint, integer, jsonb, timestamp
  with time zone) is 'Records what became of an attempt and returns {next}, what to go on with, or {}. For the notify function.';

revoke all
  on function "public"."finish_notification"(bigint, integer, jsonb, timestamp with time zone)
  from public;

grant execute
  on function "public"."finish_notification"(bigint, integer, jsonb, timestamp with time zone)
  to "postgres", "service_role";

-- schemas/public/functions/monitoring_costs

create or replace function public.monitoring_costs (
  range_start timestamp with time zone,
  range_end   timestamp with time zone,
  org_id      uuid                     default null::uuid,
  page_limit  integer                  default 100,
  after       text                     default null::text
)
  returns jsonb
  language plpgsql
  stable
  set search_path to ''
  AS $function$
declare
  org constant uuid := monitoring.metrics_org(monitoring_costs.org_id);
begin
  if page_limit is null or page_limit not between 1 and 500 then
    raise exception 'page_limit must be from 1 to 500.'
      using errcode = 'PT400', detail = 'invalid_limit', hint = 'page_limit';
  end if;
  return (
    with cost as materialized (
      select array[lpad(coalesce(c.bytes_at_rest, 0)::text, 20, '0'), md5(c.resource_type || c.resource_id)] as key, c
      from monitoring.org_costs(org, range_start, range_end) as c
    ),
    found as (
      select x.*
      from cost as x
      where after is null or x.key < monitoring.decode_cursor(after, 'resources')
      order by x.key desc
      limit page_limit + 1
    ),
    total as (
      -- Null only when it is known of none.
      select sum((x.c).events) as events, sum((x.c).raw_rows) as raw_rows, sum((x.c).bytes_at_rest) as bytes_at_rest,
        sum((x.c).function_calls) as function_calls, sum((x.c).function_ms) as function_ms,
        sum((x.c).bytes_out) as bytes_out, sum((x.c).disk_cost) as disk_cost, sum((x.c).function_cost) as function_cost,
        sum((x.c).egress_cost) as egress_cost
      from cost as x
    )
    select jsonb_build_object(
      'org_id', org,
      'timestamp', now(),
      'from', range_start,
      'to', range_end,
      'measured_at', monitoring.costs_measured_at(),
      'currency', (select min((x.c).currency) from cost as x),
      'total', (select to_jsonb(t) from total as t)
    ) || monitoring.page(
      'resources',
      (
        select jsonb_agg(jsonb_build_object('key', f.key, 'item', to_jsonb(f.c) - 'currency') order by f.key desc)
        from found as f
      ),
      page_limit
    )
  );
end
$function$;

comment on function "public"."monitoring_costs"(timestamp with time zone, timestamp
  with time zone, uuid, integer, text) is 'What an org used and what it costs, in all and by webhook, rule and route, those that hold most first: see monitoring.org_costs. A total is of what is known. A page holds page_limit of them (1 to 500); `next` is the cursor of the one after it. Raises PT400, PT401, PT403 or PT404 with a machine code in the detail and the argument in the hint.';

revoke all
  on function "public"."monitoring_costs"(timestamp with time zone, timestamp
    with time zone, uuid, integer, text)
  from public;

grant execute
  on function "public"."monitoring_costs"(timestamp with time zone, timestamp
    with time zone, uuid, integer, text)
  to "authenticated", "postgres", "service_role";

-- schemas/public/functions/monitoring_insights

create or replace function public.monitoring_insights (
  org_id     uuid    default null::uuid,
  kind       text    default null::text,
  state      text    default 'open'::text,
  page_limit integer default 100,
  after      text    default null::text
)
  returns jsonb
  language plpgsql
  stable
  set search_path to ''
  AS $function$
declare
  org constant uuid := monitoring.insights_org(monitoring_insights.org_id);
begin
  if kind is not null then
    perform monitoring.check_insight_kind(monitoring_insights.kind);
  end if;
  if state is null or state not in ('open', 'all') then
    raise exception 'state must be one of open, all.'
      using errcode = 'PT400', detail = 'invalid_state', hint = 'state';
  elsif page_limit is null or page_limit not between 1 and 500 then
    raise exception 'page_limit must be from 1 to 500.'
      using errcode = 'PT400', detail = 'invalid_limit', hint = 'page_limit';
  end if;

  return (
    with insights as (
      -- Newest first: as text, times of one form sort as they passed.
      select
        array[to_char(i.first_stated_at at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS.US'), i.id::text] as key, i
      from public.v_insights as i
      where (i.org_id = org or (i.org_id is null and org is null))
        and i.kind = coalesce(monitoring_insights.kind, i.kind)
        and (state = 'all' or i.ended_at is null)
    ),
    found as (
      select x.*
      from insights as x
      where after is null or x.key < monitoring.decode_cursor(after, 'insights')
      order by x.key desc
      limit page_limit + 1
    )
    select jsonb_build_object('org_id', org, 'timestamp', now()) || monitoring.page(
      'insights',
      (
        select jsonb_agg(
          jsonb_build_object('key', f.key, 'item', to_jsonb(f.i) - 'org_id') order by f.key desc
        )
        from found as f
      ),
      page_limit
    )
  );
end
$function$;

comment on function "public"."monitoring_insights"(uuid, text, text, integer, text) is
  'An org''s insights, newest first: those that are open or all of the last year, of one kind or of all. With the secret key and no org: the operator''s own. A page holds page_limit of them (1 to 500); `next` is the cursor of the one after it. Raises PT400, PT401, PT403 or PT404 with a machine code in the detail and the argument in the hint.';

revoke all on function "public"."monitoring_insights"(uuid, text, text, integer, text) from public;

grant execute
  on function "public"."monitoring_insights"(uuid, text, text, integer, text)
  to "authenticated", "postgres", "service_role";

-- schemas/public/functions/monitoring_metrics

create or replace function public.monitoring_metrics (
  org_id     uuid    default null::uuid,
  type       text    default 'all'::text,
  page_limit integer default 100,
  after      text    default null::text
)
  returns jsonb
  language plpgsql
  stable
  set search_path to ''
  set plan_cache_mode to 'force_generic_plan'
  AS $function$
declare
  types constant text[] := array['webhook', 'rule', 'rate_limit', 'api', 'alerts', 'system', 'all'];
  org constant uuid := monitoring.metrics_org(monitoring_metrics.org_id);
  answer jsonb;
begin
  if type is null or type <> all (types) then
    raise exception 'type must be one of %.', array_to_string(types, ', ')
      using errcode = 'PT400', detail = 'invalid_type', hint = 'type';
  elsif page_limit is null or page_limit not between 1 and 500 then
    raise exception 'page_limit must be from 1 to 500.'
      using errcode = 'PT400', detail = 'invalid_limit', hint = 'page_limit';
  elsif after is not null and type = 'all' then
    raise exception 'after continues one list: name its type.'
      using errcode = 'PT400', detail = 'invalid_cursor', hint = 'after';
  end if;

  answer := jsonb_build_object(
    'org_id', org, 'timestamp', now(), 'refreshed_at', monitoring.refreshed_at()
  );
  if type in ('webhook', 'all') then
    answer := answer || jsonb_build_object('webhooks', monitoring.webhook_metrics(org, page_limit, after));
  end if;
  if type in ('rule', 'all') then
    answer := answer || jsonb_build_object('rules', monitoring.rule_metrics(org, page_limit, after));
  end if;
  if type in ('rate_limit', 'all') then
    answer := answer || jsonb_build_object('rate_limits', monitoring.rate_limit_metrics(org, page_limit, after));
  end if;
  if type in ('api', 'all') then
    answer := answer || jsonb_build_object('api', monitoring.api_metrics(org, page_limit, after));
  end if;
  if type in ('alerts', 'all') then
    answer := answer || jsonb_build_object('alerts', monitoring.alert_metrics(org, page_limit, after));
  end if;
  if type in ('system', 'all') then
    answer := answer || jsonb_build_object('system', monitoring.system_metrics());
  end if;
  return answer;
end
$function$;

comment on function "public"."monitoring_metrics"(uuid, text, integer, text) is
  'An org''s metrics: of one type (webhook, rule, rate_limit, api, alerts, system) or all. Lists hold page_limit rows (1 to 500) and continue after the cursor that their `next` gives. Raises PT400, PT401, PT403 or PT404 with a machine code in the detail and the argument in the hint.';

revoke all on function "public"."monitoring_metrics"(uuid, text, integer, text) from public;

grant execute
  on function "public"."monitoring_metrics"(uuid, text, integer, text)
  to "authenticated", "postgres", "service_role";

-- schemas/public/functions/monitoring_prometheus

create or replace function public.monitoring_prometheus (
  org_id uuid default null::uuid
)
  returns jsonb
  language sql
  stable
  set search_path to ''
  AS $function$
  select monitoring.prometheus(monitoring_prometheus.org_id)
$function$;

comment on function "public"."monitoring_prometheus"(uuid) is 'What GET monitoring/prometheus shows: lifetime counts as of the last refresh, and the state of now, of one org, or of all for who reads every org. Costs what there are of webhooks, rules and orgs. Raises PT400, PT401, PT403 or PT404 as monitoring_metrics does.';

revoke all on function "public"."monitoring_prometheus"(uuid) from public;

grant execute
  on function "public"."monitoring_prometheus"(uuid)
  to "authenticated", "postgres", "service_role";

-- schemas/public/functions/monitoring_system

create or replace function public.monitoring_system()
  returns jsonb
  language sql
  stable
  set search_path to ''
  AS $function$
  select monitoring.system_status()
$function$;

comment on function "public"."monitoring_system"() is 'How fresh the views are, their last 50 refreshes (newest first, milliseconds), each scheduled job with its last run, and how many HTTP requests wait to be sent. The same for everyone who is signed in.';

revoke all on function "public"."monitoring_system"() from public;

grant execute
  on function "public"."monitoring_system"()
  to "authenticated", "postgres", "service_role";

-- schemas/public/functions/monitoring_timeseries

create or replace function public.monitoring_timeseries (
  metrics     text[],
  range_start timestamp with time zone,
  range_end   timestamp with time zone,
  step        integer,
  org_id      uuid                     default null::uuid,
  resource    text                     default null::text
)
  returns jsonb
  language plpgsql
  stable
  set search_path to ''
  AS $function$
declare
  most_points constant integer := 1000;
  org constant uuid := monitoring.metrics_org(monitoring_timeseries.org_id);
  -- Seconds, never days: a day of a session's time zone may have 23 or 25 hours.
  width constant interval := make_interval(secs => step);
  subjects text[];
  known integer;
  aligned timestamptz;
  before_start timestamptz;
  answer jsonb;
begin
  select count(*), array_agg(distinct m.subject)
  into known, subjects
  from monitoring.timeseries_metrics() as m
  where m.metric = any (metrics);
  if known = 0 or known <> cardinality(metrics) then
    raise exception 'metrics must be some of those that there are, each once.'
      using errcode = 'PT400', detail = 'invalid_metric', hint = 'metrics';
  elsif step is null or step not in (60, 300, 900, 3600, 21600, 86400) then
    raise exception 'step must be one of 60, 300, 900, 3600, 21600, 86400.'
      using errcode = 'PT400', detail = 'invalid_step', hint = 'step';
  elsif not isfinite(range_start) or not isfinite(range_end) or (range_start < range_end) is not true then
    raise exception 'range_start must be before range_end.'
      using errcode = 'PT400', detail = 'invalid_range', hint = 'range_start';
  end if;

  aligned := date_bin(width, range_start, timestamptz 'epoch');
  if ceil(extract(epoch from range_end - aligned) / step) * known > most_points then
    raise exception 'This is more than % points: choose a longer step or a shorter range.', most_points
      using errcode = 'PT400', detail = 'too_many_points', hint = 'step';
  elsif 'custom' = any (subjects) and step < 3600 then
    raise exception 'Metrics of your own are kept by the hour: step must be 3600 or more.'
      using errcode = 'PT400', detail = 'invalid_step', hint = 'step';
  end if;
  perform monitoring.check_series_resource(org, subjects, resource);
  before_start := aligned - make_interval(secs => extract(epoch from range_end - aligned)::double precision);

  with measured as materialized (
    select s.*
    from monitoring.delivery_series(org, resource, before_start, aligned, range_end, width, 'delivery_p95_ms' = any (metrics)) as s
    where 'delivery' = any (subjects)
    union all
    select s.* from monitoring.execution_series(org, resource, before_start, aligned, range_end, width) as s
    where 'execution' = any (subjects)
    union all
    select s.*
    from monitoring.api_series(org, resource, before_start, aligned, range_end, width, 'api_p95_ms' = any (metrics)) as s
    where 'api' = any (subjects)
    union all
    select s.* from monitoring.rate_limit_series(org, resource, before_start, aligned, range_end, width) as s
    where 'rate_limit' = any (subjects)
    union all
    select s.* from monitoring.custom_series(org, resource, before_start, aligned, range_end, width) as s
    where 'custom' = any (subjects)
  ),
  series as (
    select asked.n, jsonb_build_object(
      'metric', m.metric,
      'unit', m.unit,
      'value', (
        select s.measured -> m.metric from measured as s
        where s.measured ? m.metric and s.bucket is null and not s.is_before
      ),
      'previous', (
        select s.measured -> m.metric from measured as s
        where s.measured ? m.metric and s.bucket is null and s.is_before
      ),
      'points', (
        select jsonb_agg(jsonb_build_object('at', b.at, 'value', s.measured -> m.metric) order by b.at)
        from generate_series(aligned, range_end - interval '1 microsecond', width) as b (at)
        left join measured as s on s.bucket = b.at and s.measured ? m.metric
      ),
      'band', monitoring.expected_series(org, m.metric, resource, aligned, range_end, step)
    ) as series
    from unnest(metrics) with ordinality as asked (metric, n)
    join monitoring.timeseries_metrics() as m on m.metric = asked.metric
  )
  select jsonb_build_object(
    'org_id', org,
    'timestamp', now(),
    'refreshed_at', now(),
    'resource', resource,
    'from', aligned,
    'to', range_end,
    'step_seconds', step,
    'series', jsonb_agg(s.series order by s.n)
  )
  into answer
  from series as s;
  return answer;
end
$function$;

comment on function "public"."monitoring_timeseries"(text[], timestamp with time zone, timestamp
  with time zone, integer, uuid, text) is 'Metrics of an org over time, in buckets of `step` seconds: for each one its value in every bucket of the range, over the whole range (value) and over the range before (previous); and what was expected of it, by the hour, where it is watched (band). Buckets are aligned to the epoch; one without any source row is null. Live; percentiles are within 1%. At most 1,000 points in all. Raises PT400, PT401, PT403 or PT404 with a machine code in the detail and the argument in the hint.';

revoke all
  on function "public"."monitoring_timeseries"(text[], timestamp with time zone, timestamp
    with time zone, integer, uuid, text)
  from public;

grant execute
  on function "public"."monitoring_timeseries"(text[], timestamp with time zone, timestamp
    with time zone, integer, uuid, text)
  to "authenticated", "postgres", "service_role";

-- schemas/public/functions/queue_test

create or replace function public.queue_test (
  channel_id uuid
)
  returns bigint
  language sql
  set search_path to ''
  AS $function$
  select monitoring.queue_test(channel_id)
$function$;

comment on function "public"."queue_test"(uuid) is 'Queues a message that tries a channel, enabled or not, and returns the notification''s id; POST notify/test sends it at once. Raises PT401, PT403 or PT404.';

revoke all on function "public"."queue_test"(uuid) from public;

grant execute on function "public"."queue_test"(uuid) to "authenticated", "postgres", "service_role";

-- schemas/public/functions/refresh_monitoring_views

create or replace function public.refresh_monitoring_views()
  returns jsonb
  language sql
  set search_path to ''
  AS $function$
  select monitoring.refresh_views()
$function$;

comment on function "public"."refresh_monitoring_views"() is 'Refreshes mv_webhook_performance and mv_rule_performance; for the schedule and the secret key. Returns status (refreshed, skipped or failed), refreshed_at, duration_ms, rows of each view, and error.';

revoke all on function "public"."refresh_monitoring_views"() from public;

grant execute on function "public"."refresh_monitoring_views"() to "postgres", "service_role";

-- schemas/public/functions/resend_notification

create or replace function public.resend_notification (
  notification_id bigint
)
  returns void
  language sql
  set search_path to ''
  AS $function$
  select monitoring.resend_notification(notification_id)
$function$;

comment on function "public"."resend_notification"(bigint) is 'Sends a dead notification again, with the rest of its message and under the same id. Raises PT401, PT403, PT404 or PT409.';

revoke all on function "public"."resend_notification"(bigint) from public;

grant execute
  on function "public"."resend_notification"(bigint)
  to "authenticated", "postgres", "service_role";

-- schemas/public/functions/rotate_channel_secret

create or replace function public.rotate_channel_secret (
  channel_id    uuid,
  secret        text    default null::text,
  overlap_hours numeric default 24
)
  returns jsonb
  language sql
  set search_path to ''
  AS $function$
  select monitoring.rotate_channel_secret(channel_id, secret, overlap_hours)
$function$;

comment on function "public"."rotate_channel_secret"(uuid, text, numeric) is
  'Replaces a channel''s secret. A webhook is signed with the old one, too, for overlap_hours (0 to 720), and without a secret gets one that is returned this once. Raises PT400, PT401, PT403 or PT404.';

revoke all on function "public"."rotate_channel_secret"(uuid, text, numeric) from public;

grant execute
  on function "public"."rotate_channel_secret"(uuid, text, numeric)
  to "authenticated", "postgres", "service_role";

-- schemas/public/functions/set_alert_policy

create or replace function public.set_alert_policy (
  type    text,
  changes jsonb,
  org_id  uuid  default null::uuid
)
  returns public.v_alert_policies
  language plpgsql
  set search_path to ''
  AS $function$
declare
  org constant uuid := monitoring.metrics_org(set_alert_policy.org_id);
  changed constant public.v_alert_policies := monitoring.changed_policy(
    monitoring.policy_of(org, set_alert_policy.type), changes
  );
  own monitoring.alert_policy_overrides;
begin
  select x.* into own
  from monitoring.alert_policy_overrides as x
  where x.org_id = org and x.type = set_alert_policy.type;
  own := jsonb_populate_record(
    own, changes || jsonb_build_object('org_id', org, 'type', set_alert_policy.type)
  );
  insert into monitoring.alert_policy_overrides as x
  select own.*
  on conflict on constraint alert_policy_overrides_pkey do update
  set enabled = excluded.enabled,
    warning = excluded.warning,
    critical = excluded.critical,
    recovery = excluded.recovery,
    minimum_sample = excluded.minimum_sample,
    pending_for = excluded.pending_for,
    keep_firing_for = excluded.keep_firing_for,
    repeat_interval = excluded.repeat_interval;
  return changed;
exception
  when insufficient_privilege then
    raise exception 'Only owners and admins set policies.'
      using errcode = 'PT403', detail = 'not_allowed', hint = 'org_id';
end
$function$;

comment on function "public"."set_alert_policy"(text, jsonb, uuid) is 'Changes some settings of an org''s policy for a type of alert, null meaning the default, and returns the policy in force: see monitoring.alert_policies for the settings. Raises PT400, PT401, PT403 or PT404.';

revoke all on function "public"."set_alert_policy"(text, jsonb, uuid) from public;

grant execute
  on function "public"."set_alert_policy"(text, jsonb, uuid)
  to "authenticated", "postgres", "service_role";

-- schemas/public/functions/set_insight_kind

create or replace function public.set_insight_kind (
  kind    text,
  enabled boolean,
  org_id  uuid    default null::uuid
)
  returns void
  language plpgsql
  set search_path to ''
  AS $function$
declare
  org constant uuid := monitoring.insights_org(set_insight_kind.org_id);
begin
  perform monitoring.check_insight_kind(set_insight_kind.kind);
  if enabled is null then
    raise exception 'enabled must be true or false.'
      using errcode = 'PT400', detail = 'invalid_enabled', hint = 'enabled';
  elsif org is not null and not monitoring.reads_every_org()
    and org not in (select monitoring.my_org_ids(array['owner', 'admin'])) then
    raise exception 'Only owners and admins turn insights on and off.'
      using errcode = 'PT403', detail = 'not_allowed', hint = 'org_id';
  end if;
  if enabled then
    delete from monitoring.disabled_insights as d
    where d.kind = set_insight_kind.kind and (d.org_id = org or (d.org_id is null and org is null));
  else
    insert into monitoring.disabled_insights (org_id, kind)
    values (org, set_insight_kind.kind)
    on conflict on constraint disabled_insights_key do nothing;
  end if;
end
$function$;

comment on function "public"."set_insight_kind"(text, boolean, uuid) is 'Turns a kind of insights off for an org, which ends those that are open, or on again. With the secret key and no org: the operator''s own. Raises PT400, PT401, PT403 or PT404.';

revoke all on function "public"."set_insight_kind"(text, boolean, uuid) from public;

grant execute
  on function "public"."set_insight_kind"(text, boolean, uuid)
  to "authenticated", "postgres", "service_role";

-- schemas/public/functions/set_objective

create or replace function public.set_objective (
  metric text,
  target numeric,
  org_id uuid    default null::uuid
)
  returns void
  language plpgsql
  set search_path to ''
  AS $function$
declare
  org constant uuid := monitoring.metrics_org(set_objective.org_id);
begin
  if metric is null or metric not in ('deliveries', 'requests') then
    raise exception 'metric must be one of deliveries, requests.'
      using errcode = 'PT400', detail = 'invalid_metric', hint = 'metric';
  elsif target not between 0.5 and 0.99999 then
    raise exception 'target must be from 0.5 to 0.99999, or null for no objective.'
      using errcode = 'PT400', detail = 'invalid_target', hint = 'target';
  elsif not monitoring.reads_every_org() and org not in (select monitoring.my_org_ids(array['owner', 'admin'])) then
    raise exception 'Only owners and admins set objectives.'
      using errcode = 'PT403', detail = 'not_allowed', hint = 'org_id';
  end if;
  if target is null then
    delete from monitoring.objectives as o where o.org_id = org and o.metric = set_objective.metric;
  else
    insert into monitoring.objectives as o (org_id, metric, target)
    values (org, set_objective.metric, set_objective.target)
    on conflict on constraint objectives_pkey do update set target = excluded.target;
  end if;
end
$function$;

comment on function "public"."set_objective"(text, numeric, uuid) is 'Sets which share (0.5 to 0.99999) of an org''s deliveries or requests is to succeed over 30 days; null takes the objective away. Raises PT400, PT401, PT403 or PT404.';

revoke all on function "public"."set_objective"(text, numeric, uuid) from public;

grant execute
  on function "public"."set_objective"(text, numeric, uuid)
  to "authenticated", "postgres", "service_role";

-- schemas/public/functions/silence_alerts

create or replace function public.silence_alerts (
  matchers jsonb,
  until    timestamp with time zone,
  reason   text,
  org_id   uuid                     default null::uuid
)
  returns uuid
  language plpgsql
  set search_path to ''
  AS $function$
declare
  -- The operator's own alerts belong to no org.
  org constant uuid := case
    when silence_alerts.org_id is not null or not monitoring.reads_every_org()
      then monitoring.metrics_org(silence_alerts.org_id)
  end;
  new_id uuid;
begin
  perform monitoring.check_matchers(matchers);
  if until is null or until not between now() and now() + interval '1 year' then
    raise exception 'until must be in the future, a year ahead at most.'
      using errcode = 'PT400', detail = 'invalid_until', hint = 'until';
  elsif reason is null or length(reason) not between 1 and 1000 then
    raise exception 'Say why, in 1 to 1000 characters.'
      using errcode = 'PT400', detail = 'invalid_reason', hint = 'reason';
  end if;
  -- Each is looked at for each notification.
  if (
    select count(*)
    from monitoring.silences as s
    where s.ends_at > now() and (s.org_id = org or (s.org_id is null and org is null))
  ) >= 100 then
    raise exception 'There are 100 silences already: end one, or make one that matches more.'
      using errcode = 'PT409', detail = 'too_many_silences', hint = 'matchers';
  end if;
  insert into monitoring.silences (org_id, matchers, reason, ends_at)
  values (org, silence_alerts.matchers, silence_alerts.reason, until)
  returning id into new_id;
  return new_id;
exception
  when insufficient_privilege then
    raise exception 'Viewers silence nothing: ask a member of the org.'
      using errcode = 'PT403', detail = 'not_allowed', hint = 'org_id';
end
$function$;

comment on function "public"."silence_alerts"(jsonb, timestamp
  with time zone, text, uuid) is 'Holds back the notifications of an org''s alerts that match, until then; returns the silence''s id. With the secret key and no org: of the operator''s alerts. See monitoring.silences for the matchers. Raises PT400, PT401, PT403, PT404, or PT409 beyond 100 silences.';

revoke all
  on function "public"."silence_alerts"(jsonb, timestamp with time zone, text, uuid)
  from public;

grant execute
  on function "public"."silence_alerts"(jsonb, timestamp with time zone, text, uuid)
  to "authenticated", "postgres", "service_role";

-- schemas/public/functions/track_events

create or replace function public.track_events (
  events jsonb
)
  returns jsonb
  language plpgsql
  set search_path to ''
  AS $function$
declare
  rejected jsonb;
  accepted jsonb;
  refused jsonb;
begin
  if jsonb_typeof(events) is distinct from 'array' or jsonb_array_length(events) > 1000 then
    raise exception 'a batch is an array of at most 1000 events'
      using errcode = 'PT400', detail = 'invalid_batch', hint = 'events';
  end if;

  begin
    perform monitoring.store_events(events, checked => false);
    return jsonb_build_object('accepted', jsonb_array_length(events), 'rejected', jsonb_build_array());
  exception
    -- Nothing of it was stored, and some of it may be good.
    when data_exception or integrity_constraint_violation then null;
  end;

  select
    coalesce(jsonb_agg(jsonb_build_object(
      'index', coalesce(body -> 'index', to_jsonb(position - 1)),
      'code', code, 'field', field, 'message', message
    ) order by position) filter (where code is not null), '[]'),
    coalesce(jsonb_agg(
      jsonb_build_object('index', position - 1) || jsonb_strip_nulls(body) order by position
    ) filter (where code is null), '[]')
  into rejected, accepted
  from jsonb_array_elements(events) with ordinality as _ (body, position)
  left join monitoring.rejected_events(events) as problem using (position);

  refused := monitoring.store_events(accepted, checked => true);
  return jsonb_build_object(
    'accepted', jsonb_array_length(accepted) - jsonb_array_length(refused),
    'rejected', rejected || refused
  );
end
$function$;

comment on function "public"."track_events"(jsonb) is 'Stores a batch of up to 1000 events in one transaction and returns {accepted, rejected: [{index, code, field, message}]}; an event that is rejected leaves the others as they are.';

revoke all on function "public"."track_events"(jsonb) from public;

grant execute on function "public"."track_events"(jsonb) to "postgres", "service_role";

-- schemas/public/functions/unacknowledge_alert

create or replace function public.unacknowledge_alert (
  alert_id uuid
)
  returns void
  language sql
  set search_path to ''
  AS $function$
  select monitoring.set_acknowledgement(alert_id, null, null, null)
$function$;

comment on function "public"."unacknowledge_alert"(uuid) is 'Takes an acknowledgement back: repeats go on. Raises PT403, PT404 or PT409.';

revoke all on function "public"."unacknowledge_alert"(uuid) from public;

grant execute
  on function "public"."unacknowledge_alert"(uuid)
  to "authenticated", "postgres", "service_role";

-- schemas/public/functions/update_channel

create or replace function public.update_channel (
  channel_id    uuid,
  name          text    default null::text,
  enabled       boolean default null::boolean,
  url           text    default null::text,
  email_from    text    default null::text,
  email_to      text[]  default null::text[],
  min_severity  text    default null::text,
  types         text[]  default null::text[],
  mute_windows  jsonb   default null::jsonb,
  group_seconds numeric default null::numeric
)
  returns void
  language sql
  set search_path to ''
  AS $function$
  select monitoring.update_channel(
    channel_id, name, enabled, url, email_from, email_to, min_severity, types, mute_windows,
    group_seconds
  )
$function$;

comment on function
  "public"."update_channel"(uuid, text, boolean, text, text, text[], text, text[], jsonb, numeric)
  is 'Changes what is given of a channel; null leaves it as it is. Raises PT400 with the argument in the hint, PT401, PT403 or PT404.';

revoke all
  on function
    "public"."update_channel"(uuid, text, boolean, text, text, text[], text, text[], jsonb, numeric)
  from public;

grant execute
  on function
    "public"."update_channel"(uuid, text, boolean, text, text, text[], text, text[], jsonb, numeric)
  to "authenticated", "postgres", "service_role";

-- schemas/public/materialized_views/mv_rule_performance

create materialized view "public"."mv_rule_performance"
  AS  SELECT r.id AS rule_id,
    r.org_id,
    r.name AS rule_name,
    r.type AS rule_type,
    r.enabled,
    r.trigger_count,
    r.last_triggered_at,
    r.created_at,
    r.segment_id,
    s.name AS segment_name,
    s.member_count AS segment_member_count,
    COALESCE((t.succeeded + t.failed), (0)::bigint) AS total_executions,
    COALESCE(t.succeeded, (0)::bigint) AS successful_executions,
    COALESCE(t.failed, (0)::bigint) AS failed_executions,
    round(((100.0 * (t.succeeded)::numeric) / (NULLIF((t.succeeded + t.failed), 0))::numeric), 2) AS success_rate_pct,
    round(((1.0 * (t.duration_sum)::numeric) / (NULLIF((t.succeeded + t.failed), 0))::numeric), 1) AS avg_duration_ms,
    COALESCE(t.affected, (0)::bigint) AS total_affected_contacts,
    (COALESCE(t.day_rows, (0)::bigint) + COALESCE(e.day_rows, (0)::bigint)) AS executions_24h,
    (COALESCE(t.week_rows, (0)::bigint) + COALESCE(e.week_rows, (0)::bigint)) AS executions_7d
   FROM (((public.automation_rules r
     LEFT JOIN public.segments s ON ((s.id = r.segment_id)))
     LEFT JOIN monitoring.totals t ON (((t.source = 'execution'::monitoring.source) AND (t.resource_id = r.id))))
     LEFT JOIN monitoring.window_edges e ON (((e.source = 'execution'::monitoring.source) AND (e.resource_id = r.id))));

create unique index mv_rule_performance_key on public.mv_rule_performance
  using btree (org_id, rule_id);

comment on materialized view "public"."mv_rule_performance" is 'Executions of each automation rule, of all time, as of monitoring.refreshed_at(); those that retention dropped count too. Members read it through monitoring.rule_performance().';

grant delete, insert, maintain, references, select, trigger, truncate, update
  on table "public"."mv_rule_performance"
  to "postgres";

grant select on table "public"."mv_rule_performance" to "service_role";

-- schemas/public/materialized_views/mv_webhook_performance

create materialized view "public"."mv_webhook_performance"
  AS  SELECT w.id AS webhook_id,
    w.org_id,
    w.url,
    w.enabled,
    w.consecutive_failures,
    t.last_success_at,
    w.last_failure_at,
    w.created_at,
    COALESCE(((t.pending + t.succeeded) + t.failed), (0)::bigint) AS total_deliveries,
    COALESCE(t.succeeded, (0)::bigint) AS successful_deliveries,
    COALESCE(t.failed, (0)::bigint) AS failed_deliveries,
    COALESCE(t.pending, (0)::bigint) AS pending_deliveries,
    round(((100.0 * (t.succeeded)::numeric) / (NULLIF((t.succeeded + t.failed), 0))::numeric), 2) AS success_rate_pct,
    round(((1.0 * (t.duration_sum)::numeric) / (NULLIF((t.succeeded + t.failed), 0))::numeric), 1) AS avg_duration_ms,
    LEAST(t.p95_ms, (t.duration_max)::numeric) AS p95_duration_ms,
    t.duration_max AS max_duration_ms,
    (COALESCE(t.day_rows, (0)::bigint) + COALESCE(e.day_rows, (0)::bigint)) AS deliveries_24h,
    (COALESCE(t.day_failed, (0)::bigint) + COALESCE(e.day_failed, (0)::bigint)) AS failures_24h,
    (COALESCE(t.week_rows, (0)::bigint) + COALESCE(e.week_rows, (0)::bigint)) AS deliveries_7d,
    (COALESCE(t.week_failed, (0)::bigint) + COALESCE(e.week_failed, (0)::bigint)) AS failures_7d
   FROM ((public.webhooks w
     LEFT JOIN monitoring.totals t ON (((t.source = 'delivery'::monitoring.source) AND (t.resource_id = w.id))))
     LEFT JOIN monitoring.window_edges e ON (((e.source = 'delivery'::monitoring.source) AND (e.resource_id = w.id))));

create unique index mv_webhook_performance_key on public.mv_webhook_performance
  using btree (org_id, webhook_id);

comment on materialized view "public"."mv_webhook_performance" is 'Deliveries of each webhook, of all time, as of monitoring.refreshed_at(); those that retention dropped count too. Members read it through monitoring.webhook_performance().';

grant delete, insert, maintain, references, select, trigger, truncate, update
  on table "public"."mv_webhook_performance"
  to "postgres";

grant select on table "public"."mv_webhook_performance" to "service_role";

-- schemas/public/schema

comment on schema "public" is 'standard public schema';

revoke all on schema "public" from public;

grant usage on schema "public" to public;

revoke all on schema "public" from "anon";

grant usage on schema "public" to "anon";

revoke all on schema "public" from "authenticated";

grant usage on schema "public" to "authenticated";

revoke all on schema "public" from "pg_database_owner";

grant create, usage on schema "public" to "pg_database_owner";

revoke all on schema "public" from "postgres";

grant create, usage on schema "public" to "postgres";

revoke all on schema "public" from "service_role";

grant usage on schema "public" to "service_role";

-- schemas/public/tables/api_audit_logs

create table "public"."api_audit_logs" (
  "id"            uuid                     not null,
  "org_id"        uuid                     not null,
  "request_id"    text,
  "api_key_id"    uuid,
  "method"        text                     not null,
  "path"          text                     not null,
  "resource_type" text,
  "status_code"   integer                  not null,
  "duration_ms"   integer                  not null,
  "ip"            inet,
  "user_agent"    text,
  "created_at"    timestamp with time zone not null,
  "bytes_out"     bigint
) partition by range (created_at);

alter table "public"."api_audit_logs"
  enable row level security;

alter table "public"."api_audit_logs"
  alter column "created_at" set default now();

alter table "public"."api_audit_logs"
  alter column "id" set default gen_random_uuid();

alter table "public"."api_audit_logs"
  add constraint "api_audit_logs_bytes_out_check"
    check (((bytes_out >= 0) AND (bytes_out <= '1000000000000'::bigint)));

alter table "public"."api_audit_logs"
  add constraint "api_audit_logs_created_at_check" check (isfinite(created_at));

alter table "public"."api_audit_logs"
  add constraint "api_audit_logs_duration_ms_check" check ((duration_ms >= 0));

alter table "public"."api_audit_logs"
  add constraint "api_audit_logs_method_check" check ((method ~ '^[A-Z]{1,20}$'::text));

alter table "public"."api_audit_logs"
  add constraint "api_audit_logs_path_check"
    check (((length(path) >= 1) AND (length(path) <= 2048)));

alter table "public"."api_audit_logs"
  add constraint "api_audit_logs_request_id_check"
    check (((length(request_id) >= 1) AND (length(request_id) <= 200)));

alter table "public"."api_audit_logs"
  add constraint "api_audit_logs_resource_type_check"
    check (((length(resource_type) >= 1) AND (length(resource_type) <= 100)));

alter table "public"."api_audit_logs"
  add constraint "api_audit_logs_status_code_check"
    check (((status_code >= 100) AND (status_code <= 599)));

alter table "public"."api_audit_logs"
  add constraint "api_audit_logs_user_agent_check" check ((length(user_agent) <= 1024));

alter table "public"."api_audit_logs"
  add constraint "api_audit_logs_org_id_api_key_id_fkey" foreign key (org_id, api_key_id)
    references public.api_keys(org_id, id) on delete set null (api_key_id);

alter table "public"."api_audit_logs"
  add constraint "api_audit_logs_org_id_fkey" foreign key (org_id) references public.orgs(id)
    on delete cascade;

create index api_audit_logs_by_key_idx on only public.api_audit_logs
  using btree (org_id, api_key_id, created_at desc)
  where (api_key_id is not null);

create index api_audit_logs_by_time_idx on only public.api_audit_logs
  using btree (org_id, created_at desc);

create trigger capture_deleted after delete on public.api_audit_logs
  referencing OLD table as changed for each STATEMENT execute function monitoring.capture_requests (
  '-1'
);

create trigger capture_inserted after insert on public.api_audit_logs
  referencing NEW table as changed for each STATEMENT execute function monitoring.capture_requests (
  '1'
);

create trigger keep_history
  before update on public.api_audit_logs
  for each row
  when
    (((((((new.id IS DISTINCT FROM old.id) OR (new.org_id IS DISTINCT FROM old.org_id)) OR
    (new.resource_type IS DISTINCT FROM old.resource_type)) OR
    (new.status_code IS DISTINCT FROM old.status_code)) OR
    (new.duration_ms IS DISTINCT FROM old.duration_ms)) OR
    (new.created_at IS DISTINCT FROM old.created_at)))
  execute function monitoring.keep_history('a request does not change');

create policy "members read their orgs' requests" on "public"."api_audit_logs"
  for select
  to "authenticated"
  using ((org_id = ANY (ARRAY( select monitoring.my_org_ids() as my_org_ids))));

comment on column "public"."api_audit_logs"."api_key_id" is 'The key that was used; null for a signed-in user.';

comment on column "public"."api_audit_logs"."bytes_out" is 'Bytes of the answer''s body; null when it was not said.';

comment on column "public"."api_audit_logs"."created_at" is 'When the request came in.';

comment on column "public"."api_audit_logs"."duration_ms" is 'Milliseconds from request to response.';

comment on column "public"."api_audit_logs"."id" is 'Unique within a month; track_events keeps it unique over all.';

comment on column "public"."api_audit_logs"."path" is 'Path without the query string, up to 2048 characters.';

comment on column "public"."api_audit_logs"."request_id" is 'The id that the response carried as x-request-id.';

comment on column "public"."api_audit_logs"."resource_type" is 'Kind of thing asked for, for example contacts; null when it was not said.';

comment on table "public"."api_audit_logs" is 'Requests to the portal''s API, one row each.';

grant select on table "public"."api_audit_logs" to "authenticated";

grant delete, insert, maintain, references, select, trigger, truncate, update
  on table "public"."api_audit_logs"
  to "postgres";

grant delete, insert, select on table "public"."api_audit_logs" to "service_role";

-- schemas/public/tables/api_keys

create table "public"."api_keys" (
  "id"         uuid                     not null default gen_random_uuid(),
  "org_id"     uuid                     not null,
  "name"       text                     not null,
  "prefix"     text                     not null,
  "digest"     bytea                    not null,
  "created_at" timestamp with time zone not null default now(),
  "revoked_at" timestamp with time zone,
  constraint "api_keys_check" check ((revoked_at >= created_at)),
  constraint "api_keys_digest_check" check ((octet_length(digest) = 32)),
  constraint "api_keys_digest_key" unique (digest),
  constraint "api_keys_name_check" check (((length(name) >= 1) AND (length(name) <= 200))),
  constraint "api_keys_org_id_id_key" unique (org_id, id),
  constraint "api_keys_pkey" primary key (id),
  constraint "api_keys_prefix_check" check (((length(prefix) >= 4) AND (length(prefix) <= 32))),
  constraint "api_keys_org_id_fkey" foreign key (org_id) references public.orgs(id)
    on delete cascade
);

alter table "public"."api_keys"
  enable row level security;

create policy "members read their orgs' keys" on "public"."api_keys"
  for select
  to "authenticated"
  using ((org_id = ANY (ARRAY( select monitoring.my_org_ids() as my_org_ids))));

create policy "owners and admins add keys" on "public"."api_keys"
  for insert
  to "authenticated"
  with
    check
    ((org_id = ANY (ARRAY( SELECT monitoring.my_org_ids(ARRAY['owner'::text, 'admin'::text]) AS
    my_org_ids))));

create policy "owners and admins rename and revoke keys" on "public"."api_keys"
  for update
  to "authenticated"
  using
    ((org_id = ANY (ARRAY( select monitoring.my_org_ids(ARRAY['owner'::text, 'admin'::text]) as
    my_org_ids))))
  with
    check
    ((org_id = ANY (ARRAY( SELECT monitoring.my_org_ids(ARRAY['owner'::text, 'admin'::text]) AS
    my_org_ids))));

comment on column "public"."api_keys"."digest" is 'SHA-256 of the whole key, 32 bytes. Only the secret key''s holder reads it.';

comment on column "public"."api_keys"."prefix" is 'The first characters of the key, by which a person recognises it.';

comment on column "public"."api_keys"."revoked_at" is 'Since when the key is refused; null while it is valid.';

comment on table "public"."api_keys" is 'Keys to the portal''s API. The key itself is shown once and kept nowhere.';

grant select ("created_at") on table "public"."api_keys" to "authenticated";

grant insert ("digest") on table "public"."api_keys" to "authenticated";

grant select ("id") on table "public"."api_keys" to "authenticated";

grant insert ("name"), select ("name"), update ("name")
  on table "public"."api_keys"
  to "authenticated";

grant insert ("org_id"), select ("org_id") on table "public"."api_keys" to "authenticated";

grant insert ("prefix"), select ("prefix") on table "public"."api_keys" to "authenticated";

grant select ("revoked_at"), update ("revoked_at") on table "public"."api_keys" to "authenticated";

grant delete, insert, maintain, references, select, trigger, truncate, update
  on table "public"."api_keys"
  to "postgres";

grant delete, insert, select, update on table "public"."api_keys" to "service_role";

-- schemas/public/tables/api_rate_limits

create table "public"."api_rate_limits" (
  "org_id"         uuid                     not null,
  "key_type"       text                     not null,
  "identifier"     text                     not null,
  "window_start"   timestamp with time zone not null,
  "window_seconds" integer                  not null default 60,
  "request_count"  integer                  not null default 0,
  "limit_max"      integer                  not null,
  "updated_at"     timestamp with time zone not null default now(),
  constraint "api_rate_limits_identifier_check"
    check (((length(identifier) >= 1) AND (length(identifier) <= 200))),
  constraint "api_rate_limits_key_type_check"
    check ((key_type = ANY (ARRAY['api_key'::text, 'org'::text, 'ip'::text]))),
  constraint "api_rate_limits_limit_max_check" check ((limit_max > 0)),
  constraint "api_rate_limits_pkey" primary key (org_id, key_type, identifier, window_start),
  constraint "api_rate_limits_request_count_check" check ((request_count >= 0)),
  constraint "api_rate_limits_window_seconds_check" check ((window_seconds > 0)),
  constraint "api_rate_limits_org_id_fkey" foreign key (org_id) references public.orgs(id)
    on delete cascade
);

alter table "public"."api_rate_limits"
  enable row level security;

alter table "public"."api_rate_limits"
  add column "window_end" timestamp
    with time zone generated always as
    ((((window_start AT TIME ZONE 'UTC'::text) + make_interval(secs => (window_seconds)::double
    precision)) AT TIME ZONE 'UTC'::text)) stored not null;

create index api_rate_limits_by_end_idx on public.api_rate_limits using btree (org_id, window_end);

create policy "members read their orgs' rate limits" on "public"."api_rate_limits"
  for select
  to "authenticated"
  using ((org_id = ANY (ARRAY( select monitoring.my_org_ids() as my_org_ids))));

comment on column "public"."api_rate_limits"."identifier" is 'Which one: the key''s id, the org''s id, or the address.';

comment on column "public"."api_rate_limits"."key_type" is 'What is limited: an api_key, a whole org, or an ip.';

comment on column "public"."api_rate_limits"."limit_max" is 'Requests that the window allows.';

comment on column "public"."api_rate_limits"."request_count" is 'Requests counted in the window; it may exceed limit_max.';

comment on column "public"."api_rate_limits"."updated_at" is 'When the row was last reported.';

comment on column "public"."api_rate_limits"."window_end" is 'When the window closes and the count starts again.';

comment on column "public"."api_rate_limits"."window_seconds" is 'Length of the window in seconds.';

comment on table "public"."api_rate_limits" is 'Use of each rate limit, one row for each key and window.';

grant select on table "public"."api_rate_limits" to "authenticated";

grant delete, insert, maintain, references, select, trigger, truncate, update
  on table "public"."api_rate_limits"
  to "postgres";

grant delete, insert, select, update on table "public"."api_rate_limits" to "service_role";

-- schemas/public/tables/automation_rules

create table "public"."automation_rules" (
  "id"                uuid                     not null default gen_random_uuid(),
  "org_id"            uuid                     not null,
  "name"              text                     not null,
  "type"              text                     not null,
  "segment_id"        uuid,
  "enabled"           boolean                  not null default true,
  "trigger_count"     bigint                   not null default 0,
  "last_triggered_at" timestamp with time zone,
  "created_at"        timestamp with time zone not null default now(),
  constraint "automation_rules_check" check (((trigger_count = 0) = (last_triggered_at IS NULL))),
  constraint "automation_rules_name_check" check (((length(name) >= 1) AND (length(name) <= 200))),
  constraint "automation_rules_org_id_id_key" unique (org_id, id),
  constraint "automation_rules_pkey" primary key (id),
  constraint "automation_rules_trigger_count_check" check ((trigger_count >= 0)),
  constraint "automation_rules_type_check" check ((type ~ '^[a-z][a-z0-9_]{0,99}$'::text)),
  constraint "automation_rules_org_id_fkey" foreign key (org_id) references public.orgs(id)
    on delete cascade,
  constraint "automation_rules_org_id_segment_id_fkey" foreign key (org_id, segment_id)
    references public.segments(org_id, id) on delete set null (segment_id)
);

alter table "public"."automation_rules"
  enable row level security;

create index automation_rules_segment_idx on public.automation_rules
  using btree (org_id, segment_id);

create trigger keep_durations after delete on public.automation_rules
  referencing OLD table as deleted for each STATEMENT execute function
  monitoring.keep_deleted_durations (
  'execution'
);

create policy "all but viewers add rules" on "public"."automation_rules"
  for insert
  to "authenticated"
  with
    check
    ((org_id = ANY (ARRAY( SELECT monitoring.my_org_ids(ARRAY['owner'::text, 'admin'::text,
    'member'::text]) AS my_org_ids))));

create policy "all but viewers change rules" on "public"."automation_rules"
  for update
  to "authenticated"
  using
    ((org_id = ANY (ARRAY( select monitoring.my_org_ids(ARRAY['owner'::text, 'admin'::text,
    'member'::text]) as my_org_ids))))
  with
    check
    ((org_id = ANY (ARRAY( SELECT monitoring.my_org_ids(ARRAY['owner'::text, 'admin'::text,
    'member'::text]) AS my_org_ids))));

create policy "all but viewers delete rules" on "public"."automation_rules"
  for delete
  to "authenticated"
  using
    ((org_id = ANY (ARRAY( select monitoring.my_org_ids(ARRAY['owner'::text, 'admin'::text,
    'member'::text]) as my_org_ids))));

create policy "members read their orgs' rules" on "public"."automation_rules"
  for select
  to "authenticated"
  using ((org_id = ANY (ARRAY( select monitoring.my_org_ids() as my_org_ids))));

comment on column "public"."automation_rules"."last_triggered_at" is 'The latest executed_at of an execution; null when there was none.';

comment on column "public"."automation_rules"."segment_id" is 'The contacts it is about; null for all of the org''s.';

comment on column "public"."automation_rules"."trigger_count" is 'Executions ever recorded, failed ones too; deleting old executions leaves it as it is.';

comment on column "public"."automation_rules"."type" is 'What the rule watches, for example warmth_threshold, no_touch_days or stage_change.';

comment on table "public"."automation_rules" is 'Automations of an org: when something holds for contacts of a segment, act on them.';

grant insert ("enabled"), update ("enabled") on table "public"."automation_rules" to "authenticated";

grant insert ("name"), update ("name") on table "public"."automation_rules" to "authenticated";

grant insert ("org_id") on table "public"."automation_rules" to "authenticated";

grant insert ("segment_id"), update ("segment_id")
  on table "public"."automation_rules"
  to "authenticated";

grant insert ("type"), update ("type") on table "public"."automation_rules" to "authenticated";

grant delete, select on table "public"."automation_rules" to "authenticated";

grant delete, insert, maintain, references, select, trigger, truncate, update
  on table "public"."automation_rules"
  to "postgres";

grant delete, insert, select, update on table "public"."automation_rules" to "service_role";

-- schemas/public/tables/deploys

create table "public"."deploys" (
  "id"             uuid                     not null default gen_random_uuid(),
  "org_id"         uuid                     not null,
  "service"        text                     not null,
  "version"        text                     not null,
  "deployed_at"    timestamp with time zone not null default now(),
  "looked_minutes" integer                  not null default 0,
  "next_look_at"   timestamp with time zone,
  constraint "deploys_deployed_at_check" check (isfinite(deployed_at)),
  constraint "deploys_org_id_service_version_deployed_at_key" unique
    (org_id, service, version, deployed_at),
  constraint "deploys_pkey" primary key (id),
  constraint "deploys_service_check" check (((length(service) >= 1) AND (length(service) <= 100))),
  constraint "deploys_version_check" check (((length(version) >= 1) AND (length(version) <= 200))),
  constraint "deploys_org_id_fkey" foreign key (org_id) references public.orgs(id) on delete cascade
);

alter table "public"."deploys"
  enable row level security;

create index deploys_to_look_at_idx on public.deploys using btree (next_look_at)
  where (next_look_at is not null);

create policy "members read their orgs' deploys" on "public"."deploys"
  for select
  to "authenticated"
  using ((org_id = ANY (ARRAY( select monitoring.my_org_ids() as my_org_ids))));

comment on column "public"."deploys"."deployed_at" is 'Since when it serves.';

comment on column "public"."deploys"."looked_minutes" is 'How many minutes after it the last comparison reached; 0 before the first.';

comment on column "public"."deploys"."next_look_at" is 'When it is compared next; null once the verdict is final.';

comment on column "public"."deploys"."service" is 'What was deployed, for example api.';

comment on column "public"."deploys"."version" is 'A release, or a commit.';

comment on table "public"."deploys" is 'Deploys, one row each, as they were tracked.';

grant select on table "public"."deploys" to "authenticated";

grant delete, insert, maintain, references, select, trigger, truncate, update
  on table "public"."deploys"
  to "postgres";

grant delete, insert, select, update on table "public"."deploys" to "service_role";

-- schemas/public/tables/metric_rollups

create table "public"."metric_rollups" (
  "org_id"    uuid                     not null,
  "series_id" uuid                     not null,
  "hour"      timestamp with time zone not null,
  "count"     bigint                   not null,
  "sum"       double precision         not null,
  "min"       double precision         not null,
  "max"       double precision         not null,
  "last"      double precision         not null,
  "last_at"   timestamp with time zone not null,
  "bins"      jsonb,
  constraint "metric_rollups_pkey" primary key (org_id, series_id, hour),
  constraint "metric_rollups_org_id_series_id_fkey" foreign key (org_id, series_id)
    references public.metric_series(org_id, id) on delete cascade
);

alter table "public"."metric_rollups"
  enable row level security;

create policy "members read their orgs' metrics" on "public"."metric_rollups"
  for select
  to "authenticated"
  using ((org_id = ANY (ARRAY( select monitoring.my_org_ids() as my_org_ids))));

comment on column "public"."metric_rollups"."bins" is 'Counts of a histogram''s values by bin, which is ceil(ln(value) / ln(1.02)), so that a quantile is known within 1% (as DDSketch does; Masson, Rim and Lee, 2019); "zero" counts those that are not above 0.';

comment on column "public"."metric_rollups"."last" is 'The latest value, by its own time.';

comment on column "public"."metric_rollups"."sum" is 'What a counter grew by; of a gauge or a histogram, for its mean.';

comment on table "public"."metric_rollups" is 'Values of metrics, added up by the hour (UTC).';

grant select on table "public"."metric_rollups" to "authenticated";

grant delete, insert, maintain, references, select, trigger, truncate, update
  on table "public"."metric_rollups"
  to "postgres";

grant delete, insert, select, update on table "public"."metric_rollups" to "service_role";

-- schemas/public/tables/metric_series

create table "public"."metric_series" (
  "id"         uuid                     not null default gen_random_uuid(),
  "org_id"     uuid                     not null,
  "name"       text                     not null,
  "kind"       text                     not null,
  "labels"     jsonb                    not null default '{}'::jsonb,
  "created_at" timestamp with time zone not null default now(),
  constraint "metric_series_kind_check"
    check ((kind = ANY (ARRAY['counter'::text, 'gauge'::text, 'histogram'::text]))),
  constraint "metric_series_name_check" check ((name ~ '^[a-zA-Z_][a-zA-Z0-9_.:-]{0,199}$'::text)),
  constraint "metric_series_org_id_id_key" unique (org_id, id),
  constraint "metric_series_pkey" primary key (id),
  constraint "metric_series_org_id_fkey" foreign key (org_id) references public.orgs(id)
    on delete cascade,
  constraint "metric_series_labels_check" check (monitoring.is_labels(labels))
);

alter table "public"."metric_series"
  enable row level security;

create unique index metric_series_key_idx on public.metric_series
  using btree (org_id, name, kind, md5((labels)::text));

create policy "members read their orgs' metrics" on "public"."metric_series"
  for select
  to "authenticated"
  using ((org_id = ANY (ARRAY( select monitoring.my_org_ids() as my_org_ids))));

comment on column "public"."metric_series"."kind" is 'A counter grows, a gauge is what it is, a histogram has many values.';

comment on column "public"."metric_series"."labels" is 'Texts by name, up to 10.';

comment on table "public"."metric_series" is 'The series of the metrics that orgs send: one for each set of labels.';

grant select on table "public"."metric_series" to "authenticated";

grant delete, insert, maintain, references, select, trigger, truncate, update
  on table "public"."metric_series"
  to "postgres";

grant delete, insert, select on table "public"."metric_series" to "service_role";

-- schemas/public/tables/org_members

create table "public"."org_members" (
  "org_id"     uuid                     not null,
  "user_id"    uuid                     not null,
  "role"       text                     not null,
  "created_at" timestamp with time zone not null default now(),
  constraint "org_members_pkey" primary key (org_id, user_id),
  constraint "org_members_role_check"
    check ((role = ANY (ARRAY['owner'::text, 'admin'::text, 'member'::text, 'viewer'::text]))),
  constraint "org_members_user_id_fkey" foreign key (user_id) references auth.users(id)
    on delete cascade,
  constraint "org_members_org_id_fkey" foreign key (org_id) references public.orgs(id)
    on delete cascade
);

alter table "public"."org_members"
  enable row level security;

create index org_members_user_id_idx on public.org_members using btree (user_id);

create trigger keep_an_owner
  after delete or update on public.org_members
  for each row
  when ((old.role = 'owner'::text))
  execute function monitoring.keep_an_owner();

create policy "members see who else is in their orgs" on "public"."org_members"
  for select
  to "authenticated"
  using ((org_id = ANY (ARRAY( select monitoring.my_org_ids() as my_org_ids))));

create policy "owners add anyone, admins anyone but owners" on "public"."org_members"
  for insert
  to "authenticated"
  with
    check
    (((org_id = ANY (ARRAY( SELECT monitoring.my_org_ids(ARRAY['owner'::text]) AS my_org_ids))) OR
    ((role <> 'owner'::text) AND (org_id = ANY (ARRAY( SELECT
    monitoring.my_org_ids(ARRAY['admin'::text]) AS my_org_ids))))));

create policy "owners change any role, admins any but owners'" on "public"."org_members"
  for update
  to "authenticated"
  using
    (((org_id = ANY (ARRAY( select monitoring.my_org_ids(ARRAY['owner'::text]) as my_org_ids))) or
    ((role <> 'owner'::text) AND (org_id = ANY (ARRAY( select
    monitoring.my_org_ids(ARRAY['admin'::text]) as my_org_ids))))))
  with
    check
    (((org_id = ANY (ARRAY( SELECT monitoring.my_org_ids(ARRAY['owner'::text]) AS my_org_ids))) OR
    ((role <> 'owner'::text) AND (org_id = ANY (ARRAY( SELECT
    monitoring.my_org_ids(ARRAY['admin'::text]) AS my_org_ids))))));

create policy "owners remove anyone, admins all but owners, anyone themselves"
  on "public"."org_members"
  for delete
  to "authenticated"
  using
    (((user_id = ( select auth.uid() as uid)) or (org_id = ANY (ARRAY( select
    monitoring.my_org_ids(ARRAY['owner'::text]) as my_org_ids))) or
    ((role <> 'owner'::text) AND (org_id = ANY (ARRAY( select
    monitoring.my_org_ids(ARRAY['admin'::text]) as my_org_ids))))));

comment on column "public"."org_members"."role" is 'owner: everything; admin: everything but owners; member: writes webhooks, segments and rules; viewer: reads.';

comment on table "public"."org_members" is 'Membership of a user in an org. An org never loses its last owner.';

grant insert ("org_id") on table "public"."org_members" to "authenticated";

grant insert ("role"), update ("role") on table "public"."org_members" to "authenticated";

grant insert ("user_id") on table "public"."org_members" to "authenticated";

grant delete, select on table "public"."org_members" to "authenticated";

grant delete, insert, maintain, references, select, trigger, truncate, update
  on table "public"."org_members"
  to "postgres";

grant delete, insert, select, update on table "public"."org_members" to "service_role";

-- schemas/public/tables/orgs

create table "public"."orgs" (
  "id"         uuid                     not null default gen_random_uuid(),
  "name"       text                     not null,
  "created_at" timestamp with time zone not null default now(),
  constraint "orgs_name_check" check (((length(name) >= 1) AND (length(name) <= 200))),
  constraint "orgs_pkey" primary key (id)
);

alter table "public"."orgs"
  enable row level security;

create policy "members read their orgs" on "public"."orgs"
  for select
  to "authenticated"
  using ((id = ANY (ARRAY( select monitoring.my_org_ids() as my_org_ids))));

create policy "owners and admins rename their orgs" on "public"."orgs"
  for update
  to "authenticated"
  using
    ((id = ANY (ARRAY( select monitoring.my_org_ids(ARRAY['owner'::text, 'admin'::text]) as
    my_org_ids))))
  with
    check
    ((id = ANY (ARRAY( SELECT monitoring.my_org_ids(ARRAY['owner'::text, 'admin'::text]) AS
    my_org_ids))));

create policy "owners delete their orgs" on "public"."orgs"
  for delete
  to "authenticated"
  using ((id = ANY (ARRAY( select monitoring.my_org_ids(ARRAY['owner'::text]) as my_org_ids))));

comment on column "public"."orgs"."name" is 'What people call it, up to 200 characters; not unique.';

comment on table "public"."orgs" is 'Organisations: the tenants. Deleting one deletes everything that belongs to it.';

grant update ("name") on table "public"."orgs" to "authenticated";

grant delete, select on table "public"."orgs" to "authenticated";

grant delete, insert, maintain, references, select, trigger, truncate, update
  on table "public"."orgs"
  to "postgres";

grant delete, insert, select, update on table "public"."orgs" to "service_role";

-- schemas/public/tables/rule_executions

create table "public"."rule_executions" (
  "id"                uuid                     not null,
  "org_id"            uuid                     not null,
  "rule_id"           uuid                     not null,
  "status"            text                     not null,
  "duration_ms"       integer                  not null,
  "affected_contacts" integer                  not null,
  "error"             text,
  "executed_at"       timestamp with time zone not null
) partition by range (executed_at);

alter table "public"."rule_executions"
  enable row level security;

alter table "public"."rule_executions"
  alter column "affected_contacts" set default 0;

alter table "public"."rule_executions"
  alter column "executed_at" set default now();

alter table "public"."rule_executions"
  alter column "id" set default gen_random_uuid();

alter table "public"."rule_executions"
  add constraint "rule_executions_affected_contacts_check" check ((affected_contacts >= 0));

alter table "public"."rule_executions"
  add constraint "rule_executions_duration_ms_check" check ((duration_ms >= 0));

alter table "public"."rule_executions"
  add constraint "rule_executions_error_check" check ((length(error) <= 10000));

alter table "public"."rule_executions"
  add constraint "rule_executions_executed_at_check" check (isfinite(executed_at));

alter table "public"."rule_executions"
  add constraint "rule_executions_org_id_rule_id_fkey" foreign key (org_id, rule_id)
    references public.automation_rules(org_id, id) on delete cascade;

alter table "public"."rule_executions"
  add constraint "rule_executions_status_check"
    check ((status = ANY (ARRAY['success'::text, 'failed'::text])));

create index rule_executions_by_rule_idx on only public.rule_executions
  using btree (org_id, rule_id, executed_at desc);

create trigger capture_deleted after delete on public.rule_executions
  referencing OLD table as changed for each STATEMENT execute function monitoring.capture_executions
  (
  '-1'
);

create trigger capture_inserted after insert on public.rule_executions
  referencing NEW table as changed for each STATEMENT execute function monitoring.capture_executions
  (
  '1'
);

create trigger count_executions
  after insert on public.rule_executions referencing NEW table as executions
  for each STATEMENT
  execute function monitoring.count_executions();

create trigger fill_in_org
  before insert on public.rule_executions
  for each row
  when ((new.org_id IS NULL))
  execute function monitoring.fill_in_org_of_rule();

create trigger keep_history
  before update on public.rule_executions
  for each row
  execute function monitoring.keep_history('an execution does not change');

create policy "members read their orgs' executions" on "public"."rule_executions"
  for select
  to "authenticated"
  using ((org_id = ANY (ARRAY( select monitoring.my_org_ids() as my_org_ids))));

comment on column "public"."rule_executions"."affected_contacts" is 'Contacts on which the run acted.';

comment on column "public"."rule_executions"."duration_ms" is 'Milliseconds from start to end of the run.';

comment on column "public"."rule_executions"."executed_at" is 'When the rule ran.';

comment on column "public"."rule_executions"."id" is 'Unique within a month; track_events keeps it unique over all.';

comment on column "public"."rule_executions"."org_id" is 'The rule''s org; filled in when left out.';

comment on table "public"."rule_executions" is 'Runs of automation rules, one row each.';

grant select on table "public"."rule_executions" to "authenticated";

grant delete, insert, maintain, references, select, trigger, truncate, update
  on table "public"."rule_executions"
  to "postgres";

grant delete, insert, select on table "public"."rule_executions" to "service_role";

-- schemas/public/tables/segments

create table "public"."segments" (
  "id"           uuid                     not null default gen_random_uuid(),
  "org_id"       uuid                     not null,
  "name"         text                     not null,
  "member_count" integer                  not null default 0,
  "created_at"   timestamp with time zone not null default now(),
  constraint "segments_member_count_check" check ((member_count >= 0)),
  constraint "segments_name_check" check (((length(name) >= 1) AND (length(name) <= 200))),
  constraint "segments_org_id_fkey" foreign key (org_id) references public.orgs(id)
    on delete cascade,
  constraint "segments_org_id_id_key" unique (org_id, id),
  constraint "segments_pkey" primary key (id)
);

alter table "public"."segments"
  enable row level security;

create policy "all but viewers add segments" on "public"."segments"
  for insert
  to "authenticated"
  with
    check
    ((org_id = ANY (ARRAY( SELECT monitoring.my_org_ids(ARRAY['owner'::text, 'admin'::text,
    'member'::text]) AS my_org_ids))));

create policy "all but viewers change segments" on "public"."segments"
  for update
  to "authenticated"
  using
    ((org_id = ANY (ARRAY( select monitoring.my_org_ids(ARRAY['owner'::text, 'admin'::text,
    'member'::text]) as my_org_ids))))
  with
    check
    ((org_id = ANY (ARRAY( SELECT monitoring.my_org_ids(ARRAY['owner'::text, 'admin'::text,
    'member'::text]) AS my_org_ids))));

create policy "all but viewers delete segments" on "public"."segments"
  for delete
  to "authenticated"
  using
    ((org_id = ANY (ARRAY( select monitoring.my_org_ids(ARRAY['owner'::text, 'admin'::text,
    'member'::text]) as my_org_ids))));

create policy "members read their orgs' segments" on "public"."segments"
  for select
  to "authenticated"
  using ((org_id = ANY (ARRAY( select monitoring.my_org_ids() as my_org_ids))));

comment on column "public"."segments"."member_count" is 'Contacts in the segment when it was last computed; written with the secret key only.';

comment on table "public"."segments" is 'Groups of contacts at which automation rules aim.';

grant insert ("name"), update ("name") on table "public"."segments" to "authenticated";

grant insert ("org_id") on table "public"."segments" to "authenticated";

grant delete, select on table "public"."segments" to "authenticated";

grant delete, insert, maintain, references, select, trigger, truncate, update
  on table "public"."segments"
  to "postgres";

grant delete, insert, select, update on table "public"."segments" to "service_role";

-- schemas/public/tables/webhook_deliveries

create table "public"."webhook_deliveries" (
  "id"          uuid                     not null,
  "org_id"      uuid                     not null,
  "webhook_id"  uuid                     not null,
  "event_type"  text,
  "status"      text                     not null,
  "status_code" integer,
  "attempt"     integer                  not null,
  "duration_ms" integer,
  "error"       text,
  "sent_at"     timestamp with time zone not null,
  "bytes_out"   bigint
) partition by range (sent_at);

alter table "public"."webhook_deliveries"
  enable row level security;

alter table "public"."webhook_deliveries"
  alter column "attempt" set default 1;

alter table "public"."webhook_deliveries"
  alter column "id" set default gen_random_uuid();

alter table "public"."webhook_deliveries"
  alter column "sent_at" set default now();

alter table "public"."webhook_deliveries"
  add constraint "webhook_deliveries_attempt_check" check ((attempt >= 1));

alter table "public"."webhook_deliveries"
  add constraint "webhook_deliveries_bytes_out_check"
    check (((bytes_out >= 0) AND (bytes_out <= '1000000000000'::bigint)));

alter table "public"."webhook_deliveries"
  add constraint "webhook_deliveries_duration_ms_check" check ((duration_ms >= 0));

alter table "public"."webhook_deliveries"
  add constraint "webhook_deliveries_duration_once_finished"
    check (((status = 'pending'::text) = (duration_ms IS NULL)));

alter table "public"."webhook_deliveries"
  add constraint "webhook_deliveries_error_check" check ((length(error) <= 10000));

alter table "public"."webhook_deliveries"
  add constraint "webhook_deliveries_event_type_check"
    check (((length(event_type) >= 1) AND (length(event_type) <= 200)));

alter table "public"."webhook_deliveries"
  add constraint "webhook_deliveries_no_answer_while_pending"
    check (((status <> 'pending'::text) OR ((status_code IS NULL) AND (error IS NULL))));

alter table "public"."webhook_deliveries"
  add constraint "webhook_deliveries_sent_at_check" check (isfinite(sent_at));

alter table "public"."webhook_deliveries"
  add constraint "webhook_deliveries_sent_is_no_error"
    check (((status <> 'sent'::text) OR (status_code IS NULL) OR (status_code < 400)));

alter table "public"."webhook_deliveries"
  add constraint "webhook_deliveries_status_check"
    check ((status = ANY (ARRAY['pending'::text, 'sent'::text, 'failed'::text])));

alter table "public"."webhook_deliveries"
  add constraint "webhook_deliveries_status_code_check"
    check (((status_code >= 100) AND (status_code <= 599)));

alter table "public"."webhook_deliveries"
  add constraint "webhook_deliveries_org_id_webhook_id_fkey" foreign key (org_id, webhook_id)
    references public.webhooks(org_id, id) on delete cascade;

create index webhook_deliveries_by_time_idx on only public.webhook_deliveries
  using btree (org_id, sent_at desc);

create index webhook_deliveries_by_webhook_idx on only public.webhook_deliveries
  using btree (org_id, webhook_id, status, sent_at desc);

create trigger capture_deleted after delete on public.webhook_deliveries
  referencing OLD table as changed for each STATEMENT execute function monitoring.capture_deliveries
  (
  '-1'
);

create trigger capture_inserted after insert on public.webhook_deliveries
  referencing NEW table as changed for each STATEMENT execute function monitoring.capture_deliveries
  (
  '1'
);

create trigger capture_updated_from after update on public.webhook_deliveries
  referencing OLD table as changed for each STATEMENT execute function monitoring.capture_deliveries
  (
  '-1'
);

create trigger capture_updated_to after update on public.webhook_deliveries
  referencing NEW table as changed for each STATEMENT execute function monitoring.capture_deliveries
  (
  '1'
);

create trigger count_inserted
  after insert on public.webhook_deliveries referencing NEW table as deliveries
  for each STATEMENT
  execute function monitoring.count_deliveries();

create trigger count_updated
  after update on public.webhook_deliveries referencing NEW table as deliveries
  for each STATEMENT
  execute function monitoring.count_deliveries();

create trigger fill_in_org
  before insert on public.webhook_deliveries
  for each row
  when ((new.org_id IS NULL))
  execute function monitoring.fill_in_org_of_webhook();

create trigger keep_history
  before update on public.webhook_deliveries
  for each row
  when
    (((old.status <> 'pending'::text) OR (((new.id IS DISTINCT FROM old.id) OR (new.webhook_id IS
    DISTINCT FROM old.webhook_id)) OR (new.org_id IS DISTINCT FROM old.org_id))))
  execute function
    monitoring.keep_history('a finished delivery does not change, nor does the webhook of any');

create policy "members read their orgs' deliveries" on "public"."webhook_deliveries"
  for select
  to "authenticated"
  using ((org_id = ANY (ARRAY( select monitoring.my_org_ids() as my_org_ids))));

comment on column "public"."webhook_deliveries"."attempt" is 'Which try of the same event this is, from 1.';

comment on column "public"."webhook_deliveries"."bytes_out" is 'Bytes of the body that was sent; null when it was not said.';

comment on column "public"."webhook_deliveries"."duration_ms" is 'Milliseconds from request to answer; null exactly while pending.';

comment on column "public"."webhook_deliveries"."event_type" is 'What was delivered, for example contact.created; null when it was not said.';

comment on column "public"."webhook_deliveries"."id" is 'Unique within a month; track_events keeps it unique over all.';

comment on column "public"."webhook_deliveries"."org_id" is 'The webhook''s org; filled in when left out.';

comment on column "public"."webhook_deliveries"."sent_at" is 'When the attempt was made.';

comment on column "public"."webhook_deliveries"."status" is 'pending: not answered yet; sent: accepted by the receiver; failed: anything else.';

comment on column "public"."webhook_deliveries"."status_code" is 'HTTP status of the answer; null when there was none.';

comment on table "public"."webhook_deliveries" is 'Attempts to deliver an event to a webhook, one row each.';

grant select on table "public"."webhook_deliveries" to "authenticated";

grant delete, insert, maintain, references, select, trigger, truncate, update
  on table "public"."webhook_deliveries"
  to "postgres";

grant delete, insert, select, update on table "public"."webhook_deliveries" to "service_role";

-- schemas/public/tables/webhooks

create table "public"."webhooks" (
  "id"                   uuid                     not null default gen_random_uuid(),
  "org_id"               uuid                     not null,
  "url"                  text                     not null,
  "enabled"              boolean                  not null default true,
  "consecutive_failures" integer                  not null default 0,
  "last_failure_at"      timestamp with time zone,
  "created_at"           timestamp with time zone not null default now(),
  constraint "webhooks_check" check (((consecutive_failures = 0) OR (last_failure_at IS NOT NULL))),
  constraint "webhooks_consecutive_failures_check" check ((consecutive_failures >= 0)),
  constraint "webhooks_org_id_fkey" foreign key (org_id) references public.orgs(id)
    on delete cascade,
  constraint "webhooks_org_id_id_key" unique (org_id, id),
  constraint "webhooks_pkey" primary key (id),
  constraint "webhooks_url_check"
    check (((url ~* '^https?://[^\s/?#]+[^\s]*$'::text) AND (length(url) <= 2048)))
);

alter table "public"."webhooks"
  enable row level security;

create trigger keep_durations after delete on public.webhooks
  referencing OLD table as deleted for each STATEMENT execute function
  monitoring.keep_deleted_durations (
  'delivery'
);

create policy "all but viewers add webhooks" on "public"."webhooks"
  for insert
  to "authenticated"
  with
    check
    ((org_id = ANY (ARRAY( SELECT monitoring.my_org_ids(ARRAY['owner'::text, 'admin'::text,
    'member'::text]) AS my_org_ids))));

create policy "all but viewers change webhooks" on "public"."webhooks"
  for update
  to "authenticated"
  using
    ((org_id = ANY (ARRAY( select monitoring.my_org_ids(ARRAY['owner'::text, 'admin'::text,
    'member'::text]) as my_org_ids))))
  with
    check
    ((org_id = ANY (ARRAY( SELECT monitoring.my_org_ids(ARRAY['owner'::text, 'admin'::text,
    'member'::text]) AS my_org_ids))));

create policy "all but viewers delete webhooks" on "public"."webhooks"
  for delete
  to "authenticated"
  using
    ((org_id = ANY (ARRAY( select monitoring.my_org_ids(ARRAY['owner'::text, 'admin'::text,
    'member'::text]) as my_org_ids))));

create policy "members read their orgs' webhooks" on "public"."webhooks"
  for select
  to "authenticated"
  using ((org_id = ANY (ARRAY( select monitoring.my_org_ids() as my_org_ids))));

comment on column "public"."webhooks"."consecutive_failures" is 'Failed deliveries since the last one that was sent, in the order in which they were committed.';

comment on column "public"."webhooks"."last_failure_at" is 'The latest sent_at of a failed delivery; null when none ever failed.';

comment on column "public"."webhooks"."url" is 'Absolute http or https address, up to 2048 characters.';

comment on table "public"."webhooks" is 'Endpoints to which an org''s events are delivered.';

grant insert ("enabled"), update ("enabled") on table "public"."webhooks" to "authenticated";

grant insert ("org_id") on table "public"."webhooks" to "authenticated";

grant insert ("url"), update ("url") on table "public"."webhooks" to "authenticated";

grant delete, select on table "public"."webhooks" to "authenticated";

grant delete, insert, maintain, references, select, trigger, truncate, update
  on table "public"."webhooks"
  to "postgres";

grant delete, insert, select, update on table "public"."webhooks" to "service_role";

-- schemas/public/views/v_alert_conditions

create view "public"."v_alert_conditions" with (security_invoker=on) AS  SELECT org_id,
    type,
    severity,
    resource_type,
    resource_id,
    resource_name,
    message,
    value,
    threshold
   FROM monitoring.alert_conditions(now()) alert_conditions(org_id, type, severity, resource_type, resource_id, resource_name, message, value, threshold);

comment on view "public"."v_alert_conditions" is 'The alert conditions that are true now, by the policies in force; one row for each org, type and resource.';

grant select on table "public"."v_alert_conditions" to "authenticated";

grant delete, insert, maintain, references, select, trigger, truncate, update
  on table "public"."v_alert_conditions"
  to "postgres";

grant select on table "public"."v_alert_conditions" to "service_role";

-- schemas/public/views/v_alert_history

create view "public"."v_alert_history" with (security_invoker=on) AS  SELECT e.id,
    e.alert_id,
    e.org_id,
    a.type,
    a.resource_type,
    a.resource_id,
    a.resource_name,
    e.kind,
    e.severity,
    e.message,
    e.value,
    e.at,
    e.suppressed_by,
    e.actor
   FROM (monitoring.alert_events e
     JOIN monitoring.alerts a ON ((a.id = e.alert_id)));

comment on view "public"."v_alert_history" is 'What happened to the alerts of the orgs that the caller may read, with the alert''s resource: see monitoring.alert_events.';

grant select on table "public"."v_alert_history" to "authenticated";

grant delete, insert, maintain, references, select, trigger, truncate, update
  on table "public"."v_alert_history"
  to "postgres";

grant select on table "public"."v_alert_history" to "service_role";

-- schemas/public/views/v_alert_policies

create view "public"."v_alert_policies" with (security_invoker=on) AS  SELECT o.id AS org_id,
    d.type,
    d.unit,
    COALESCE(x.enabled, d.enabled) AS enabled,
    COALESCE(x.warning, d.warning) AS warning,
    COALESCE(x.critical, d.critical) AS critical,
    COALESCE(x.recovery, d.recovery) AS recovery,
    COALESCE(x.minimum_sample, d.minimum_sample) AS minimum_sample,
    COALESCE(x.pending_for, d.pending_for) AS pending_for,
    COALESCE(x.keep_firing_for, d.keep_firing_for) AS keep_firing_for,
    COALESCE(x.repeat_interval, d.repeat_interval) AS repeat_interval
   FROM ((public.orgs o
     CROSS JOIN monitoring.alert_policies d)
     LEFT JOIN monitoring.alert_policy_overrides x ON (((x.org_id = o.id) AND (x.type = d.type))))
  WHERE (d.scope = 'org'::text);

comment on view "public"."v_alert_policies" is 'The policy in force for each org and type of alert: the org''s own, and the default where it has set nothing. See monitoring.alert_policies for the columns.';

grant select on table "public"."v_alert_policies" to "authenticated";

grant delete, insert, maintain, references, select, trigger, truncate, update
  on table "public"."v_alert_policies"
  to "postgres";

grant select on table "public"."v_alert_policies" to "service_role";

-- schemas/public/views/v_alerts

create view "public"."v_alerts" with (security_invoker=on) AS  SELECT id,
    org_id,
    fingerprint,
    type,
    severity,
    resource_type,
    resource_id,
    resource_name,
    message,
    value,
    threshold,
    state,
    started_at,
    fired_at,
    recovering_at,
    resolved_at,
    acknowledged_by,
    acknowledged_at,
    acknowledged_until,
    last_notified_at,
    held_back_by
   FROM monitoring.alerts;

comment on view "public"."v_alerts" is 'Alerts, open ones and resolved ones, of the orgs that the caller may read: see monitoring.alerts.';

grant select on table "public"."v_alerts" to "authenticated";

grant delete, insert, maintain, references, select, trigger, truncate, update
  on table "public"."v_alerts"
  to "postgres";

grant select on table "public"."v_alerts" to "service_role";

-- schemas/public/views/v_api_usage_metrics

create view "public"."v_api_usage_metrics" with (security_invoker=on) AS  SELECT org_id,
    hour,
    (succeeded + failed) AS total_requests,
    succeeded AS successful_requests,
    failed AS failed_requests,
    round(((100.0 * (succeeded)::numeric) / ((succeeded + failed))::numeric), 2) AS success_rate_pct,
    round(((1.0 * (duration_sum)::numeric) / ((succeeded + failed))::numeric), 1) AS avg_response_time_ms,
    LEAST(p95_ms, (duration_max)::numeric) AS p95_response_time_ms,
    duration_max AS max_response_time_ms,
    by_resource_type AS requests_by_resource,
    COALESCE(by_error_code, '{}'::jsonb) AS errors_by_status_code
   FROM monitoring.request_hours
  WHERE ((succeeded + failed) > 0);

comment on view "public"."v_api_usage_metrics" is 'API requests of each org by the hour, live; an hour without requests has no row.';

grant select on table "public"."v_api_usage_metrics" to "authenticated";

grant delete, insert, maintain, references, select, trigger, truncate, update
  on table "public"."v_api_usage_metrics"
  to "postgres";

grant select on table "public"."v_api_usage_metrics" to "service_role";

-- schemas/public/views/v_deploy_comparisons

create view "public"."v_deploy_comparisons" with (security_invoker=on) AS  SELECT deploy_id,
    org_id,
    resource_type,
    resource_id,
    resource_name,
    metric,
    verdict,
    measure,
    before,
    after,
    change,
    change_low,
    change_high,
    p_value,
    q_value,
    rows_before,
    rows_after
   FROM monitoring.deploy_comparisons;

comment on view "public"."v_deploy_comparisons" is 'What deploys of the orgs that the caller may read changed: see monitoring.deploy_comparisons.';

grant select on table "public"."v_deploy_comparisons" to "authenticated";

grant delete, insert, maintain, references, select, trigger, truncate, update
  on table "public"."v_deploy_comparisons"
  to "postgres";

grant select on table "public"."v_deploy_comparisons" to "service_role";

-- schemas/public/views/v_deploys

create view "public"."v_deploys" with (security_invoker=on) AS  SELECT d.id,
    d.org_id,
    d.service,
    d.version,
    d.deployed_at,
        CASE
            WHEN ((d.looked_minutes = 0) AND (d.next_look_at IS NOT NULL)) THEN NULL::text
            WHEN (c.worse > 0) THEN 'worse'::text
            WHEN (c.better > 0) THEN 'better'::text
            WHEN (c.same > 0) THEN 'no difference'::text
            ELSE 'not enough data'::text
        END AS verdict,
    (d.next_look_at IS NULL) AS is_final,
    c.worse,
    c.better,
    c.same
   FROM (public.deploys d
     CROSS JOIN LATERAL ( SELECT (count(*) FILTER (WHERE (k.verdict = 'worse'::text)))::integer AS worse,
            (count(*) FILTER (WHERE (k.verdict = 'better'::text)))::integer AS better,
            (count(*) FILTER (WHERE (k.verdict = 'no difference'::text)))::integer AS same
           FROM monitoring.deploy_comparisons k
          WHERE (k.deploy_id = d.id)) c);

comment on view "public"."v_deploys" is 'Deploys of the orgs that the caller may read, each with its verdict (null before the first), whether that is final, and how many comparisons say so.';

grant select on table "public"."v_deploys" to "authenticated";

grant delete, insert, maintain, references, select, trigger, truncate, update
  on table "public"."v_deploys"
  to "postgres";

grant select on table "public"."v_deploys" to "service_role";

-- schemas/public/views/v_error_budgets

create view "public"."v_error_budgets" with (security_invoker=on) AS  SELECT org_id,
    metric,
    target,
    total,
    failed,
    budget_left,
    rates[1] AS burn_rate_5m,
    rates[2] AS burn_rate_30m,
    rates[3] AS burn_rate_1h,
    rates[4] AS burn_rate_6h,
    rates[5] AS burn_rate_3d,
    exhausted_at,
    earliest,
    latest
   FROM monitoring.error_budgets(now()) error_budgets(org_id, metric, target, total, failed, budget_left, rates, exhausted_at, earliest, latest);

comment on view "public"."v_error_budgets" is 'The objectives of the orgs that the caller may read, and what is left of their error budgets: see monitoring.error_budgets().';

grant select on table "public"."v_error_budgets" to "authenticated";

grant delete, insert, maintain, references, select, trigger, truncate, update
  on table "public"."v_error_budgets"
  to "postgres";

grant select on table "public"."v_error_budgets" to "service_role";

-- schemas/public/views/v_insight_kinds

create view "public"."v_insight_kinds" with (security_invoker=on) AS  SELECT o.id AS org_id,
    k.kind,
    (d.id IS NULL) AS enabled
   FROM ((public.orgs o
     CROSS JOIN unnest(monitoring.insight_kinds()) k(kind))
     LEFT JOIN monitoring.disabled_insights d ON (((d.org_id = o.id) AND (d.kind = k.kind))));

comment on view "public"."v_insight_kinds" is 'The kinds of insights, and whether they are stated for each org that the caller may read.';

grant select on table "public"."v_insight_kinds" to "authenticated";

grant delete, insert, maintain, references, select, trigger, truncate, update
  on table "public"."v_insight_kinds"
  to "postgres";

grant select on table "public"."v_insight_kinds" to "service_role";

-- schemas/public/views/v_insights

create view "public"."v_insights" with (security_invoker=on) AS  SELECT id,
    org_id,
    kind,
    severity,
    resource_type,
    resource_id,
    resource_name,
    metric,
    sentence,
    detail,
    first_stated_at,
    last_stated_at,
    ended_at,
    acknowledged_by,
    acknowledged_at,
    expected_by,
    expected_at
   FROM monitoring.insights;

comment on view "public"."v_insights" is 'Insights, open ones and those that ended, of the orgs that the caller may read: see monitoring.insights.';

grant select on table "public"."v_insights" to "authenticated";

grant delete, insert, maintain, references, select, trigger, truncate, update
  on table "public"."v_insights"
  to "postgres";

grant select on table "public"."v_insights" to "service_role";

-- schemas/public/views/v_notification_channels

create view "public"."v_notification_channels" with (security_invoker=on) AS  SELECT id,
    org_id,
    kind,
    name,
    enabled,
    disabled_because,
    target,
    email_from,
    email_to,
    min_severity,
    types,
    mute_windows,
    group_seconds,
    previous_secret_until,
    created_at
   FROM monitoring.channels;

comment on view "public"."v_notification_channels" is 'Where an org is told of its alerts, without any secret. Change it with create_channel, update_channel, rotate_channel_secret and delete_channel.';

grant select on table "public"."v_notification_channels" to "authenticated";

grant delete, insert, maintain, references, select, trigger, truncate, update
  on table "public"."v_notification_channels"
  to "postgres";

grant select on table "public"."v_notification_channels" to "service_role";

-- schemas/public/views/v_notifications

create view "public"."v_notifications" with (security_invoker=on) AS  SELECT n.id,
    n.org_id,
    n.channel_id,
    c.kind AS channel_kind,
    c.name AS channel_name,
    e.alert_id,
    COALESCE(e.kind, 'test'::text) AS event,
    n.status,
    n.message_id,
    n.attempts,
    n.queued_at,
    n.due_at,
    n.finished_at,
    n.status_code,
    n.answer,
    n.error,
    n.duration_ms
   FROM ((monitoring.notifications n
     JOIN monitoring.channels c ON ((c.id = n.channel_id)))
     LEFT JOIN monitoring.alert_events e ON ((e.id = n.event_id)));

comment on view "public"."v_notifications" is 'What was owed to which channel, and what became of it. A dead one is sent again with resend_notification.';

grant select on table "public"."v_notifications" to "authenticated";

grant delete, insert, maintain, references, select, trigger, truncate, update
  on table "public"."v_notifications"
  to "postgres";

grant select on table "public"."v_notifications" to "service_role";

-- schemas/public/views/v_rate_limit_forecast

create view "public"."v_rate_limit_forecast" with (security_invoker=on) AS  SELECT org_id,
    key_type,
    identifier,
    window_start,
    window_end,
    request_count,
    limit_max,
    exhausted_at,
    earliest,
    latest
   FROM monitoring.rate_limit_forecast(now()) rate_limit_forecast(org_id, key_type, identifier, window_start, window_end, request_count, limit_max, exhausted_at, earliest, latest);

comment on view "public"."v_rate_limit_forecast" is 'When each rate limit will be used up, if its open window goes on as it began.';

grant select on table "public"."v_rate_limit_forecast" to "authenticated";

grant delete, insert, maintain, references, select, trigger, truncate, update
  on table "public"."v_rate_limit_forecast"
  to "postgres";

grant select on table "public"."v_rate_limit_forecast" to "service_role";

-- schemas/public/views/v_rate_limit_utilization

create view "public"."v_rate_limit_utilization" with (security_invoker=on) AS  SELECT org_id,
    key_type,
    identifier,
    window_start,
    request_count,
    limit_max,
    round(((100.0 * (request_count)::numeric) / (limit_max)::numeric), 2) AS utilization_pct,
    (ceil(EXTRACT(epoch FROM (window_end - now()))))::integer AS seconds_until_reset,
        CASE
            WHEN (request_count >= limit_max) THEN 'throttled'::text
            WHEN (((10)::bigint * request_count) > ((9)::bigint * limit_max)) THEN 'warning'::text
            ELSE 'normal'::text
        END AS status
   FROM public.api_rate_limits l
  WHERE (window_end > now());

comment on view "public"."v_rate_limit_utilization" is 'Use of each rate limit in its open windows, live from api_rate_limits.';

grant select on table "public"."v_rate_limit_utilization" to "authenticated";

grant delete, insert, maintain, references, select, trigger, truncate, update
  on table "public"."v_rate_limit_utilization"
  to "postgres";

grant select on table "public"."v_rate_limit_utilization" to "service_role";

-- schemas/public/views/v_silences

create view "public"."v_silences" with (security_invoker=on) AS  SELECT id,
    org_id,
    matchers,
    reason,
    created_by,
    created_at,
    ends_at,
    (ends_at > now()) AS active
   FROM monitoring.silences;

comment on view "public"."v_silences" is 'Silences of the orgs that the caller may read: see monitoring.silences.';

grant select on table "public"."v_silences" to "authenticated";

grant delete, insert, maintain, references, select, trigger, truncate, update
  on table "public"."v_silences"
  to "postgres";

grant select on table "public"."v_silences" to "service_role";

-- schemas/public/views/v_webhook_health

create view "public"."v_webhook_health" with (security_invoker=on) AS  SELECT w.id AS webhook_id,
    w.org_id,
    w.url,
    w.enabled,
    w.consecutive_failures,
    s.last_success_at,
    w.last_failure_at,
    monitoring.webhook_health_status(w.enabled, w.consecutive_failures, s.last_success_at, w.created_at) AS health_status,
    ( SELECT round(((100.0 * (count(*) FILTER (WHERE (d.status = 'failed'::text)))::numeric) / (NULLIF(count(*), 0))::numeric), 2) AS round
           FROM public.webhook_deliveries d
          WHERE ((d.org_id = w.org_id) AND (d.webhook_id = w.id) AND (d.status = ANY (ARRAY['sent'::text, 'failed'::text])) AND (d.sent_at >= (now() - '24:00:00'::interval)))) AS failure_rate_24h,
    (floor((EXTRACT(epoch FROM (now() - s.last_success_at)) / (86400)::numeric)))::integer AS days_since_last_success
   FROM ((public.webhooks w
     CROSS JOIN LATERAL ( SELECT max(d.sent_at) AS last_success_at
           FROM public.webhook_deliveries d
          WHERE ((d.org_id = w.org_id) AND (d.webhook_id = w.id) AND (d.status = 'sent'::text) AND (d.sent_at > (now() - '7 days'::interval)) AND (d.sent_at < (now() + '1 day'::interval)))) lately)
     CROSS JOIN LATERAL ( SELECT COALESCE(lately.last_success_at, ( SELECT max(d.sent_at) AS max
                   FROM public.webhook_deliveries d
                  WHERE ((d.org_id = w.org_id) AND (d.webhook_id = w.id) AND (d.status = 'sent'::text)))) AS last_success_at) s);

comment on view "public"."v_webhook_health" is 'The state of each webhook now, live from webhooks and webhook_deliveries.';

grant select on table "public"."v_webhook_health" to "authenticated";

grant delete, insert, maintain, references, select, trigger, truncate, update
  on table "public"."v_webhook_health"
  to "postgres";

grant select on table "public"."v_webhook_health" to "service_role";
