-- What Prometheus is told of insights.
create function everwatch_private.prometheus_insights(org_ids uuid[], operator boolean)
  returns table(org_id uuid, kind text, state text, insights bigint)
  language sql stable set search_path = ''
  as $$
  select i.org_id, i.kind, s.state, count(*)
  from everwatch_private.insights as i
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
$$;

comment on function everwatch_private.prometheus_insights(uuid[], boolean)
  is 'How many insights of some orgs, and of the operator if that is who asks, are stated now: those that somebody has answered as expected or acknowledged, and those that are open.';

revoke execute on function everwatch_private.prometheus_insights(uuid[], boolean) from public;
