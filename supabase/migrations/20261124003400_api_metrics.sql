-- The API traffic's part of monitoring_metrics.
create function monitoring.api_metrics(org_id uuid, page_limit integer, after text)
  returns jsonb
  language plpgsql stable set search_path = ''
  as $$
begin
  return (
    -- The newest hours come first. The first page is of the current hour and the 23 before it; later
    -- ones go further back. The cursor is the first hour of the page, counted from the epoch.
    with asked as (
      select
        case
          when api_metrics.after is null then timestamptz 'infinity'
          else to_timestamp(3600 * substring(
            (monitoring.decode_cursor(api_metrics.after, 'hours'))[1] from '^\d{1,7}$'
          )::bigint)
        end as before,
        case
          when api_metrics.after is null
            then date_bin(interval '1 hour', now() - interval '23 hours', timestamptz 'epoch')
          else timestamptz '-infinity'
        end as oldest
    ),
    newest as (
      select max(u.hour) as hour
      from public.v_api_usage_metrics as u
      where u.org_id = api_metrics.org_id
        and u.hour < (select a.before from asked as a)
        and u.hour >= (select a.oldest from asked as a)
    ),
    -- A page begins at an hour with traffic, so that a gap is no empty page.
    span as (
      select
        n.hour as last,
        greatest(a.oldest, n.hour - interval '1 hour' * (api_metrics.page_limit - 1)) as first
      from asked as a
      cross join newest as n
    )
    select jsonb_build_object(
      'summary', (
        select jsonb_build_object(
          'total_requests', s.succeeded + s.failed,
          'successful_requests', s.succeeded,
          'failed_requests', s.failed,
          'success_rate', round(100.0 * s.succeeded / nullif(s.succeeded + s.failed, 0), 1),
          'avg_response_time_ms', round(1.0 * s.duration_sum / nullif(s.succeeded + s.failed, 0), 1),
          'p95_response_time_ms', s.p95_ms
        )
        from monitoring.request_summary(api_metrics.org_id, now() - interval '24 hours') as s
      ),
      'hours', (
        select coalesce(jsonb_agg(to_jsonb(u) - 'org_id' order by u.hour desc), '[]')
        from public.v_api_usage_metrics as u
        where u.org_id = api_metrics.org_id
          and u.hour >= (select s.first from span as s)
          and u.hour <= (select s.last from span as s)
      ),
      'next', (
        select monitoring.encode_cursor(
          'hours', jsonb_build_array((extract(epoch from s.first) / 3600)::bigint)
        )
        from span as s
        where exists (
          select
          from public.v_api_usage_metrics as u
          where u.org_id = api_metrics.org_id and u.hour < s.first
        )
      )
    )
  );
end
$$;

comment on function monitoring.api_metrics(uuid, integer, text)
  is 'Summary of an org''s API requests in the last 24 hours, and one page of its hours, newest first: v_api_usage_metrics.';

revoke all
  on function monitoring.api_metrics(uuid, integer, text)
  from public, anon, authenticated, service_role;
grant execute
  on function monitoring.api_metrics(uuid, integer, text)
  to authenticated, service_role;
