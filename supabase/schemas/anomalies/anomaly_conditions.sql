-- When what is unusual is an alert.

create function everwatch_private.series_name(series everwatch_private.watched_series)
  returns text
  language sql stable set search_path = ''
  as $$
  select coalesce(
    (select w.url from everwatch.webhooks as w where series.source = 'delivery' and w.id = series.resource_id),
    (
      select r.name
      from everwatch.automation_rules as r
      where series.source = 'execution' and r.id = series.resource_id
    ),
    (select o.name from everwatch.orgs as o where o.id = series.org_id)
  )
$$;

comment on function everwatch_private.series_name(everwatch_private.watched_series)
  is 'Of what a watched series is: a webhook''s address, a rule''s name, or the org''s.';

create function everwatch_private.unusual_series(at timestamptz, orgs uuid[])
  returns setof everwatch_private.watched_series
  language plpgsql stable set search_path = ''
  as $$
begin
  return query
  select w.*
  from everwatch_private.watched_series as w
  where w.org_id = any (orgs)
    and w.unusual
    and (w.said).at is not null
    -- Who knows no two weeks knows no week-end.
    and w.started_at <= unusual_series.at - interval '14 days';
end
$$;

comment on function everwatch_private.unusual_series(timestamptz, uuid[])
  is 'Watched series of some orgs whose last hour was unusual, once they have two weeks of history.';

create function everwatch_private.anomaly_conditions(at timestamptz, org_id uuid default null)
  returns setof everwatch_private.condition
  language plpgsql stable set search_path = '' set plan_cache_mode = 'force_generic_plan'
  as $$
declare
  orgs constant uuid[] := everwatch_private.orgs_asked(org_id);
begin
  return query
  select
    w.org_id,
    p.type,
    s.severity,
    'series',
    w.resource_id::text || '/' || w.metric,
    everwatch_private.series_name(w),
    everwatch_private.describe_anomaly(w.metric, w.said, w.missing),
    round((w.said).score::numeric, 2),
    case when s.severity = 'critical' then p.critical else coalesce(p.warning, p.critical) end
  from everwatch_private.unusual_series(anomaly_conditions.at, orgs) as w
  join everwatch.v_alert_policies as p on p.org_id = w.org_id and p.type = 'anomaly'
  cross join lateral (
    select case
      when (w.said).score >= p.critical then 'critical'
      when (w.said).score >= p.warning then 'warning'
    end
  ) as s (severity)
  where p.enabled and s.severity is not null;
end
$$;

comment on function everwatch_private.anomaly_conditions(timestamptz, uuid)
  is 'Watched series whose last hour was unusual, once they have two weeks of history: of one org or of all.';

create function everwatch_private.anomaly_history(
  policy everwatch.v_alert_policies,
  since timestamptz,
  until timestamptz
)
  returns setof everwatch_private.condition_step
  language sql stable set search_path = ''
  as $$
  select 'series', w.resource_id::text || '/' || w.metric, everwatch_private.series_name(w), k.at,
    k.severity, k.severity is null
  from everwatch_private.watched_series as w
  cross join lateral (
    -- An hour is judged once it is over.
    select s.at + interval '1 hour' as at,
      case
        when not s.unusual or s.at < w.started_at + interval '14 days' then null
        when said.score >= policy.critical then 'critical'
        when said.score >= policy.warning then 'warning'
      end as severity
    from everwatch_private.series_scores as s
    left join lateral (
      select x.score
      from everwatch_private.series_scores as x
      where x.series_id = s.series_id and x.at <= s.at and x.score >= 0.5
      order by x.at desc
      limit 1
    ) as said on s.unusual
    where s.series_id = w.id
      and s.at >= anomaly_history.since - interval '1 day'
      and s.at + interval '1 hour' < anomaly_history.until
  ) as k
  where w.org_id = policy.org_id
$$;

comment on function everwatch_private.anomaly_history(everwatch.v_alert_policies, timestamptz, timestamptz)
  is 'What of an org''s watched series was unusual, hour by hour, as it was scored; from a day before `since` on.';

revoke execute
  on function
    everwatch_private.series_name(everwatch_private.watched_series),
    everwatch_private.unusual_series(timestamptz, uuid[]),
    everwatch_private.anomaly_conditions(timestamptz, uuid),
    everwatch_private.anomaly_history(everwatch.v_alert_policies, timestamptz, timestamptz)
  from public;
