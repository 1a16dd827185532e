-- What could not be judged. Whoever tracks a delivery is never told, and other alerts are judged
-- regardless: it is recorded here, and is itself an alert of the operator's.
create table everwatch_private.evaluation_errors (
  id bigint generated always as identity primary key,
  at timestamptz not null,
  type text not null,
  during text not null check (during in ('evaluation', 'delivery')),
  error text not null
);

create index evaluation_errors_by_time_idx on everwatch_private.evaluation_errors (at);

comment on table everwatch_private.evaluation_errors
  is 'Failures to judge a type of alert, at most one a minute while deliveries are tracked.';
comment on column everwatch_private.evaluation_errors.type
  is 'The type of alert that was not judged.';
comment on column everwatch_private.evaluation_errors.during
  is 'evaluation: by the schedule or on request; delivery: while a delivery was tracked.';
comment on column everwatch_private.evaluation_errors.error is 'Why, with the SQLSTATE.';

create function everwatch_private.evaluation_failed_conditions(
  at timestamptz,
  org_id uuid default null
)
  returns setof everwatch_private.condition
  language plpgsql stable security definer set search_path = ''
  as $$
begin
  return query
  select
    null::uuid,
    p.type,
    case when e.errors >= p.critical then 'critical' else 'warning' end,
    'alert_type',
    e.type,
    e.type,
    format('Alerts of type %s could not be judged: %s', e.type, e.latest),
    e.errors::numeric,
    case when e.errors >= p.critical then p.critical else p.warning end
  from everwatch_private.alert_policies as p
  cross join lateral (
    select f.type, count(*) as errors, (array_agg(f.error order by f.id desc))[1] as latest
    from everwatch_private.evaluation_errors as f
    where f.at > evaluation_failed_conditions.at - interval '5 minutes'
      and f.at <= evaluation_failed_conditions.at
    group by f.type
  ) as e
  where p.type = 'evaluation_failed'
    and p.enabled
    and e.errors >= least(p.warning, p.critical)
    and evaluation_failed_conditions.org_id is null
    and (select everwatch_private.reads_every_org());
end
$$;

comment on function everwatch_private.evaluation_failed_conditions(timestamptz, uuid)
  is 'Types of alerts that could not be judged in the last five minutes; nothing for callers who do not read every org.';

revoke execute
  on function everwatch_private.evaluation_failed_conditions(timestamptz, uuid)
  from public;
