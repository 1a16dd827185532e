-- The rate limits' part of monitoring_metrics.
create function everwatch_private.rate_limit_metrics(org_id uuid, page_limit integer, after text)
  returns jsonb
  language plpgsql stable set search_path = ''
  as $$
begin
  return (
    with windows as (
      select array[u.key_type, u.identifier, extract(epoch from u.window_start)::text] as key, u
      from everwatch.v_rate_limit_utilization as u
      where u.org_id = rate_limit_metrics.org_id
    ),
    found as (
      select w.*
      from windows as w
      where w.key > (select everwatch_private.decode_cursor(rate_limit_metrics.after, 'windows'))
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
    select jsonb_build_object('summary', (select * from summary)) || everwatch_private.page(
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
$$;

comment on function everwatch_private.rate_limit_metrics(uuid, integer, text)
  is 'The fullest open window of an org, and one page of all that are open: v_rate_limit_utilization.';

revoke execute on function everwatch_private.rate_limit_metrics(uuid, integer, text) from public;
