import { beforeEach, describe, expect, it } from 'vitest'
import { clock, evaluate, historyOf, openAlerts } from '../support/alerts.ts'
import { createDatabase, type TestDatabase } from '../support/database.ts'
import { createOrg, createWebhook } from '../support/fixtures.ts'
import { addDeliveries, addRequests, addWindow } from '../support/add-rows.ts'
import { readView } from '../support/views.ts'

let db: TestDatabase
let orgId: string
beforeEach(async () => {
  db = await createDatabase()
  orgId = await createOrg(db)
})

/** Breaks an internal function; returns what mends it. */
async function breakFunction(signature: string): Promise<() => Promise<unknown>> {
  const [{ definition }] = await db.sql.unsafe<[{ definition: string }]>(
    `select pg_get_functiondef('everwatch_private.${signature}'::regprocedure) as definition`,
  )
  const [head] = definition.split(/^AS /m)
  await db.sql.unsafe(`${head} as $$ begin raise exception 'out of order'; end $$`)
  return () => db.sql.unsafe(definition)
}

const errors = async (): Promise<unknown[]> => [
  ...(await db.sql`select type, during, error from everwatch_private.evaluation_errors order by id`),
]

async function trackTenFailures(webhookId: string): Promise<void> {
  for (let n = 0; n < 10; n += 1) await addDeliveries(db, webhookId, { status: 'failed' })
  const [webhook] = await db.sql`
    select consecutive_failures,
      (select count(*)::int from everwatch.webhook_deliveries as d where d.webhook_id = w.id)
        as deliveries
    from everwatch.webhooks as w where id = ${webhookId}`
  expect(webhook).toEqual({ consecutive_failures: 10, deliveries: 10 })
}

describe('a type of alert that cannot be judged', () => {
  it('is recorded and told the operator, and all others are judged', async () => {
    const at = clock()
    await breakFunction('api_error_rate_conditions(timestamptz, uuid)')
    await addRequests(db, orgId, { status_code: 500, count: 30 })
    await addWindow(db, orgId, { request_count: 95 })
    await expect(evaluate(db, at(0))).rejects.toThrow('failed api_error_rate: P0001: out of order')
    expect(await openAlerts(db, orgId)).toMatchObject([{ type: 'rate_limit', state: 'firing' }])
    expect(await openAlerts(db, null)).toMatchObject([
      {
        type: 'evaluation_failed',
        severity: 'critical',
        message: 'Alerts of type api_error_rate could not be judged: P0001: out of order',
      },
    ])
  })

  it('keeps its alerts as they are, for no data is not health', async () => {
    const at = clock()
    await addWindow(db, orgId, { request_count: 95 })
    await evaluate(db, at(0))
    const mend = await breakFunction('rate_limit_conditions(timestamptz, uuid)')
    for (const minute of [5, 10]) await evaluate(db, at(minute)).catch(() => undefined)
    expect(await openAlerts(db, orgId)).toMatchObject([{ state: 'firing' }])

    await mend()
    for (const minute of [11, 16, 21]) await evaluate(db, at(minute))
    expect(await openAlerts(db, orgId)).toEqual([])
    // Nothing is refreshed while time passes here, which is an alert of its own.
    expect(await openAlerts(db, null)).toMatchObject([{ type: 'refresh_late' }])
    expect(await historyOf(db, null, '%could not be judged%')).toEqual([
      'fired critical',
      'recovering critical',
      'resolved critical',
    ])
  })

  it('is missing from the conditions that are true now, and the others are not', async () => {
    await breakFunction('api_error_rate_conditions(timestamptz, uuid)')
    await addRequests(db, orgId, { status_code: 500, count: 30 })
    await addWindow(db, orgId, { request_count: 95 })
    expect(await readView(db, 'v_alert_conditions', orgId)).toMatchObject([{ type: 'rate_limit' }])
  })

  it('is also one that has a policy and no conditions at all', async () => {
    await db.sql`
      insert into everwatch_private.alert_policies (type, scope, unit, warning)
      values ('full_moon', 'org', 'nights', 1)`
    await expect(evaluate(db, new Date())).rejects.toThrow(/full_moon: 42883/)
  })
})

describe('a delivery whose webhook cannot be judged', () => {
  it('is tracked; the failure is recorded once a minute, and the evaluation catches up', async () => {
    const mend = await breakFunction('webhook_failures(uuid[])')
    await trackTenFailures(await createWebhook(db, orgId))
    expect(await errors()).toEqual([
      { type: 'webhook_failure', during: 'delivery', error: 'P0001: out of order' },
    ])
    expect(await openAlerts(db, orgId)).toEqual([])

    await mend()
    await evaluate(db, new Date())
    expect(await openAlerts(db, orgId)).toMatchObject([{ severity: 'critical', state: 'firing' }])
    expect(await openAlerts(db, null)).toMatchObject([{ type: 'evaluation_failed' }])
  })

  it('is tracked, too, when what an alert sets off fails', async () => {
    await db.sql.unsafe(`
      create function everwatch_private.fail() returns trigger language plpgsql
      as $$ begin raise exception 'no outbox'; end $$;
      create trigger fail after insert on everwatch_private.alert_events
      for each row execute function everwatch_private.fail()`)
    await trackTenFailures(await createWebhook(db, orgId))
    expect(await errors()).toMatchObject([{ during: 'delivery', error: 'P0001: no outbox' }])

    await db.sql`drop trigger fail on everwatch_private.alert_events`
    await evaluate(db, new Date())
    expect(await historyOf(db, orgId)).toEqual(['fired critical'])
  })

  it('is tracked when somebody holds the alert’s row, and waits no longer than seconds', async () => {
    const webhookId = await createWebhook(db, orgId)
    await addDeliveries(db, webhookId, { status: 'failed', count: 9 })
    await db.sql.begin(async (holder) => {
      await holder`select from everwatch_private.alerts where org_id = ${orgId} for update`
      await addDeliveries(db, webhookId, { status: 'failed' })
    })
    expect(await errors()).toMatchObject([{ error: expect.stringMatching(/^55P03/) as string }])
    expect(await openAlerts(db, orgId)).toMatchObject([{ severity: 'warning' }])
    await evaluate(db, new Date())
    expect(await openAlerts(db, orgId)).toMatchObject([{ severity: 'critical' }])
  })
})
