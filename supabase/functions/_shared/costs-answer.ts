import * as z from 'zod/mini'
import { described } from './described.ts'

const time = z.iso.datetime({ offset: true })
const count = z.int().check(z.minimum(0))
const money = described(
  z.nullable(z.number()),
  'Null when the price, or what it is of, is not known',
)

const usage = {
  raw_rows: described(z.nullable(count), 'At rest; null before the first measurement'),
  bytes_at_rest: described(z.nullable(count), 'With indexes; null alike'),
  events: described(z.nullable(count), 'Tracked in the range'),
  function_calls: described(
    z.nullable(count),
    'In the range; null of webhooks and rules, which may run anywhere',
  ),
  function_ms: described(
    z.nullable(count),
    'Milliseconds that requests, deliveries and executions took',
  ),
  bytes_out: described(
    z.nullable(count),
    'Of bodies that were sent on whole days (UTC) in the range; null where none said how long it was',
  ),
  disk_cost: money,
  function_cost: money,
  egress_cost: money,
}

/** What `GET monitoring/costs` answers. */
export const costsAnswerSchema = z.object({
  org_id: z.guid(),
  timestamp: described(time, 'When this was asked'),
  from: time,
  to: time,
  measured_at: described(z.nullable(time), 'As of when rows and bytes are'),
  currency: described(
    z.nullable(z.string()),
    'Of all costs, for example USD; null when there are none',
  ),
  total: described(z.object(usage), 'Of what is known'),
  resources: described(
    z.array(
      z.object({
        resource_type: described(
          z.enum(['webhook', 'rule', 'route', 'org']),
          'org: what is of none of the others',
        ),
        resource_id: z.string(),
        resource_name: z.string(),
        ...usage,
      }),
    ),
    'Those that hold most first',
  ),
  next: described(z.nullable(z.string()), 'Where the next page begins'),
})

export type CostsAnswer = z.infer<typeof costsAnswerSchema>
