import { beforeAll, describe, expect, it } from 'vitest'
import { createDatabase, type TestDatabase } from '../support/database.ts'
import { createOrg, createWebhook } from '../support/fixtures.ts'
import { addDeliveries } from '../support/add-rows.ts'
import { columnsOf, readView, refresh } from '../support/views.ts'

let db: TestDatabase
beforeAll(async () => {
  db = await createDatabase()
})

const view = 'v_webhook_health'
const day = 86_400_000
const daysAgo = (days: number): Date => new Date(Date.now() - days * day)

describe('v_webhook_health', () => {
  it('has the columns that readers know, in their order', async () => {
    expect(await columnsOf(db, view)).toEqual([
      'webhook_id',
      'org_id',
      'url',
      'enabled',
      'consecutive_failures',
      'last_success_at',
      'last_failure_at',
      'health_status',
      'failure_rate_24h',
      'days_since_last_success',
      'health_reason',
    ])
  })

  it.each([
    {
      failures: 0,
      created: 0,
      health: 'inactive',
      why: 'no_data',
      reason: 'nothing was delivered',
    },
    {
      failures: 0,
      created: 8,
      health: 'inactive',
      why: 'no_data',
      reason: 'nothing was ever delivered',
    },
    { failures: 4, created: 6.9, health: 'healthy', reason: 'its first 7 days are not over' },
    {
      failures: 4,
      created: 7.1,
      health: 'inactive',
      why: 'no_success',
      reason: 'it never succeeded in 7 days',
    },
    {
      failures: 0,
      created: 30,
      success: '6 days 23 hours',
      health: 'healthy',
      reason: 'it succeeded',
    },
    {
      failures: 0,
      created: 30,
      success: '7 days 1 minute',
      health: 'inactive',
      why: 'no_success',
      reason: 'it is silent',
    },
    { failures: 4, created: 0, health: 'healthy', reason: '4 failures are not 5' },
    {
      failures: 5,
      created: 0,
      health: 'warning',
      why: 'consecutive_failures',
      reason: '5 failures are a warning',
    },
    {
      failures: 9,
      created: 0,
      health: 'warning',
      why: 'consecutive_failures',
      reason: '9 failures are not 10',
    },
    {
      failures: 10,
      created: 0,
      health: 'critical',
      why: 'consecutive_failures',
      reason: '10 failures are critical',
    },
    {
      failures: 10,
      created: 30,
      health: 'critical',
      why: 'consecutive_failures',
      reason: 'failing is worse than silent',
    },
    {
      failures: 10,
      created: 30,
      enabled: false,
      health: 'disabled',
      why: 'disabled',
      reason: 'nobody expects it',
    },
  ])('calls a webhook $health when $reason', async (webhook) => {
    const orgId = await createOrg(db)
    const id = await createWebhook(db, orgId, {
      enabled: webhook.enabled ?? true,
      created_at: daysAgo(webhook.created),
    })
    if (webhook.success) await addDeliveries(db, id, { ago: webhook.success })
    await addDeliveries(db, id, { status: 'failed', count: webhook.failures })
    expect(await readView(db, view, orgId)).toMatchObject([
      {
        consecutive_failures: webhook.failures,
        health_status: webhook.health,
        health_reason: webhook.why ?? null,
      },
    ])
  })

  it('knows nothing of a webhook while its first delivery is pending', async () => {
    const orgId = await createOrg(db)
    await addDeliveries(db, await createWebhook(db, orgId), { status: 'pending' })
    expect(await readView(db, view, orgId)).toMatchObject([{ health_reason: 'no_data' }])
  })

  it('remembers the last success of a webhook whose deliveries have expired', async () => {
    const orgId = await createOrg(db)
    const id = await createWebhook(db, orgId, { created_at: daysAgo(30) })
    await addDeliveries(db, id, { ago: '20 days' })
    await refresh(db)
    const [row] = await db.sql<[{ partition: string }]>`
      select tableoid::regclass::text as partition from everwatch.webhook_deliveries where webhook_id = ${id}`
    await db.sql.unsafe(`drop table ${row.partition}`)
    expect(await readView(db, view, orgId)).toMatchObject([
      { health_reason: 'no_success', days_since_last_success: 20 },
    ])
  })

  it('measures the failures of the last 24 hours, without pending deliveries', async () => {
    const orgId = await createOrg(db)
    const id = await createWebhook(db, orgId)
    await addDeliveries(db, id, { status: 'failed', ago: '23 hours 59 minutes' })
    await addDeliveries(db, id, { status: 'failed', ago: '24 hours 1 minute', count: 5 })
    await addDeliveries(db, id, { count: 2 })
    await addDeliveries(db, id, { status: 'pending', count: 5 })
    expect(await readView(db, view, orgId)).toMatchObject([{ failure_rate_24h: 33.33 }])
  })

  it('has no failure rate and no days where there is nothing to measure', async () => {
    const orgId = await createOrg(db)
    await createWebhook(db, orgId)
    expect(await readView(db, view, orgId)).toMatchObject([
      { failure_rate_24h: null, last_success_at: null, days_since_last_success: null },
    ])
  })

  it('counts whole days since the last success', async () => {
    const orgId = await createOrg(db)
    const id = await createWebhook(db, orgId)
    await addDeliveries(db, id, { ago: '2 days 23 hours' })
    expect(await readView(db, view, orgId)).toMatchObject([{ days_since_last_success: 2 }])
  })

  it('is live: a success is seen at once', async () => {
    const orgId = await createOrg(db)
    const id = await createWebhook(db, orgId, { created_at: daysAgo(8) })
    expect(await readView(db, view, orgId)).toMatchObject([{ health_status: 'inactive' }])
    await addDeliveries(db, id)
    expect(await readView(db, view, orgId)).toMatchObject([{ health_status: 'healthy' }])
  })
})
