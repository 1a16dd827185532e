-- The alerts' part of monitoring_metrics.
create function everwatch_private.alert_metrics(org_id uuid, page_limit integer, after text)
  returns jsonb
  language plpgsql stable set search_path = ''
  as $$
begin
  return (
    with alerts as (
      -- 'critical' sorts before 'warning'.
      select array[a.severity, a.type, a.resource_id] as key, a
      from everwatch_private.alert_conditions(now(), alert_metrics.org_id) as a
    ),
    found as (
      select x.*
      from alerts as x
      where x.key > (select everwatch_private.decode_cursor(alert_metrics.after, 'alerts'))
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
    select (select * from counts) || everwatch_private.page(
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
$$;

comment on function everwatch_private.alert_metrics(uuid, integer, text)
  is 'How many alert conditions of an org are true now, and one page of them, critical ones first: as in v_alert_conditions.';

revoke execute on function everwatch_private.alert_metrics(uuid, integer, text) from public;
