import { randomUUID } from 'node:crypto'
import type { JSONValue, Sql } from 'postgres'

export interface Webhook {
  id: string
  org_id: string
}

/** A delivery that is to be stored, as a row of `webhook_deliveries`. */
export interface Delivery {
  id: string
  org_id: string
  webhook_id: string
  event_type: string
  status: 'sent' | 'failed'
  status_code: number
  duration_ms: number
  sent_at: string
}

/** Who stores a delivery. The type of event says it, in as many letters for either. */
export type Side = 'ours' | 'peer'

/** All webhooks of a history, the busiest first. */
export function readWebhooks(sql: Sql): Promise<Webhook[]> {
  return sql<Webhook[]>`select id, org_id from bench.webhooks order by rank`
}

/** Which deliveries fail: none, or 2% of them. */
export type Health = 'healthy' | 'failing'

/**
 * A new delivery to one of some webhooks, one after the other. Those of the same number are alike
 * for both sides.
 */
export function makeDelivery(
  webhooks: Webhook[],
  number: number,
  side: Side,
  health: Health = 'failing',
): Delivery {
  const webhook = webhooks[(number * 7919) % webhooks.length]
  if (!webhook) throw new Error('no webhooks')
  const failed = health === 'failing' && number % 50 === 0
  return {
    id: randomUUID(),
    org_id: webhook.org_id,
    webhook_id: webhook.id,
    event_type: side,
    status: failed ? 'failed' : 'sent',
    status_code: failed ? 500 : 200,
    duration_ms: 20 + (number % 300),
    sent_at: new Date().toISOString(),
  }
}

/** The same delivery as an event that `track_events` takes: whose org it is, the database knows. */
export function toEvent(delivery: Delivery): JSONValue {
  return { type: 'webhook_delivery', ...delivery, org_id: undefined }
}

/** What a side has stored so far. */
export async function stored(sql: Sql, side: Side): Promise<object | undefined> {
  const [row] = await sql<object[]>`
    select count(*)::integer as rows, count(*) filter (where status = 'failed')::integer as failed,
      sum(duration_ms)::integer as duration_ms,
      count(distinct (org_id, webhook_id))::integer as webhooks
    from everwatch.webhook_deliveries where event_type = ${side}`
  return row
}
