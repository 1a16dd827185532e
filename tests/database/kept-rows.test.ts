import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createDatabase, type TestDatabase } from '../support/database.ts'
import { createOrg, createRule, createSegment, createWebhook } from '../support/fixtures.ts'
import { addDeliveries, addExecutions } from '../support/add-rows.ts'
import { refresh } from '../support/views.ts'

let db: TestDatabase
let orgId: string
let webhooks: string[]
let rule: string
let segment: string

beforeAll(async () => {
  db = await createDatabase()
})
beforeEach(async () => {
  orgId = await createOrg(db)
  webhooks = [await createWebhook(db, orgId), await createWebhook(db, orgId)]
  segment = await createSegment(db, orgId)
  rule = await createRule(db, orgId, { segment_id: segment })
  await createRule(db, orgId)
  await refresh(db)
})

/** Where each row of the org is stored, by the id of its webhook or rule. */
async function places(): Promise<Map<string, string>> {
  const rows = await db.sql<{ id: string; place: string }[]>`
    select webhook_id as id, xmin || ' ' || xmax || ctid as place from everwatch.mv_webhook_performance
    where org_id = ${orgId}
    union all
    select rule_id, xmin || ' ' || xmax || ctid from everwatch.mv_rule_performance
    where org_id = ${orgId}`
  return new Map(rows.map(({ id, place }) => [id, place]))
}

/** Which rows of the org a refresh writes, or deletes: a row that is written has another place. */
async function writtenBy(
  refreshing: () => Promise<unknown> = () => refresh(db),
): Promise<string[]> {
  const before = await places()
  await refreshing()
  const after = await places()
  const ids = new Set([...before.keys(), ...after.keys()])
  return [...ids].filter((id) => before.get(id) !== after.get(id)).toSorted()
}

const at = (ahead: string) => () => db.sql`
  select everwatch_private.refresh_views(now() + ${ahead}::interval)`

describe('a refresh', () => {
  it('writes nothing when nothing is new', async () => {
    expect(await writtenBy()).toEqual([])
  })

  it('writes the row of the webhook that has a new delivery, and no other', async () => {
    await addDeliveries(db, webhooks[0]!)
    expect(await writtenBy()).toEqual([webhooks[0]])
  })

  it('writes the row of the rule that ran, and no other', async () => {
    await addExecutions(db, rule)
    expect(await writtenBy()).toEqual([rule])
  })

  it('writes nothing for a change that changes nothing', async () => {
    await db.sql`update everwatch.webhooks set url = url where org_id = ${orgId}`
    expect(await writtenBy()).toEqual([])
  })

  it.each([
    [
      'url',
      () =>
        db.sql`update everwatch.webhooks set url = 'https://b.example' where id = ${webhooks[1]!}`,
      () => webhooks[1],
    ],
    [
      'enabled',
      () => db.sql`update everwatch.webhooks set enabled = false where id = ${webhooks[1]!}`,
      () => webhooks[1],
    ],
    [
      'name',
      () => db.sql`update everwatch.automation_rules set name = 'Other' where id = ${rule}`,
      () => rule,
    ],
    [
      'segment’s size',
      () => db.sql`update everwatch.segments set member_count = 7 where id = ${segment}`,
      () => rule,
    ],
    [
      'segment, which goes',
      () => db.sql`delete from everwatch.segments where id = ${segment}`,
      () => rule,
    ],
    [
      'end',
      () => db.sql`delete from everwatch.webhooks where id = ${webhooks[0]!}`,
      () => webhooks[0],
    ],
  ])('writes the one row that shows another %s', async (_, change, which) => {
    await change()
    expect(await writtenBy()).toEqual([which()])
  })

  it.each(['24 hours', '7 days'])('writes the row whose delivery leaves the %s', async (window) => {
    await addDeliveries(db, webhooks[0]!, {
      ago: window
        .replace('24 hours', '23 hours 50 minutes')
        .replace('7 days', '6 days 23 hours 50 minutes'),
    })
    await addExecutions(db, rule, { ago: '1 hour' })
    await refresh(db)
    expect(await writtenBy(at('5 minutes'))).toEqual([])
    expect(await writtenBy(at('15 minutes'))).toEqual([webhooks[0]])
    // The clock goes back.
    expect(await writtenBy()).toEqual([webhooks[0]])
  })

  it('finds what was written without triggers once history is rolled up', async () => {
    await db.sql.begin(async (sql) => {
      await sql`alter table everwatch.webhooks disable trigger touch_updated`
      await sql`update everwatch.webhooks set url = 'https://c.example' where id = ${webhooks[0]!}`
      await sql`alter table everwatch.webhooks enable trigger touch_updated`
    })
    expect(await writtenBy()).toEqual([])
    await db.sql`select everwatch_private.start_backfill()`
    expect(await writtenBy()).toEqual([webhooks[0]])
  })

  it('finds webhooks gone that a truncate took', async () => {
    await db.sql`truncate everwatch.webhooks cascade`
    expect(await writtenBy()).toEqual(webhooks.toSorted())
    expect(await db.sql`select from everwatch_private.totals where source = 'delivery'`).toEqual([])
  })
})

describe('whoever changes a webhook', () => {
  it('waits for no refresh, and no refresh for them', async () => {
    await db.sql.begin(async (refreshing) => {
      await refreshing`select everwatch.refresh_monitoring_views()`
      await db.sql.begin(async (sql) => {
        await sql`set local lock_timeout = '1s'`
        await sql`update everwatch.webhooks set url = 'https://d.example' where id = ${webhooks[0]!}`
        await addDeliveries(db, webhooks[1]!)
      })
    })
    expect(await writtenBy()).toEqual(webhooks.toSorted())
  })
})
