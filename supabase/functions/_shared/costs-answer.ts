import { z } from 'zod'

const time = z.iso.datetime({ offset: true })
const count = z.number().int().min(0)
const money = z
  .number()
  .nullable()
  .meta({ description: 'Null when the price, or what it is of, is not known' })

const usage = {
  raw_rows: count.nullable().meta({ description: 'At rest; null before the first measurement' }),
  bytes_at_rest: count.nullable().meta({ description: 'With indexes; null alike' }),
  events: count.nullable().meta({ description: 'Tracked in the range' }),
  function_calls: count
    .nullable()
    .meta({ description: 'In the range; null of webhooks and rules, which may run anywhere' }),
  function_ms: count
    .nullable()
    .meta({ description: 'Milliseconds that requests, deliveries and executions took' }),
  bytes_out: count.nullable().meta({
    description:
      'Of bodies that were sent on whole days (UTC) in the range; null where none said how long it was',
  }),
  disk_cost: money,
  function_cost: money,
  egress_cost: money,
}

/** What `GET monitoring/costs` answers. */
export const costsAnswerSchema = z.strictObject({
  org_id: z.guid(),
  timestamp: time.meta({ description: 'When this was asked' }),
  from: time,
  to: time,
  measured_at: time.nullable().meta({ description: 'As of when rows and bytes are' }),
  currency: z
    .string()
    .nullable()
    .meta({ description: 'Of all costs, for example USD; null when there are none' }),
  total: z.strictObject(usage).meta({ description: 'Of what is known' }),
  resources: z
    .array(
      z.strictObject({
        resource_type: z
          .enum(['webhook', 'rule', 'route', 'org'])
          .meta({ description: 'org: what is of none of the others' }),
        resource_id: z.string(),
        resource_name: z.string(),
        ...usage,
      }),
    )
    .meta({ description: 'Those that hold most first' }),
  next: z.string().nullable().meta({ description: 'Where the next page begins' }),
})

export type CostsAnswer = z.infer<typeof costsAnswerSchema>
