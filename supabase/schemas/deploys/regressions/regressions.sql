-- What is worse since a deploy, in one sentence each.
create function everwatch_private.signed(number double precision)
  returns text
  language sql immutable set search_path = ''
  as $$
  select case when round(number::numeric, 1) > 0 then '+' else '' end
    || case when abs(number) < 10 then trim_scale(round(number::numeric, 1)) else round(number::numeric) end
$$;

comment on function everwatch_private.signed(double precision)
  is 'A number as one says it: with its sign, and a digit after the point if it is below 10.';

create function everwatch_private.describe_comparison(
  deploy everwatch.deploys,
  comparison everwatch_private.deploy_comparisons
)
  returns text
  language sql immutable set search_path = ''
  as $$
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
        everwatch_private.signed(100 * comparison.change),
        everwatch_private.signed(100 * comparison.change_low),
        everwatch_private.signed(100 * comparison.change_high)
      ]
  )
$$;

comment on function everwatch_private.describe_comparison(everwatch.deploys, everwatch_private.deploy_comparisons)
  is 'A comparison that was tested, in one sentence.';

create function everwatch_private.regressions(at timestamptz)
  returns everwatch_private.finding[]
  language sql stable set search_path = ''
  as $$
  select coalesce(array_agg(s.statement), '{}')
  from (
    select distinct on (k.org_id, k.resource_type, k.resource_id, k.metric)
      row(
        k.org_id,
        case when k.change >= case k.metric when 'latency' then 1 else 0.1 end then 'critical' else 'warning' end,
        k.resource_type, k.resource_id, k.resource_name,
        k.metric,
        everwatch_private.describe_comparison(d, k),
        to_jsonb(k) - '{org_id,resource_type,resource_id,resource_name,metric}'::text[]
          || jsonb_build_object('service', d.service, 'version', d.version, 'deployed_at', d.deployed_at)
      )::everwatch_private.finding as statement
    from everwatch.deploys as d
    join everwatch_private.deploy_comparisons as k on k.deploy_id = d.id and k.verdict = 'worse'
    where d.deployed_at > regressions.at - interval '1 day'
      and d.deployed_at <= regressions.at
      -- With the next deploy it is what was before.
      and not exists (
        select
        from everwatch.deploys as n
        where n.org_id = d.org_id and n.service = d.service
          and n.deployed_at > d.deployed_at and n.deployed_at <= regressions.at
      )
    order by k.org_id, k.resource_type, k.resource_id, k.metric, d.deployed_at desc
  ) as s
$$;

comment on function everwatch_private.regressions(timestamptz)
  is 'What became worse with a deploy within the day before `at`, if it is the latest of its service.';

revoke execute
  on function
    everwatch_private.signed(double precision),
    everwatch_private.describe_comparison(everwatch.deploys, everwatch_private.deploy_comparisons),
    everwatch_private.regressions(timestamptz)
  from public;
