import postgres from 'postgres'
import { beforeAll, describe, expect, it } from 'vitest'
import { evaluate, openAlerts, setPolicy } from '../support/alerts.ts'
import { createDatabase, type TestDatabase } from '../support/database.ts'
import { addMember, createOrg, createWebhook } from '../support/fixtures.ts'
import { addHours, scoreAt } from '../support/scored-hours.ts'
import { noise } from './series.ts'

const hour = 3_600_000
const days = 28
const tenMinutes = 600_000

/** Ten minutes after the end of a whole hour: of the last one, as soon as that was so long ago. */
const now = new Date(Math.floor((Date.now() - tenMinutes) / hour) * hour + tenMinutes)
const from = new Date(now.getTime() - tenMinutes - days * 24 * hour)
const later = (hours: number): Date => new Date(now.getTime() + hours * hour)

const usual = (n: number): number =>
  Math.round(40 + 10 * Math.cos((n / 24) * 2 * Math.PI) + 3 * noise(n))
const month = Array.from({ length: days * 24 }, (_, n) => usual(n))

let db: TestDatabase
let orgId: string
let busyId: string
beforeAll(async () => {
  db = await createDatabase()
  orgId = await createOrg(db, 'Acme')
  busyId = await createWebhook(db, orgId, { url: 'https://shop.example/hooks' })
  const rareId = await createWebhook(db, orgId, { url: 'https://rare.example/' })
  await addHours(
    db,
    busyId,
    from,
    month,
    month.map((_, n) => Math.round(160 + 20 * noise(n))),
  )
  await addHours(
    db,
    rareId,
    from,
    month.map((_, n) => (n % 12 === 0 ? 1 : 0)),
  )
}, 60_000)

interface Edge {
  at: string
  lower: number
  expected: number
  upper: number
}

interface Watched {
  resource: string
  metric: string
  points: number
}

const watched = (): Promise<Watched[]> => db.sql<Watched[]>`
  select everwatch_private.series_name(w) as resource, metric,
    (select count(*)::integer from everwatch_private.series_scores as s where s.series_id = w.id) as points
  from everwatch_private.watched_series as w order by resource, metric`

/** What is kept of all series, however many runs it took. */
const kept = (): Promise<postgres.RowList<postgres.Row[]>> => db.sql`
  select w.resource_id, w.metric, w.scored_until, w.detector, w.said, w.unusual,
    (select array_agg(s order by s.at) from (
      select at, value, expected, lower, upper, score, unusual
      from everwatch_private.series_scores where series_id = w.id
    ) as s)::text as scores
  from everwatch_private.watched_series as w order by w.resource_id, w.metric`

describe('the schedule', () => {
  it('watches an org’s own series and its busy webhooks, and scores what there is', async () => {
    const answer = await scoreAt(db, now)
    expect(answer).toMatchObject({ status: 'scored', series: 6, points: 6 * days * 24 })
    const scored = days * 24 - 40
    const series = ['deliveries', 'delivery_failure_rate_pct', 'delivery_p95_ms']
    expect(await watched()).toEqual([
      ...series.map((metric) => ({ resource: 'Acme', metric, points: scored })),
      ...series.map((metric) => ({
        resource: 'https://shop.example/hooks',
        metric,
        points: scored,
      })),
    ])
  })

  it('reads no hour twice, and none that is not over', async () => {
    expect(await scoreAt(db, now)).toMatchObject({ status: 'scored', series: 0, points: 0 })
    expect(await scoreAt(db, later(0.5))).toMatchObject({ series: 0, points: 0 })
    const [row] = await db.sql`select max(at) as last from everwatch_private.series_scores`
    expect(row!['last']).toEqual(new Date(now.getTime() - 10 * 60_000 - hour))
  })

  it('scores as score_series does of the same values', async () => {
    const [row] = await db.sql<[{ wrong: number; all: number }]>`
      select count(*) filter (where abs(r.score - s.score) > 1e-9)::integer as wrong, count(*)::integer as all
      from everwatch_private.watched_series as w
      cross join lateral (
        select jsonb_agg(jsonb_build_array(v.at, v.value) order by v.at) as points
        from everwatch_private.series_values(array[w.id], w.scored_until, w.started_at) as v
      ) as v
      cross join lateral everwatch_private.score_series(v.points) as s
      join everwatch_private.series_scores as r on r.series_id = w.id and r.at = s.at`
    expect(row).toEqual({ wrong: 0, all: 6 * (days * 24 - 40) })
  })

  it('skips while another run is at it', async () => {
    await db.sql.begin(async (sql) => {
      await sql`select pg_advisory_xact_lock(hashtextextended('everwatch_private.score_watched_series', 0))`
      expect(await scoreAt(db, now)).toEqual({ status: 'skipped' })
    })
  })

  it('loses nothing, and scores nothing twice, when it is killed in the middle', async () => {
    await addHours(db, busyId, new Date(now.getTime() - 10 * 60_000), [usual(days * 24)], [160])
    const at = later(1)
    await db.sql`select everwatch_private.refresh_views(${at})`
    const before = await kept()
    const victim = postgres(db.urlAs('postgres'), { max: 1, onnotice: () => {} })
    const [session] = await victim<[{ pid: number }]>`select pg_backend_pid() as pid`
    await victim`begin`
    const [{ answer }] = await victim<[{ answer: { points: number } }]>`
      select everwatch_private.score_watched_series(${at}) as answer`
    expect(answer.points).toBe(6)
    await db.sql`select pg_terminate_backend(${session.pid}, 5000)`
    await victim.end().catch(() => {})
    expect(await kept()).toEqual(before)
    expect(await scoreAt(db, at)).toMatchObject({ points: 6 })
  })

  it('keeps the same in many runs as in one', async () => {
    for (let n = 1; n < 4; n++) {
      await addHours(db, busyId, later(n - 1 / 6), [usual(days * 24 + n)], [150])
      await scoreAt(db, later(n + 1))
    }
    const inSteps = await kept()
    await db.sql`delete from everwatch_private.watched_series`
    await scoreAt(db, later(4))
    expect(await kept()).toEqual(inSteps)
  })

  it('forgets the series of what was deleted', async () => {
    const goneId = await createWebhook(db, orgId)
    await db.sql`
      insert into everwatch_private.watched_series (org_id, source, resource_id, metric, started_at, scored_until)
      values (${orgId}, 'delivery', ${goneId}, 'deliveries', now(), '2100-01-01')`
    await db.sql`delete from everwatch.webhooks where id = ${goneId}`
    await addHours(db, busyId, later(4 - 1 / 6), [usual(days * 24 + 4)], [170])
    await scoreAt(db, later(5))
    const [row] = await db.sql`
      select count(*)::integer as count from everwatch_private.watched_series where resource_id = ${goneId}`
    expect(row!['count']).toBe(0)
  })
})

/** The anomalies that are open as of a time: how each stands, and what it says. */
async function said(at: Date): Promise<[string, string][]> {
  await evaluate(db, at, orgId)
  const open = await openAlerts(db, orgId)
  return open.filter((a) => a.type === 'anomaly').map((a) => [a.state, a.message])
}

describe('an hour that is unusual', () => {
  it('is an alert, and says what was expected', async () => {
    await addHours(db, busyId, later(5 - 1 / 6), [40], [840])
    await scoreAt(db, later(6))
    const alerts = await said(later(6))
    expect(alerts.map(([state]) => state)).toEqual(['firing', 'firing'])
    for (const [, message] of alerts) {
      expect(message).toMatch(
        /^p95 is 8[34]\d ms; at this hour it is usually 1\d\d to [12]\d\d ms$/,
      )
    }
  })

  it('is told to the org’s members, and to no one else', async () => {
    const strangerId = await addMember(db, await createOrg(db), 'owner')
    const memberId = await addMember(db, orgId, 'viewer')
    const read = (userId: string): Promise<number> =>
      db.asUser(userId, async (sql) => {
        const rows = await sql`select from everwatch.v_alert_conditions where type = 'anomaly'`
        return rows.length
      })
    expect(await read(memberId)).toBe(2)
    expect(await read(strangerId)).toBe(0)
  })

  it('would have been one in the past, too', async () => {
    const memberId = await addMember(db, orgId, 'viewer')
    const alerts = await db.asUser(
      memberId,
      (sql) => sql`
        select resource_id, severity from everwatch.backtest_policy(
          'anomaly', '{}', ${later(0)}::timestamptz, ${later(7)}::timestamptz)`,
    )
    expect(alerts.map((alert) => alert['severity'])).toEqual(['warning', 'warning'])
    expect(alerts.every((alert) => alert['resource_id'].endsWith('/delivery_p95_ms'))).toBe(true)
  })

  it('is resolved once hours are usual again', async () => {
    for (const n of [6, 7]) {
      await addHours(db, busyId, later(n - 1 / 6), [40], [160])
      await scoreAt(db, later(n + 1))
      await evaluate(db, later(n + 1), orgId)
    }
    expect(await said(later(9.1))).toEqual([])
  })

  it('is no alert of an org that has turned it off', async () => {
    await setPolicy(db, orgId, 'anomaly', { enabled: false })
    await addHours(db, busyId, later(8 - 1 / 6), [300], [160])
    await scoreAt(db, later(9))
    expect(await said(later(9))).toEqual([])
    await setPolicy(db, orgId, 'anomaly', { enabled: true })
    expect((await said(later(9))).map(([, message]) => message)).toEqual([
      expect.stringMatching(/^300 deliveries in an hour; at this hour it is usually \d+ to \d+$/),
      expect.stringMatching(/^300 deliveries in an hour; at this hour it is usually \d+ to \d+$/),
    ])
  })

  it('is no alert of a series without two weeks of history', async () => {
    await db.sql`update everwatch_private.watched_series set started_at = ${later(9 - 13 * 24)}`
    expect(await said(later(10.5))).toEqual(
      expect.not.arrayContaining([['firing', expect.anything()]]),
    )
  })
})

describe('a silence', () => {
  it('says how much was expected', async () => {
    await db.sql`update everwatch_private.watched_series set started_at = ${from}`
    const quiet = Array.from({ length: 26 }, (_, n) => usual(days * 24 + 9 + n))
    await addHours(
      db,
      busyId,
      later(9 - 1 / 6),
      quiet,
      quiet.map(() => 160),
    )
    await scoreAt(db, later(35))
    await scoreAt(db, later(39))
    expect((await said(later(39))).map(([, message]) => message)).toContainEqual(
      expect.stringMatching(/^No deliveries; about 1\d\d were expected since the last$/),
    )
  })
})

/** What `monitoring_timeseries` says was expected of the busy webhook before now. */
async function band(metric: string, step = 3600): Promise<Edge[] | null> {
  const memberId = await addMember(db, orgId, 'viewer')
  return db.asUser(memberId, async (sql) => {
    const [row] = await sql<[{ band: Edge[] | null }]>`
      select everwatch.monitoring_timeseries(
        array[${metric}], ${later(-12)}::timestamptz, ${later(0)}::timestamptz, ${step}, null, ${busyId}
      ) -> 'series' -> 0 -> 'band' as band`
    return row.band
  })
}

describe('a chart', () => {
  it('has what was expected of each hour, and between what it usually is', async () => {
    const edges = await band('deliveries')
    expect(edges).toHaveLength(13)
    for (const { lower, expected, upper } of edges!) {
      expect(lower).toBeLessThan(expected)
      expect(upper).toBeGreaterThan(expected)
    }
    expect(edges![0]!.expected).toBeGreaterThan(30)
  })

  it('has it the other way round for the share that succeeded', async () => {
    const [first] = (await band('delivery_success_rate_pct'))!
    expect(first).toMatchObject({ expected: 100, upper: 100 })
    expect(first!.lower).toBeGreaterThan(90)
  })

  it('has none for other buckets than hours, and for what is not watched', async () => {
    expect(await band('deliveries', 900)).toBeNull()
    expect(await band('failed_deliveries')).toBeNull()
  })
})
