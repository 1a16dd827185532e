import { table, type PanelRow } from '../panels.ts'
import { rows } from './queries.ts'

/** Who holds most, and what. */
export const costs: PanelRow = {
  title: 'Costs',
  panels: [
    table({
      title: 'Who holds most',
      description:
        'As measured once a day; the disk, a month, at the prices that the operator keeps.',
      queries: [
        rows(`
select o.name as organisation, s.bytes, round(price.of_gigabyte * s.bytes / 1e9, 6) as disk_cost_a_month,
  price.currency, state.measured_at
from (select org_id, sum(bytes) as bytes from everwatch_private.storage group by org_id) as s
join everwatch.orgs as o on o.id = s.org_id
cross join (
  select everwatch_private.share_of_bill('disk', 1) as of_gigabyte, min(currency) as currency
  from everwatch_private.prices
) as price
cross join everwatch_private.cost_state as state
where s.org_id::text in ($org)
order by s.bytes desc limit 100`),
      ],
    }),
    table({
      title: 'What holds most',
      queries: [
        rows(`
select o.name as organisation, s.resource_type, coalesce(w.url, s.resource_id) as resource, s.raw_rows, s.bytes
from everwatch_private.storage as s
join everwatch.orgs as o on o.id = s.org_id
left join everwatch.webhooks as w on s.resource_type = 'webhook' and w.id::text = s.resource_id
where s.org_id::text in ($org)
order by s.bytes desc limit 100`),
      ],
    }),
  ],
}
