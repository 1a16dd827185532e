-- What became worse with a deploy, as alerts: the open insights that say so, unless somebody has answered
-- that it was expected. Whatever ends an insight resolves its alert: the next deploy of the service, a
-- day, or that the org has turned this kind off.

create function everwatch_private.regression_size(metric text, detail jsonb)
  returns numeric
  language sql immutable set search_path = ''
  as $$
  select round(
    (detail ->> 'change')::numeric / case metric when 'latency' then 0.05 else 0.005 end, 1
  )
$$;

comment on function everwatch_private.regression_size(text, jsonb)
  is 'How bad a regression is, in the unit of its policy: 1 is the least that is called worse.';

create function everwatch_private.regression_conditions(at timestamptz, org_id uuid default null)
  returns setof everwatch_private.condition
  language plpgsql stable set search_path = ''
  as $$
declare
  orgs constant uuid[] := everwatch_private.orgs_asked(org_id);
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
  from everwatch_private.insights as i
  join everwatch.v_alert_policies as p on p.org_id = i.org_id and p.type = 'regression'
  cross join lateral everwatch_private.regression_size(i.metric, i.detail) as s (size)
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
$$;

comment on function everwatch_private.regression_conditions(timestamptz, uuid)
  is 'Routes, webhooks and rules that became worse with a deploy, each with the worse of its latency and its failures: of one org or of all.';

create function everwatch_private.regression_history(
  policy everwatch.v_alert_policies,
  since timestamptz,
  until timestamptz
)
  returns setof everwatch_private.condition_step
  language sql stable set search_path = ''
  as $$
  with regression as (
    select i.resource_type, i.resource_id, i.resource_name, i.first_stated_at as began,
      coalesce(least(i.ended_at, i.expected_at), 'infinity') as ended,
      everwatch_private.regression_size(i.metric, i.detail) as size
    from everwatch_private.insights as i
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
$$;

comment on function everwatch_private.regression_history(everwatch.v_alert_policies, timestamptz, timestamptz)
  is 'What had become worse with deploys of an org, and when.';

revoke execute
  on function
    everwatch_private.regression_size(text, jsonb),
    everwatch_private.regression_conditions(timestamptz, uuid),
    everwatch_private.regression_history(everwatch.v_alert_policies, timestamptz, timestamptz)
  from public;
