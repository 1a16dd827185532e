-- The API traffic's part of monitoring_metrics.
create function everwatch_private.api_page(
  org_id uuid,
  page_limit integer,
  after text,
  out first timestamptz,
  out before timestamptz,
  out is_last boolean
)
  language plpgsql stable set search_path = ''
  as $$
declare
  -- The newest hours come first. The first page is of the current hour and the 23 before it; later
  -- ones go further back. The cursor is the first hour of the page, counted from the epoch.
  oldest constant timestamptz := case
    when after is null
      then date_bin(interval '1 hour', now() - interval '23 hours', timestamptz 'epoch')
    else timestamptz '-infinity'
  end;
begin
  before := case
    when after is null then timestamptz 'infinity'
    else to_timestamp(
      3600 * substring((everwatch_private.decode_cursor(after, 'hours'))[1] from '^\d{1,7}$')::bigint
    )
  end;
  first := oldest;
  if after is not null or page_limit < 24 then
    -- A page begins at an hour with traffic, so that a gap is no empty page.
    first := greatest(oldest, interval '1 hour' * (1 - page_limit) + (
      select max(u.hour)
      from everwatch.v_api_usage_metrics as u
      where u.org_id = api_page.org_id and u.hour < before and u.hour >= oldest
    ));
  end if;
  -- Where an older hour is rolled up, nobody needs to look at what is not yet.
  is_last := not exists (
    select
    from everwatch_private.rollups as r
    where r.source = 'request'
      and r.resource_id = api_page.org_id
      and r.starts_at > '-infinity'
      and r.starts_at < first
      and r.succeeded + r.failed > 0
  );
  if is_last then
    is_last := not exists (
      select from everwatch.v_api_usage_metrics as u where u.org_id = api_page.org_id and u.hour < first
    );
  end if;
end
$$;

comment on function everwatch_private.api_page(uuid, integer, text)
  is 'Which hours are on a page of an org''s API traffic: from the first until before another; and whether there are no older ones.';

create function everwatch_private.api_metrics(org_id uuid, page_limit integer, after text)
  returns jsonb
  language plpgsql stable set search_path = ''
  as $$
declare
  page record;
begin
  select * into strict page from everwatch_private.api_page(api_metrics.org_id, page_limit, after);
  return (
    select jsonb_build_object(
      'summary', jsonb_build_object(
        'total_requests', s.succeeded + s.failed,
        'successful_requests', s.succeeded,
        'failed_requests', s.failed,
        'success_rate', round(100.0 * s.succeeded / nullif(s.succeeded + s.failed, 0), 1),
        'avg_response_time_ms', round(1.0 * s.duration_sum / nullif(s.timed, 0), 1),
        'p95_response_time_ms', s.p95_ms
      ),
      'hours', (
        select coalesce(jsonb_agg(to_jsonb(u) - 'org_id' order by u.hour desc), '[]')
        from everwatch.v_api_usage_metrics as u
        where u.org_id = api_metrics.org_id and u.hour >= page.first and u.hour < page.before
      ),
      'next', case
        when not page.is_last then everwatch_private.encode_cursor(
          'hours', jsonb_build_array((extract(epoch from page.first) / 3600)::bigint)
        )
      end
    )
    from everwatch_private.request_summary(api_metrics.org_id, now() - interval '24 hours') as s
  );
end
$$;

comment on function everwatch_private.api_metrics(uuid, integer, text)
  is 'Summary of an org''s API requests in the last 24 hours, and one page of its hours, newest first: v_api_usage_metrics.';

revoke execute
  on function
    everwatch_private.api_page(uuid, integer, text),
    everwatch_private.api_metrics(uuid, integer, text)
  from public;
