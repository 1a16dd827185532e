-- As time passes, rows leave the windows of 24 hours and of 7 days: of a webhook or a rule to which that
-- happened the counts are others, with nothing new. Which rows these are tells no plan, so the session's
-- first is as good as any: planning costs as much as all else.
create function everwatch_private.touch_passed(since timestamptz, until timestamptz)
  returns void
  language plpgsql set search_path = '' set plan_cache_mode = force_generic_plan set jit = off
  as $$
begin
  -- The first time; or the clock was set back.
  if since = '-infinity' or until < since then
    perform everwatch_private.touch_everything();
    return;
  end if;

  -- As the indexes on time begin: org by org, and rule by rule. A rule whose week was empty has nothing
  -- that could leave it.
  insert into everwatch_private.touched_resources (source, resource_id)
  select 'delivery'::everwatch_private.source, d.webhook_id
  from (values (interval '24 hours'), (interval '7 days')) as w (length)
  cross join everwatch.orgs as o
  cross join lateral (
    select r.webhook_id
    from everwatch.webhook_deliveries as r
    where r.org_id = o.id and r.sent_at >= since - w.length and r.sent_at < until - w.length
    offset 0
  ) as d
  union
  select 'execution', p.rule_id
  from (values (interval '24 hours'), (interval '7 days')) as w (length)
  cross join everwatch.mv_rule_performance as p
  cross join lateral (
    select
    from everwatch.rule_executions as r
    where r.org_id = p.org_id and r.rule_id = p.rule_id
      and r.executed_at >= since - w.length and r.executed_at < until - w.length
    limit 1
  ) as x
  where p.executions_7d > 0;
end
$$;

comment on function everwatch_private.touch_passed(timestamptz, timestamptz)
  is 'Has the refresh look at webhooks and rules of which rows left a window, when the windows'' end moves from one moment to another.';

revoke execute on function everwatch_private.touch_passed(timestamptz, timestamptz) from public;
