import postgres, { type Sql } from 'postgres'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { evaluate, historyOf, openAlerts } from '../support/alerts.ts'
import { createDatabase, type TestDatabase } from '../support/database.ts'
import { createOrg, createWebhook, delivery } from '../support/fixtures.ts'
import { addDeliveries } from '../support/add-rows.ts'

const writers = 32

let db: TestDatabase
let service: Sql
beforeAll(async () => {
  db = await createDatabase()
  service = postgres(db.urlAs('postgres'), { max: writers, connection: { role: 'service_role' } })
})
afterAll(() => service.end())

async function trackBatch(webhookIds: string[], status: string): Promise<void> {
  const events = webhookIds.map((id) => delivery(id, { status }))
  await service`select everwatch.track_events(${JSON.stringify(events)}::text::jsonb)`
}

/** What went wrong anywhere: deadlocks, and what could not be judged. */
async function troubles(): Promise<unknown[]> {
  await db.sql`select pg_stat_force_next_flush()`
  const errors = await db.sql`select type, during, error from everwatch_private.evaluation_errors`
  const deadlocks = await db.sql`
    select deadlocks::int from pg_stat_database
    where datname = current_database() and deadlocks > 0`
  return [...errors, ...deadlocks]
}

describe(`${writers} writers that fail the same webhook at once`, () => {
  it('make exactly one alert, which fires once and becomes critical once', async () => {
    const orgId = await createOrg(db)
    const webhookId = await createWebhook(db, orgId)
    await Promise.all(
      Array.from({ length: writers }, async () => {
        for (let n = 0; n < 5; n += 1) await trackBatch([webhookId], 'failed')
      }),
    )
    expect(await openAlerts(db, orgId)).toMatchObject([{ severity: 'critical', state: 'firing' }])
    expect(await historyOf(db, orgId)).toEqual(['fired warning', 'escalated critical'])
    expect(await troubles()).toEqual([])
  })
})

describe('evaluations of all orgs and of one, while deliveries fail and succeed', () => {
  it('neither deadlock nor make a second alert, and end in agreement', async () => {
    const orgId = await createOrg(db)
    const webhookIds = await Promise.all(Array.from({ length: 20 }, () => createWebhook(db, orgId)))
    const evaluations = [null, orgId, null, orgId].map(async (scope) => {
      for (let run = 0; run < 15; run += 1) {
        await db.sql`select everwatch_private.evaluate_alerts(now(), ${scope}::uuid)`
      }
    })
    await Promise.all(
      Array.from({ length: 8 }, async (_, writer) => {
        for (let round = 0; round < 12; round += 1) {
          // Batches in different orders, several webhooks each, of both outcomes.
          const first = (writer * 5 + round) % webhookIds.length
          const some = [...webhookIds.slice(first), ...webhookIds.slice(0, first)].slice(0, 8)
          await trackBatch(some, round % 6 === 5 ? 'sent' : 'failed')
        }
      }),
    )
    await Promise.all(evaluations)
    expect(await troubles()).toEqual([])

    const disagreeing = await db.sql`
      select w.consecutive_failures, a.state, a.severity from everwatch.webhooks as w
      left join everwatch_private.alerts as a on a.resource_id = w.id::text and a.state <> 'resolved'
      where w.org_id = ${orgId}
        and case when a.state = 'firing' then a.severity end is distinct from
          case when w.consecutive_failures >= 10 then 'critical'
            when w.consecutive_failures >= 5 then 'warning' end`
    expect(disagreeing).toEqual([])
    const twice = await db.sql`
      select resource_id from everwatch_private.alerts where org_id = ${orgId}
      group by resource_id having count(*) > 1`
    expect(twice).toEqual([])
  })
})

describe('an evaluation of all orgs', () => {
  it('returns at once while another runs', async () => {
    await db.sql.begin(async (sql) => {
      await sql`select everwatch_private.evaluate_alerts()`
      await expect(evaluate(db, new Date())).rejects.toThrow('skipped')
    })
    await evaluate(db, new Date())
  })

  it('leaves alone an alert that is being judged by whoever tracks a delivery', async () => {
    const orgId = await createOrg(db)
    const webhookId = await createWebhook(db, orgId)
    await addDeliveries(db, webhookId, { status: 'failed', count: 5 })
    const before = await historyOf(db, orgId)
    await db.sql.begin(async (tracker) => {
      await tracker`
        insert into everwatch.webhook_deliveries (webhook_id, status, duration_ms)
        values (${webhookId}, 'sent', 1)`
      await evaluate(db, new Date(Date.now() + 5 * 3_600_000), orgId)
      expect(await historyOf(db, orgId)).toEqual(before)
    })
    expect(await historyOf(db, orgId)).toEqual([...before, 'recovering warning'])
  })
})
