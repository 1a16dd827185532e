-- The automation rules' part of monitoring_metrics.
create function everwatch_private.rule_metrics(org_id uuid, page_limit integer, after text)
  returns jsonb
  language plpgsql stable set search_path = ''
  as $$
begin
  return (
    -- A rule that was deleted since the last refresh is no longer anyone's.
    with performance as (
      select p.*
      from everwatch.mv_rule_performance as p
      where p.org_id = rule_metrics.org_id and exists (
        select from everwatch.automation_rules as r where r.org_id = rule_metrics.org_id and r.id = p.rule_id
      )
    ),
    found as (
      select array[p.rule_id::text] as key, p
      from performance as p
      where array[p.rule_id::text] > (select everwatch_private.decode_cursor(rule_metrics.after, 'rules'))
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
    select jsonb_build_object('summary', (select * from summary)) || everwatch_private.page(
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
$$;

comment on function everwatch_private.rule_metrics(uuid, integer, text)
  is 'Summary over all of an org''s automation rules, and one page of them: mv_rule_performance.';

revoke execute on function everwatch_private.rule_metrics(uuid, integer, text) from public;
