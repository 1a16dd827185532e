import { beforeAll, describe, expect, it } from 'vitest'
import { createDatabase, type TestDatabase } from '../support/database.ts'
import { createOrg, createWebhook } from '../support/fixtures.ts'
import { addDeliveries } from '../support/add-rows.ts'
import { columnsOf, readView, refresh } from '../support/views.ts'
import { within } from '../support/within.ts'

let db: TestDatabase
beforeAll(async () => {
  db = await createDatabase()
})

const view = 'mv_webhook_performance'

async function performance(orgId: string): Promise<Record<string, unknown> | undefined> {
  await refresh(db)
  const [row] = await readView(db, view, orgId)
  return row
}

describe('mv_webhook_performance', () => {
  it('has the columns that readers know, in their order', async () => {
    expect(await columnsOf(db, view)).toEqual([
      'webhook_id',
      'org_id',
      'url',
      'enabled',
      'consecutive_failures',
      'last_success_at',
      'last_failure_at',
      'created_at',
      'total_deliveries',
      'successful_deliveries',
      'failed_deliveries',
      'pending_deliveries',
      'success_rate_pct',
      'avg_duration_ms',
      'p95_duration_ms',
      'max_duration_ms',
      'deliveries_24h',
      'failures_24h',
      'deliveries_7d',
      'failures_7d',
    ])
  })

  it('shows a webhook that never delivered, with no rate and no durations', async () => {
    const orgId = await createOrg(db)
    const webhookId = await createWebhook(db, orgId)
    expect(await performance(orgId)).toMatchObject({
      webhook_id: webhookId,
      last_success_at: null,
      total_deliveries: 0,
      success_rate_pct: null,
      avg_duration_ms: null,
      p95_duration_ms: null,
      max_duration_ms: null,
      deliveries_7d: 0,
    })
  })

  it('measures no rate while all deliveries are pending', async () => {
    const orgId = await createOrg(db)
    await addDeliveries(db, await createWebhook(db, orgId), { status: 'pending', count: 3 })
    expect(await performance(orgId)).toMatchObject({
      total_deliveries: 3,
      pending_deliveries: 3,
      success_rate_pct: null,
      avg_duration_ms: null,
    })
  })

  it('counts pending deliveries in the total, but not in the rate', async () => {
    const orgId = await createOrg(db)
    const webhookId = await createWebhook(db, orgId)
    await addDeliveries(db, webhookId, { count: 2 })
    await addDeliveries(db, webhookId, { status: 'failed' })
    await addDeliveries(db, webhookId, { status: 'pending', count: 7 })
    expect(await performance(orgId)).toMatchObject({
      total_deliveries: 10,
      successful_deliveries: 2,
      failed_deliveries: 1,
      pending_deliveries: 7,
      success_rate_pct: 66.67,
    })
  })

  it('knows the 95th percentile of the durations within 1%, interpolated', async () => {
    const orgId = await createOrg(db)
    const durations = Array.from({ length: 100 }, (_, index) => index + 1)
    await addDeliveries(db, await createWebhook(db, orgId), { durations })
    const row = await performance(orgId)
    expect(row).toMatchObject({ avg_duration_ms: 50.5, max_duration_ms: 100 })
    expect(row?.['p95_duration_ms']).toSatisfy(within(0.01, 95.05))
  })

  it('knows it exactly where durations are short', async () => {
    const orgId = await createOrg(db)
    await addDeliveries(db, await createWebhook(db, orgId), { durations: [0, 7, 8, 40] })
    // Between 8 and 40 at 0.95 * 3: 8 + 0.85 * 32.
    expect(await performance(orgId)).toMatchObject({ p95_duration_ms: 35.2 })
  })

  it('shows no percentile above the maximum', async () => {
    const orgId = await createOrg(db)
    // The least of the durations that count as one: the middle of these is above it.
    const durations = [Math.floor(1.02 ** 580) + 1]
    await addDeliveries(db, await createWebhook(db, orgId), { durations })
    expect(await performance(orgId)).toMatchObject({ p95_duration_ms: durations[0] })
  })

  it('counts a window up to its edge', async () => {
    const orgId = await createOrg(db)
    const webhookId = await createWebhook(db, orgId)
    const status = 'failed'
    await addDeliveries(db, webhookId, { status, ago: '23 hours 59 minutes' })
    await addDeliveries(db, webhookId, { status, ago: '24 hours 1 minute', count: 2 })
    await addDeliveries(db, webhookId, { status, ago: '6 days 23 hours 59 minutes', count: 4 })
    await addDeliveries(db, webhookId, { status, ago: '7 days 1 minute', count: 8 })
    await addDeliveries(db, webhookId, { ago: '23 hours 59 minutes', count: 16 })
    expect(await performance(orgId)).toMatchObject({
      total_deliveries: 31,
      deliveries_24h: 17,
      failures_24h: 1,
      deliveries_7d: 23,
      failures_7d: 7,
    })
  })

  it('knows the last success, however many failures came after it', async () => {
    const orgId = await createOrg(db)
    const webhookId = await createWebhook(db, orgId)
    await addDeliveries(db, webhookId, { ago: '3 days' })
    await addDeliveries(db, webhookId, { status: 'failed', count: 20 })
    const { last_success_at } = (await performance(orgId)) ?? {}
    const days = (Date.now() - Date.parse(String(last_success_at))) / 86_400_000
    expect(days).toBeCloseTo(3, 2)
  })

  it('shows what was so at the refresh, not what happened since', async () => {
    const orgId = await createOrg(db)
    const webhookId = await createWebhook(db, orgId)
    await refresh(db)
    await addDeliveries(db, webhookId)
    expect((await readView(db, view, orgId))[0]).toMatchObject({ total_deliveries: 0 })
  })
})
