-- What is wrong with the API's traffic.
create function everwatch_private.api_error_rate_conditions(
  at timestamptz,
  org_id uuid default null
)
  returns setof everwatch_private.condition
  language plpgsql stable set search_path = '' set plan_cache_mode = 'force_generic_plan'
  as $$
declare
  orgs constant uuid[] := everwatch_private.orgs_asked(org_id);
begin
  return query
  select
    o.id,
    p.type,
    s.severity,
    'org',
    o.id::text,
    o.name,
    case
      when a.id is null then
        format('%s%% of %s API requests failed in the last hour', f.failed_pct, r.total)
      -- No data is not health: what fired goes on, and says why.
      else format('Too few API requests in the last hour (%s) to tell whether they still fail', r.total)
    end,
    case when a.id is null then f.failed_pct else a.value end,
    case
      when a.id is not null then a.threshold
      when s.severity = 'critical' then p.critical
      else coalesce(p.warning, p.critical)
    end
  from everwatch.orgs as o
  join everwatch.v_alert_policies as p on p.org_id = o.id and p.type = 'api_error_rate'
  join everwatch_private.api_failures(api_error_rate_conditions.at, orgs) as r on r.org_id = o.id
  left join everwatch_private.alerts as a
    on a.fingerprint = everwatch_private.fingerprint(o.id, p.type, 'org', o.id::text)
    and a.state = 'firing'
    and r.total < greatest(p.minimum_sample, 1)
    -- Whoever has been silent for a day is not coming back soon.
    and exists (
      select
      from everwatch.api_audit_logs as l
      where l.org_id = o.id
        and l.created_at > api_error_rate_conditions.at - interval '1 day'
        and l.created_at <= api_error_rate_conditions.at
    )
  cross join lateral (select round(100.0 * r.failed / nullif(r.total, 0), 1)) as f (failed_pct)
  -- From the counts, not from the rounded percentage: 50.04% is above 50%.
  cross join lateral (
    select case
      when r.total < greatest(p.minimum_sample, 1) then null
      when 100 * r.failed > p.critical * r.total then 'critical'
      when 100 * r.failed > p.warning * r.total then 'warning'
    end
  ) as s (severity)
  where p.enabled
    and (s.severity is not null
      or a.id is not null
      or (r.total >= greatest(p.minimum_sample, 1) and 100 * r.failed > p.recovery * r.total));
end
$$;

comment on function everwatch_private.api_error_rate_conditions(timestamptz, uuid)
  is 'Orgs whose API requests fail, over the hour before `at`: one org or all.';

create function everwatch_private.api_failures(at timestamptz, orgs uuid[])
  returns table(org_id uuid, total bigint, failed bigint)
  language plpgsql stable set search_path = ''
  as $$
#variable_conflict use_column
begin
  return query
  select o.id, r.total, r.failed
  from unnest(orgs) as o (id)
  cross join lateral (
    select count(*) as total, count(*) filter (where l.status_code >= 400) as failed
    from everwatch.api_audit_logs as l
    where l.org_id = o.id
      and l.created_at > api_failures.at - interval '1 hour'
      and l.created_at <= api_failures.at
  ) as r;
end
$$;

comment on function everwatch_private.api_failures(timestamptz, uuid[])
  is 'How many API requests some orgs made in the hour before `at`, and how many of them failed.';

create function everwatch_private.rate_limit_conditions(at timestamptz, org_id uuid default null)
  returns setof everwatch_private.condition
  language plpgsql stable set search_path = '' set plan_cache_mode = 'force_generic_plan'
  as $$
declare
  orgs constant uuid[] := everwatch_private.orgs_asked(org_id);
begin
  -- A window that closed in the last minute counts: one that is looked at once a minute would
  -- otherwise be full whenever nobody looks. A key may have windows of several lengths: it is one
  -- condition, with its fullest window.
  return query
  select distinct on (l.org_id, l.key_type, l.identifier)
    l.org_id,
    p.type,
    s.severity,
    'rate_limit',
    l.key_type || ':' || l.identifier,
    l.identifier,
    format('Rate limit of %s %s is %s%% used', l.key_type, l.identifier, u.pct),
    u.pct,
    case s.severity when 'critical' then p.critical else coalesce(p.warning, p.critical) end
  from everwatch.orgs as o
  join everwatch.v_alert_policies as p on p.org_id = o.id and p.type = 'rate_limit'
  join everwatch.api_rate_limits as l on l.org_id = o.id
  cross join lateral (select round(100.0 * l.request_count / l.limit_max, 2)) as u (pct)
  -- From the counts, not from the rounded percentage: 90.004% is above 90%.
  cross join lateral (
    select case
      when 100::bigint * l.request_count > p.critical * l.limit_max then 'critical'
      when 100::bigint * l.request_count > p.warning * l.limit_max then 'warning'
    end
  ) as s (severity)
  where l.window_end > rate_limit_conditions.at - interval '1 minute'
    and l.window_start <= rate_limit_conditions.at
    and p.enabled
    and (s.severity is not null or 100::bigint * l.request_count > p.recovery * l.limit_max)
    and o.id = any (orgs)
  order by l.org_id, l.key_type, l.identifier, u.pct desc;
end
$$;

comment on function everwatch_private.rate_limit_conditions(timestamptz, uuid)
  is 'Rate limits that are nearly used up, in windows that are open or closed within the last minute: of one org or of all.';

revoke execute
  on function
    everwatch_private.api_error_rate_conditions(timestamptz, uuid),
    everwatch_private.api_failures(timestamptz, uuid[]),
    everwatch_private.rate_limit_conditions(timestamptz, uuid)
  from public;
