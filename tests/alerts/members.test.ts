import type postgres from 'postgres'
import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createDatabase, type TestDatabase } from '../support/database.ts'
import {
  addMember,
  addOneOfEach,
  createOrg,
  createWebhook,
  type Role,
} from '../support/fixtures.ts'
import { addDeliveries } from '../support/add-rows.ts'

type Caller = Role | 'stranger'

let db: TestDatabase
let orgId: string
let people: Record<Caller, string>
beforeAll(async () => {
  db = await createDatabase()
})
beforeEach(async () => {
  orgId = await createOrg(db)
  const stranger = await addMember(db, await createOrg(db), 'owner')
  people = { ...(await addOneOfEach(db, orgId)), stranger }
})

/** Makes a webhook fail; returns the id of its alert. */
async function raiseAlert(): Promise<string> {
  const webhookId = await createWebhook(db, orgId)
  await addDeliveries(db, webhookId, { status: 'failed', count: 5 })
  const [alert] = await db.sql<[{ id: string }]>`
    select id from everwatch_private.alerts where resource_id = ${webhookId}`
  return alert.id
}

const typeOf: Record<string, string> = { matchers: 'jsonb', until: 'timestamptz', reason: 'text' }

/** Calls a function by its arguments' names; `ok`, or the code and detail of the refusal. */
async function call(
  caller: Caller | 'server',
  name: string,
  args: Record<string, unknown>,
): Promise<string> {
  const list = Object.keys(args).map(
    (arg, index) => `${arg} => $${index + 1}::text::${typeOf[arg] ?? 'uuid'}`,
  )
  const run = (sql: postgres.TransactionSql): Promise<unknown> =>
    sql.unsafe(`select everwatch.${name}(${list.join(', ')})`, Object.values(args) as string[])
  const done = caller === 'server' ? db.asService(run) : db.asUser(people[caller], run)
  return done.then(
    () => 'ok',
    ({ code, detail }: { code: string; detail: string }) => `${code} ${detail}`,
  )
}

const inAnHour = (): string => new Date(Date.now() + 3_600_000).toISOString()

function silence(fields: Record<string, unknown> = {}): Record<string, unknown> {
  const usual = { matchers: { type: 'webhook_*' }, until: inAnHour(), reason: 'we are moving' }
  const { matchers, ...rest } = { ...usual, org_id: orgId, ...fields }
  return { ...rest, matchers: JSON.stringify(matchers) }
}

const allBut: [Caller | 'server', string][] = [
  ['owner', 'ok'],
  ['admin', 'ok'],
  ['member', 'ok'],
  ['server', 'ok'],
  ['viewer', 'PT403 not_allowed'],
]

describe('acknowledging an alert', () => {
  it.each([...allBut, ['stranger', 'PT404 alert_not_found'] as const])(
    'by the %s: %s',
    async (caller, expected) => {
      const alert_id = await raiseAlert()
      expect(await call(caller, 'acknowledge_alert', { alert_id })).toBe(expected)
      const [alert] = await db.asUser(
        people.viewer,
        (sql) => sql`
          select acknowledged_by, acknowledged_at is not null as acknowledged
          from everwatch.v_alerts where id = ${alert_id}`,
      )
      expect(alert).toEqual({
        acknowledged: expected === 'ok',
        acknowledged_by: expected === 'ok' && caller !== 'server' ? people[caller] : null,
      })
    },
  )

  it('stands in its history with who did it, and so does taking it back', async () => {
    const alert_id = await raiseAlert()
    await call('member', 'acknowledge_alert', { alert_id, until: inAnHour() })
    await call('admin', 'unacknowledge_alert', { alert_id })
    const history = await db.asUser(
      people.viewer,
      (sql) => sql`
        select kind, actor from everwatch.v_alert_history where alert_id = ${alert_id} order by id`,
    )
    expect(history).toEqual([
      { kind: 'fired', actor: null },
      { kind: 'acknowledged', actor: people.member },
      { kind: 'unacknowledged', actor: people.admin },
    ])
  })

  it('is refused until a time that is past or never comes, and of what is resolved', async () => {
    const alert_id = await raiseAlert()
    for (const until of ['2020-01-01', 'infinity']) {
      expect(await call('owner', 'acknowledge_alert', { alert_id, until })).toBe(
        'PT400 invalid_until',
      )
    }
    await db.sql`
      update everwatch_private.alerts set state = 'resolved', resolved_at = now() where id = ${alert_id}`
    expect(await call('owner', 'acknowledge_alert', { alert_id })).toBe('PT409 resolved')
  })
})

describe('silencing alerts', () => {
  it.each([...allBut, ['stranger', 'PT403 not_a_member'] as const])(
    'by the %s: %s',
    async (caller, expected) => {
      expect(await call(caller, 'silence_alerts', silence())).toBe(expected)
      const silences = await db.asUser(
        people.viewer,
        (sql) => sql`select active, reason, created_by from everwatch.v_silences`,
      )
      const created_by = caller === 'server' ? null : people[caller]
      const made = { active: true, reason: 'we are moving', created_by }
      expect(silences).toEqual(expected === 'ok' ? [made] : [])
    },
  )

  it.each([...allBut, ['stranger', 'PT404 silence_not_found'] as const])(
    'is ended by the %s: %s',
    async (caller, expected) => {
      await call('owner', 'silence_alerts', silence())
      const [made] = await db.sql`select id from everwatch_private.silences where org_id = ${orgId}`
      expect(await call(caller, 'end_silence', { silence_id: made?.['id'] })).toBe(expected)
      const [after] = await db.sql`select active from everwatch.v_silences where org_id = ${orgId}`
      expect(after).toEqual({ active: expected !== 'ok' })
    },
  )

  it('holds back what fires from then on', async () => {
    await call('member', 'silence_alerts', silence())
    const alertId = await raiseAlert()
    const history = await db.sql`
      select kind, suppressed_by from everwatch.v_alert_history where alert_id = ${alertId}`
    expect(history).toEqual([{ kind: 'fired', suppressed_by: 'silence' }])
  })

  it.each([
    [{ until: '2020-01-01T00:00:00Z' }, 'invalid_until', 'it is over'],
    [{ until: 'infinity' }, 'invalid_until', 'it is forgotten by then'],
    [{ reason: '' }, 'invalid_reason', 'nobody will know why'],
    [{ reason: 'x'.repeat(1001) }, 'invalid_reason', 'nobody will read it'],
    [{ matchers: [] }, 'invalid_matchers', 'it is no object'],
    [{ matchers: { cats: 'many' } }, 'invalid_matchers', 'alerts have no cats'],
    [{ matchers: { type: 1 } }, 'invalid_matchers', 'a type is a text'],
    [{ matchers: { type: '' } }, 'invalid_matchers', 'nothing is empty'],
  ])('is refused with %j: %s, since %s', async (fields, detail, _reason) => {
    expect(await call('owner', 'silence_alerts', silence(fields))).toBe(`PT400 ${detail}`)
  })

  it('is refused beyond 100 at a time, each of which is looked at for each notification', async () => {
    await db.sql`
      insert into everwatch_private.silences (org_id, matchers, reason, ends_at)
      select ${orgId}, '{}', 'many', now() + interval '1 hour' from generate_series(1, 99)`
    expect(await call('owner', 'silence_alerts', silence())).toBe('ok')
    expect(await call('owner', 'silence_alerts', silence())).toBe('PT409 too_many_silences')
    await db.sql`update everwatch_private.silences set ends_at = now() where org_id = ${orgId}`
    expect(await call('owner', 'silence_alerts', silence())).toBe('ok')
  })

  it('of the operator’s own alerts is for the secret key', async () => {
    expect(await call('server', 'silence_alerts', silence({ org_id: null }))).toBe('ok')
    const silences =
      await db.sql`select reason from everwatch_private.silences where org_id is null`
    expect(silences).toHaveLength(1)
  })
})
