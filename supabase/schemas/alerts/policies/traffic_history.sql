-- How API traffic was, minute by minute, as the evaluation would have seen it.
create function everwatch_private.api_error_rate_history(
  policy everwatch.v_alert_policies,
  since timestamptz,
  until timestamptz
)
  returns setof everwatch_private.condition_step
  language sql stable set search_path = ''
  as $$
  -- A minute's requests are those up to its end, as an evaluation then counts them.
  with counted as (
    select
      date_bin(interval '1 minute', l.created_at - interval '1 microsecond', timestamptz 'epoch')
        + interval '1 minute' as minute,
      count(*) as total,
      count(*) filter (where l.status_code >= 400) as failed
    from everwatch.api_audit_logs as l
    where l.org_id = policy.org_id
      and l.created_at > since - interval '1 day'
      and l.created_at <= until
    group by 1
  ),
  hour as (
    select
      m.at,
      coalesce(sum(c.total) over past_hour, 0) as total,
      coalesce(sum(c.failed) over past_hour, 0) as failed,
      max(c.minute) over (order by m.at) as latest
    from generate_series(
      date_bin(interval '1 minute', since, timestamptz 'epoch') - interval '1 day', until, interval '1 minute'
    ) as m (at)
    left join counted as c on c.minute = m.at
    window past_hour as (order by m.at range between interval '59 minutes' preceding and current row)
  )
  select
    'org',
    o.id::text,
    o.name,
    h.at,
    case
      when h.total < greatest(policy.minimum_sample, 1) then null
      when 100 * h.failed > policy.critical * h.total then 'critical'
      when 100 * h.failed > policy.warning * h.total then 'warning'
    end,
    case
      when h.total >= greatest(policy.minimum_sample, 1) then
        100 * h.failed <= least(policy.warning, policy.critical, policy.recovery) * h.total
      -- No data is not health, for a day.
      when h.latest > h.at - interval '1 day' then null
      else true
    end
  from hour as h
  join everwatch.orgs as o on o.id = policy.org_id
  where h.at >= since
$$;

comment on function everwatch_private.api_error_rate_history(everwatch.v_alert_policies, timestamptz, timestamptz)
  is 'How an org''s API requests failed, over the hour before each minute.';

create function everwatch_private.rate_limit_history(
  policy everwatch.v_alert_policies,
  since timestamptz,
  until timestamptz
)
  returns setof everwatch_private.condition_step
  language sql stable set search_path = ''
  as $$
  -- Only the last report of a window is kept: it counts from then on, and as long as an evaluation
  -- looks at the window.
  with seen as (
    select l.key_type, l.identifier, m.minute,
      max(l.request_count::numeric / l.limit_max) as used
    from everwatch.api_rate_limits as l
    cross join lateral generate_series(
      date_bin(
        interval '1 minute',
        greatest(l.window_start, least(l.updated_at, l.window_end)) - interval '1 microsecond',
        timestamptz 'epoch'
      ) + interval '1 minute',
      l.window_end + interval '1 minute' - interval '1 microsecond',
      interval '1 minute'
    ) as m (minute)
    where l.org_id = policy.org_id
      and l.window_end > since - interval '1 minute'
      and l.window_start <= until
      and m.minute between since and until
    group by 1, 2, 3
  ),
  step as (
    select s.*, lead(s.minute) over (partition by s.key_type, s.identifier order by s.minute) as next
    from seen as s
  )
  select
    'rate_limit',
    s.key_type || ':' || s.identifier,
    s.identifier,
    l.at,
    case when l.at = s.minute then
      case
        when 100 * s.used > policy.critical then 'critical'
        when 100 * s.used > policy.warning then 'warning'
      end
    end,
    l.at > s.minute or 100 * s.used <= least(policy.warning, policy.critical, policy.recovery)
  from step as s
  cross join lateral (
    select s.minute
    union all
    select s.minute + interval '1 minute'
    where s.next is distinct from s.minute + interval '1 minute'
  ) as l (at)
$$;

comment on function everwatch_private.rate_limit_history(everwatch.v_alert_policies, timestamptz, timestamptz)
  is 'How far an org''s rate limits were used, in each minute for which a window is stored.';

revoke execute
  on function
    everwatch_private.api_error_rate_history(everwatch.v_alert_policies, timestamptz, timestamptz),
    everwatch_private.rate_limit_history(everwatch.v_alert_policies, timestamptz, timestamptz)
  from public;
