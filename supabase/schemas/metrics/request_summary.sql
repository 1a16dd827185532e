-- All of an org's requests since a moment: whole hours from what is rolled up or waits to be, the rest of
-- the hour before them from raw rows.
create function everwatch_private.request_summary(
  org_id uuid,
  since timestamptz,
  out succeeded bigint,
  out failed bigint,
  out timed bigint,
  out duration_sum bigint,
  out p95_ms numeric
)
  language plpgsql stable set search_path = ''
  as $$
declare
  whole constant timestamptz := date_bin('1 hour', since, 'epoch') + interval '1 hour';
begin
  with part as materialized (
    select h.succeeded, h.failed, h.timed, h.duration_sum, h.duration_max, h.bins
    from everwatch_private.request_hours as h
    where h.org_id = request_summary.org_id and h.hour >= whole
    union all
    select count(*) filter (where l.status_code < 400), count(*) filter (where l.status_code >= 400),
      count(l.duration_ms), coalesce(sum(l.duration_ms), 0), max(l.duration_ms),
      everwatch_private.count_values(array_agg(l.duration_ms::double precision), array_agg(1::bigint))
    from everwatch.api_audit_logs as l
    where l.org_id = request_summary.org_id and l.created_at >= since and l.created_at < whole
  ),
  total as (
    select coalesce(sum(p.succeeded), 0)::bigint as succeeded, coalesce(sum(p.failed), 0)::bigint as failed,
      coalesce(sum(p.timed), 0)::bigint as timed,
      coalesce(sum(p.duration_sum), 0)::bigint as duration_sum, max(p.duration_max) as duration_max
    from part as p
  )
  select t.succeeded, t.failed, t.timed, t.duration_sum, least(h.p95_ms, t.duration_max)
  into succeeded, failed, timed, duration_sum, p95_ms
  from total as t
  cross join lateral everwatch_private.add_durations(
    null, null, null,
    everwatch_private.sum_bins(array(select unnest(p.bins) from part as p)),
    t.timed
  ) as h;
end
$$;

comment on function everwatch_private.request_summary(uuid, timestamptz)
  is 'Counts (timed: of requests whose duration is known), the sum of durations and their 95th percentile (within 1%), both in milliseconds, of an org''s API requests since a moment, live.';

revoke execute on function everwatch_private.request_summary(uuid, timestamptz) from public;
