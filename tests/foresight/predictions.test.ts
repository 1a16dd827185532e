import type { TransactionSql } from 'postgres'
import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { clock } from '../support/alerts.ts'
import { createDatabase, type TestDatabase } from '../support/database.ts'
import { addMember, createOrg, createWebhook } from '../support/fixtures.ts'
import { addDeliveries, addWindow } from '../support/add-rows.ts'
import { insightsOf } from '../support/insights.ts'
import { denied, outcome } from '../support/outcome.ts'

let db: TestDatabase
let orgId: string
beforeAll(async () => {
  db = await createDatabase()
})
beforeEach(async () => {
  orgId = await createOrg(db)
  await db.sql`delete from everwatch_private.capacity_samples`
})

const minute = clock()
const day = (days: number): Date => minute(days * 1440)

/** Its minutes are not sampled: only what a test says is known. */
const statePredictions = (at: Date): Promise<unknown> => db.sql`
  select everwatch_private.report_insights('prediction', array(
    select p from everwatch_private.predictions(${at}) as p
  ), ${at})`

const said = async (org: string | null): Promise<string[]> =>
  (await insightsOf(db, org))
    .filter(({ kind, ended_at }) => kind === 'prediction' && ended_at === null)
    .map(({ sentence }) => sentence)

const addSamples = (what: string, samples: [Date, number][]): Promise<unknown> => db.sql`
  insert into everwatch_private.capacity_samples (what, at, value)
  select ${what}, (s ->> 0)::timestamptz, (s ->> 1)::float8
  from jsonb_array_elements(${JSON.stringify(samples)}::text::jsonb) as s`

/** A database that grew by so many bytes in each of the last ten days, and has five billion now. */
const growDaily = (bytes: number): Promise<unknown> =>
  addSamples(
    'disk_bytes',
    Array.from({ length: 11 }, (_, n) => [day(-n), 5e9 - n * bytes]),
  )

interface Forecast {
  what: string
  exhausted_in: number | null
  earliest_in: number | null
  latest_in: number | null
}

/** In days, and for the outbox in minutes. */
const forecast = async (what: string): Promise<Forecast | undefined> => {
  const [row] = await db.sql<Forecast[]>`
    select what,
      extract(epoch from exhausted_at - ${minute(0)})::float8 / u.seconds as exhausted_in,
      extract(epoch from earliest - ${minute(0)})::float8 / u.seconds as earliest_in,
      extract(epoch from latest - ${minute(0)})::float8 / u.seconds as latest_in
    from everwatch_private.capacity_forecast(${minute(0)})
    cross join lateral (select case what when 'disk_bytes' then 86400 else 60 end) as u (seconds)
    where what = ${what}`
  return row
}

const setLimit = async (sql: TransactionSql): Promise<{ count: number }> =>
  sql`update everwatch_private.capacity_limits set limit_value = 8e9 where what = 'disk_bytes'`

describe('the operator', () => {
  it('is told when the disk will pass the limit', async () => {
    await growDaily(1e8)
    expect(await forecast('disk_bytes')).toMatchObject({
      exhausted_in: expect.closeTo(30) as number,
      earliest_in: expect.closeTo(30) as number,
    })
    await db.sql`
      update everwatch_private.capacity_limits set warn_within = '31 days' where what = 'disk_bytes'`
    await statePredictions(minute(0))
    expect(await said(null)).toEqual([
      expect.stringMatching(
        /^The database \(4768 MB\) will pass the limit of 7629 MB in about 30 days \(with 8 chances in 10 in 30 days to 30 days\)$/,
      ),
    ])
  })

  it('is told nothing of a limit that is farther than he asked for', async () => {
    await growDaily(1e6)
    await statePredictions(minute(1))
    expect(await said(null)).toEqual([])
  })

  it('is told less surely the more the growth varied', async () => {
    await addSamples(
      'disk_bytes',
      Array.from({ length: 11 }, (_, n) => [day(-n), 5e9 - n * 1e8 + (n % 2) * 1e8]),
    )
    const found = await forecast('disk_bytes')
    expect(found?.earliest_in).toBeLessThan(25)
    expect(found?.latest_in ?? Infinity).toBeGreaterThan(35)
  })

  it.each<[string, [Date, number][]]>([
    ['is not full, and does not grow', Array.from({ length: 10 }, (_, n) => [day(-n), 5e9])],
    ['shrinks', Array.from({ length: 10 }, (_, n) => [day(-n), 5e9 + n])],
    ['is not known for a week', Array.from({ length: 6 }, (_, n) => [day(-n), 5e9 - n * 1e9])],
  ])('is told nothing of a disk that %s', async (_, samples) => {
    await addSamples('disk_bytes', samples)
    expect(await forecast('disk_bytes')).toMatchObject({ exhausted_in: null, latest_in: null })
  })

  it('is told when the outbox will be too full, and that it is', async () => {
    await addSamples(
      'outbox_waiting',
      Array.from({ length: 12 }, (_, n) => [minute(-5 * n), 6000 - 500 * n]),
    )
    expect(await forecast('outbox_waiting')).toMatchObject({
      exhausted_in: expect.closeTo(40) as number,
    })
    await statePredictions(minute(2))
    expect(await said(null)).toEqual([
      expect.stringMatching(
        /^The notifications that wait \(6000\) will be more than 10000 in about/,
      ),
    ])
    await addSamples('outbox_waiting', [[minute(3), 12000]])
    await statePredictions(minute(4))
    expect(await said(null)).toEqual(['The notifications that wait (12000) are more than 10000'])
  })

  it('is told when no partitions are made ahead any more', async () => {
    const [{ ends }] = await db.sql<[{ ends: Date }]>`
      select min(ends_at) as ends from everwatch_private.partitions_end()`
    await statePredictions(new Date(ends.getTime() - 40 * 86_400_000))
    expect(await said(null)).toEqual([])
    await statePredictions(new Date(ends.getTime() - 10 * 86_400_000))
    expect(await said(null)).toEqual(
      ['api_audit_logs', 'rule_executions', 'webhook_deliveries'].map(
        (table) =>
          expect.stringMatching(
            `^Table ${table}, .* will have none for new rows in about 10 days`,
          ) as string,
      ),
    )
    await statePredictions(ends)
  })

  it('sets the limits, and nobody else sees them', async () => {
    const owner = await addMember(db, orgId, 'owner')
    expect(await outcome(db.sql.begin(setLimit))).toBe('ok')
    expect(await outcome(db.asService(setLimit))).toBe(denied)
    expect(await outcome(db.asUser(owner, setLimit))).toBe(denied)
  })
})

describe('what is sampled', () => {
  it('is one size of the disk a day, and one of the outbox in five minutes', async () => {
    for (const at of [0, 1, 6, 1500])
      await db.sql`select everwatch_private.sample_capacity(${minute(at)})`
    const rows = await db.sql`
      select what, count(*)::integer as samples, bool_and(value > 0) as are_full
      from everwatch_private.capacity_samples group by what order by what`
    expect(rows).toMatchObject([
      { what: 'disk_bytes', samples: 2, are_full: true },
      { what: 'outbox_waiting', are_full: false },
    ])
    expect(rows[1]?.['samples']).toBeGreaterThanOrEqual(3)
  })

  it('is kept as long as it is used', async () => {
    await db.sql`select everwatch_private.sample_capacity(${minute(0)})`
    await db.sql`select everwatch_private.sample_capacity(${day(61)})`
    const rows =
      await db.sql`select at from everwatch_private.capacity_samples where at < ${day(1)}`
    expect(rows).toEqual([])
  })
})

describe('members', () => {
  it('are told that a limit will be used up before its window ends, until it no longer will', async () => {
    await addWindow(db, orgId, {
      ago: '10 minutes',
      window_seconds: 3600,
      request_count: 400,
      limit_max: 1000,
    })
    await statePredictions(new Date())
    expect(await said(orgId)).toEqual([
      expect.stringMatching(
        /^Rate limit of org .* \(400 of 1000 used\) will be used up in about 15 minutes \(with 8 chances in 10 in \d+ minutes to \d+ minutes\)$/,
      ),
    ])
    await statePredictions(minute(55))
    expect(await said(orgId)).toEqual([])
  })

  it('are told nothing of a limit that holds until its window ends', async () => {
    await addWindow(db, orgId, {
      ago: '30 minutes',
      window_seconds: 3600,
      request_count: 400,
      limit_max: 1000,
    })
    await statePredictions(new Date())
    expect(await said(orgId)).toEqual([])
  })

  it('are told when the error budget will be used up', async () => {
    const webhook = await createWebhook(db, orgId)
    await db.sql`select everwatch.set_objective('deliveries', 0.9, ${orgId})`
    await addDeliveries(db, webhook, { at: day(-10), count: 2000 })
    for (const hour of [1, 2, 3, 4, 5, 6]) {
      await addDeliveries(db, webhook, { at: minute(30 - 60 * hour), count: 17, status: 'failed' })
    }
    await statePredictions(new Date())
    expect(await said(orgId)).toEqual([
      expect.stringMatching(
        /^The error budget of "90% of deliveries succeed" \(51% left\) will be used up in about \d+ hours \(with 8 chances in 10 in \d+ hours to \d+ hours\)$/,
      ),
    ])
  })
})
