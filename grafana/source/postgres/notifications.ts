import { chart, table, type PanelRow } from '../panels.ts'
import { over, rows } from './queries.ts'

/** What waits to be told, and what became of the rest. */
export const notifications: PanelRow = {
  title: 'Notifications',
  panels: [
    table({
      title: 'Outbox: what waits, and what is dead',
      queries: [
        rows(`
select n.status, c.kind as channel_kind, c.name as channel, n.attempts, n.queued_at,
  case when n.status = 'queued' then n.due_at end as next_attempt, n.error
from everwatch_private.notifications as n
join everwatch_private.channels as c on c.id = n.channel_id
where n.status in ('queued', 'sending', 'dead') and n.org_id::text in ($org)
order by n.status = 'dead' desc, n.id desc limit 100`),
      ],
    }),
    chart({
      title: 'Notifications by what became of them',
      unit: 'short',
      queries: [
        over(`
select date_trunc('hour', finished_at) as time,
  count(*) filter (where status = 'delivered') as delivered,
  count(*) filter (where status = 'dead') as dead
from everwatch_private.notifications
where $__timeFilter(finished_at) and org_id::text in ($org)
group by 1 order by 1`),
      ],
    }),
  ],
}
