-- Whether what is owed is delivered.
create function everwatch_private.notifications_dead_conditions(
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
    case when d.dead >= p.critical then 'critical' else 'warning' end,
    'channel',
    c.id::text,
    c.name,
    format('%s notifications to channel %s of %s were given up: %s',
      d.dead, c.name, coalesce(o.name, 'the platform'), d.latest),
    d.dead::numeric,
    case when d.dead >= p.critical then p.critical else p.warning end
  from everwatch_private.alert_policies as p
  cross join lateral (
    select n.channel_id, count(*) as dead, (array_agg(n.error order by n.id desc))[1] as latest
    from everwatch_private.notifications as n
    where n.status = 'dead'
      and n.event_id is not null
      and n.finished_at > notifications_dead_conditions.at - interval '1 day'
    group by n.channel_id
  ) as d
  join everwatch_private.channels as c on c.id = d.channel_id
  left join everwatch.orgs as o on o.id = c.org_id
  where p.type = 'notifications_dead'
    and p.enabled
    and d.dead >= least(p.warning, p.critical)
    and notifications_dead_conditions.org_id is null
    and everwatch_private.reads_every_org();
end
$$;

comment on function everwatch_private.notifications_dead_conditions(timestamptz, uuid)
  is 'Channels to which notifications could not be delivered in the last day; nothing for callers who do not read every org.';

create function everwatch_private.overdue_notifications(at timestamptz)
  returns setof everwatch_private.notifications
  language sql stable set search_path = ''
  as $$
  select n.*
  from everwatch_private.notifications as n
  where n.status = 'queued'
    and n.due_at <= overdue_notifications.at
    -- What waits for an earlier message about the same is not late.
    and not exists (
      select from everwatch_private.notifications as earlier
      where earlier.channel_id = n.channel_id
        and earlier.group_key = n.group_key
        and earlier.status in ('queued', 'sending')
        and earlier.id < n.id
        and earlier.message_id is not null
    )
$$;

comment on function everwatch_private.overdue_notifications(timestamptz)
  is 'What could have been sent by this time, and was not.';

create function everwatch_private.notifications_late_conditions(
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
    case when l.minutes > p.critical then 'critical' else 'warning' end,
    'outbox',
    'notifications',
    'notifications',
    format('%s notifications are due, the oldest for %s minutes%s', l.notifications, l.minutes,
      case
        when not everwatch_private.is_set_up(notifications_late_conditions.at)
          then ': everwatch_private.settings.functions_url is not set'
      end),
    l.minutes,
    case when l.minutes > p.critical then p.critical else p.warning end
  from everwatch_private.alert_policies as p
  cross join lateral (
    select count(*),
      round(extract(epoch from notifications_late_conditions.at - min(n.due_at)) / 60, 1)
    from everwatch_private.overdue_notifications(notifications_late_conditions.at) as n
  ) as l (notifications, minutes)
  where p.type = 'notifications_late'
    and p.enabled
    and l.minutes > least(p.warning, p.critical)
    and notifications_late_conditions.org_id is null
    and everwatch_private.reads_every_org();
end
$$;

comment on function everwatch_private.notifications_late_conditions(timestamptz, uuid)
  is 'Whether notifications are due and nobody sends them; nothing for callers who do not read every org.';

revoke execute
  on function
    everwatch_private.overdue_notifications(timestamptz),
    everwatch_private.notifications_dead_conditions(timestamptz, uuid),
    everwatch_private.notifications_late_conditions(timestamptz, uuid)
  from public;
