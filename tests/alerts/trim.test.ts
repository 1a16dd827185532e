import { beforeAll, expect, it } from 'vitest'
import { createDatabase, type TestDatabase } from '../support/database.ts'
import { createOrg } from '../support/fixtures.ts'
import { insightsOf, statement, stateInsights } from '../support/insights.ts'

let db: TestDatabase
let orgId: string
beforeAll(async () => {
  db = await createDatabase()
  orgId = await createOrg(db)
})

it('The daily trim keeps alerts and silences for a year, and those that are open for ever', async () => {
  await db.sql`
    insert into everwatch_private.alerts (org_id, type, severity, resource_type, resource_id, resource_name,
      message, value, threshold, state, started_at, fired_at, resolved_at)
    select ${orgId}, 'webhook_failure', 'warning', 'webhook', ago, ago, 'failures', 5, 5,
      case when resolved then 'resolved' else 'firing' end, t, t, case when resolved then t end
    from (values ('400 days', true), ('400 days', false), ('300 days', true)) as _ (ago, resolved),
      lateral (select now() - ago::interval) as __ (t)`
  await db.sql`
    insert into everwatch_private.silences (org_id, matchers, reason, ends_at)
    select ${orgId}, '{}', ago, now() - ago::interval
    from unnest(array['400 days', '300 days', '-1 day']) as ago`
  await db.sql`select everwatch_private.trim_alerts()`
  const alerts =
    await db.sql`select resource_id, state from everwatch_private.alerts order by state`
  expect(alerts).toEqual([
    { resource_id: '400 days', state: 'firing' },
    { resource_id: '300 days', state: 'resolved' },
  ])
  const silences = await db.sql`select reason from everwatch_private.silences order by ends_at`
  expect(silences).toEqual([{ reason: '300 days' }, { reason: '-1 day' }])
})

const ago = (days: number): Date => new Date(Date.now() - days * 86_400_000)

it('The daily trim keeps insights for a year after they ended, and those that are open for ever', async () => {
  const say = (days: number, ...others: string[]): Promise<void> => {
    const statements = ['open', ...others].map((sentence) =>
      statement(orgId, { sentence, metric: sentence }),
    )
    return stateInsights(db, 'cost', statements, ago(days))
  }
  await say(800, 'ended long ago')
  await say(400, 'ended lately')
  await say(300)
  await db.sql`select everwatch_private.trim_alerts()`
  const kept = await insightsOf(db, orgId)
  expect(kept.map(({ sentence }) => sentence)).toEqual(['open', 'ended lately'])
})

it.each([
  ['alerts', '29 days', 'less than a month'],
  ['alerts', '21 years', 'more than there will be'],
  ['raw_rows', '30 days', 'set in rollup_settings'],
])('The owner cannot keep %s for %s: %s', async (kind, length) => {
  await expect(
    db.sql`update everwatch_private.retentions set kept_for = ${length}::interval where kind = ${kind}`,
  ).rejects.toMatchObject({ code: '23514' })
})

it('The daily trim keeps silences for as long as the owner says', async () => {
  await db.sql`
    insert into everwatch_private.silences (org_id, matchers, reason, ends_at)
    select ${orgId}, '{}', ago || ' ago', now() - ago::interval from unnest(array['50 days', '40 days']) as ago`
  await db.sql.begin(async (sql) => {
    await sql`update everwatch_private.retentions set kept_for = '45 days' where kind = 'silences'`
    await sql`select everwatch_private.trim_alerts()`
    await sql`update everwatch_private.retentions set kept_for = null where kind = 'silences'`
  })
  const kept = await db.sql`select reason from everwatch_private.silences where reason like '% ago'`
  expect(kept).toEqual([{ reason: '40 days ago' }])
})

it('The daily trim keeps for a week what the evaluation recorded of itself', async () => {
  await db.sql`
    insert into everwatch_private.evaluation_runs (at, duration_ms, events, failed_types)
    select now() - ago::interval, 1, 0, '{}' from unnest(array['8 days', '6 days']) as ago`
  await db.sql`
    insert into everwatch_private.evaluation_errors (at, type, during, error)
    select now() - ago::interval, 'rate_limit', 'evaluation', 'broken'
    from unnest(array['8 days', '6 days']) as ago`
  await db.sql`select everwatch_private.trim_alerts()`
  for (const table of ['evaluation_runs', 'evaluation_errors']) {
    const rows = await db.sql`
      select round(extract(epoch from now() - at) / 86400)::int as days
      from ${db.sql(`everwatch_private.${table}`)}`
    expect(rows).toEqual([{ days: 6 }])
  }
})
