import { randomUUID } from 'node:crypto'
import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { binOf } from '../../supabase/functions/_shared/everwatch/track/bins.ts'
import { createDatabase, type TestDatabase } from '../support/database.ts'
import { addMember, createOrg, metric, track } from '../support/fixtures.ts'

let db: TestDatabase
let orgId: string

beforeAll(async () => {
  db = await createDatabase()
})

beforeEach(async () => {
  orgId = await createOrg(db)
})

function gauge(value: number, at: string): Promise<unknown> {
  return track(db, metric(orgId, { kind: 'gauge', value, at }))
}

/** Twenty values of four series. */
function batch(): Promise<unknown> {
  const at = '2026-01-01T10:00:00Z'
  const labels = Array.from({ length: 20 }, (_, n) => ({ n: `${n % 4}` }))
  return track(db, ...labels.map((each) => metric(orgId, { at, labels: each })))
}

async function rollups(): Promise<Record<string, unknown>[]> {
  return db.sql`
    select s.name, s.kind, s.labels, r.hour, r.count::integer, r.sum, r.min, r.max, r.last, r.bins
    from everwatch.metric_rollups as r
    join everwatch.metric_series as s on s.id = r.series_id
    where s.org_id = ${orgId}
    order by s.created_at, s.labels, r.hour`
}

describe('values of metrics', () => {
  it('are added up by the hour, each set of labels for itself', async () => {
    const at = '2026-01-01T10:59:59.999Z'
    const later = '2026-01-01T11:00:00Z'
    const result = await track(
      db,
      metric(orgId, { at, value: 2 }),
      metric(orgId, { at, value: 3.5 }),
      metric(orgId, { at: later }),
      metric(orgId, { at, labels: { kind: 'welcome', lang: 'de' } }),
      metric(orgId, { at, labels: { lang: 'de', kind: 'welcome' } }),
    )
    expect(result).toEqual({ accepted: 5, rejected: [] })
    expect(await rollups()).toMatchObject([
      { labels: {}, hour: new Date('2026-01-01T10:00:00Z'), count: 2, sum: 5.5 },
      { labels: {}, hour: new Date('2026-01-01T11:00:00Z'), count: 1, sum: 1 },
      { labels: { kind: 'welcome', lang: 'de' }, count: 2, sum: 2 },
    ])
  })

  it('count once, however often they are sent', async () => {
    const events = [metric(orgId, { id: randomUUID() }), metric(orgId, { id: randomUUID() })]
    await track(db, ...events)
    expect(await track(db, ...events, ...events)).toEqual({ accepted: 4, rejected: [] })
    expect(await rollups()).toMatchObject([{ count: 2, sum: 2 }])
  })

  it('of a gauge are known by the latest, whichever came last', async () => {
    await gauge(5, '2026-01-01T10:30:00Z')
    await gauge(-7, '2026-01-01T10:20:00Z')
    expect(await rollups()).toMatchObject([{ count: 2, min: -7, max: 5, last: 5 }])
    await gauge(6, '2026-01-01T10:40:00Z')
    expect(await rollups()).toMatchObject([{ count: 3, last: 6 }])
  })

  it('of a histogram are counted in bins of 2%', async () => {
    const at = '2026-01-01T10:00:00Z'
    const of = (value: number, count?: number): ReturnType<typeof metric> =>
      metric(orgId, { kind: 'histogram', value, count, at })
    await track(db, of(100), of(100.5), of(0.001), of(0), of(-3))
    await track(db, of(100, 10), of(1))
    const [rollup] = await rollups()
    expect(rollup).toMatchObject({ count: 16, min: -3, max: 100.5 })
    const bins = await db.sql`
      select bin, count::integer from everwatch_private.unpack_bins(${rollup!['bins'] as string[]}::bigint[])
      order by bin`
    expect(bins).toEqual([
      { bin: binOf(0), count: 2 },
      { bin: binOf(0.001), count: 1 },
      { bin: binOf(1), count: 1 },
      { bin: binOf(100), count: 12 },
    ])
  })

  it('are exact under writers that count the same at the same time', async () => {
    await Promise.all(Array.from({ length: 16 }, batch))
    expect((await rollups()).map(({ count, sum }) => [count, sum])).toEqual(
      Array.from({ length: 4 }, () => [80, 80]),
    )
  })

  it('go after a week, and their hours stay', async () => {
    await track(db, metric(orgId))
    await db.sql`select everwatch_private.trim_metric_points(now() + interval '6 days')`
    const count = async (): Promise<unknown> => {
      const [row] = await db.sql`select count(*)::integer as n from everwatch_private.metric_points`
      return row?.['n']
    }
    expect(await count()).toBeGreaterThan(0)
    await db.sql`select everwatch_private.trim_metric_points(now() + interval '8 days')`
    expect(await count()).toBe(0)
    expect(await rollups()).toMatchObject([{ count: 1 }])
  })
})

describe('sets of labels', () => {
  it('are limited for each org, which is said of each value that goes beyond', async () => {
    await db.sql`update everwatch_private.metric_settings set series_per_org = 3`
    try {
      const events = Array.from({ length: 5 }, (_, n) =>
        metric(orgId, { labels: { user: `${n}` } }),
      )
      const { accepted, rejected } = await track(db, ...events)
      expect(accepted).toBe(3)
      expect(rejected).toEqual(
        [3, 4].map((index) => ({
          index,
          code: 'limit_exceeded',
          field: 'labels',
          message:
            'would begin another series, and the org has 3 already: use labels of few values',
        })),
      )
      // What is there goes on, and another org is none the worse for it.
      const other = await createOrg(db)
      expect(await track(db, ...events.slice(0, 3), metric(other))).toMatchObject({ accepted: 4 })
    } finally {
      await db.sql`update everwatch_private.metric_settings set series_per_org = 1000`
    }
  })

  it('are limited for writers at the same time, too', async () => {
    await db.sql`update everwatch_private.metric_settings set series_per_org = 5`
    try {
      await Promise.all(
        Array.from({ length: 12 }, (_, n) =>
          track(db, metric(orgId, { labels: { user: `${n}` } })),
        ),
      )
      expect(await rollups()).toHaveLength(5)
    } finally {
      await db.sql`update everwatch_private.metric_settings set series_per_org = 1000`
    }
  })

  it.each<[string, Record<string, unknown>, string, string]>([
    ['no name', { name: null }, 'name', 'required'],
    ['a name with spaces', { name: 'emails sent' }, 'name', 'invalid'],
    ['a kind that is none', { kind: 'summary' }, 'kind', 'invalid'],
    ['no value', { value: null }, 'value', 'required'],
    ['a value beyond all', { value: 1e300 }, 'value', 'invalid'],
    ['a counter that falls', { value: -1 }, 'value', 'invalid'],
    ['no values', { count: 0 }, 'count', 'invalid'],
    ['labels that are none', { labels: ['a'] }, 'labels', 'invalid'],
    ['a label that is no text', { labels: { a: 1 } }, 'labels', 'invalid'],
    ['a label with a strange name', { labels: { 'a b': 'c' } }, 'labels', 'invalid'],
    ['a label that is too long', { labels: { a: 'x'.repeat(201) } }, 'labels', 'invalid'],
    ['too many labels', { labels: Object.fromEntries(Array.from({ length: 11 }, (_, n) => [`l${n}`, ''])) }, 'labels', 'invalid'], // prettier-ignore
    ['a time to come', { at: '2999-01-01T00:00:00Z' }, 'at', 'invalid'],
    ['an org that is not there', { org_id: randomUUID() }, 'org_id', 'not_found'],
  ])('and values are refused with %s', async (_what, fields, field, code) => {
    expect(await track(db, metric(orgId, fields))).toMatchObject({
      accepted: 0,
      rejected: [{ index: 0, field, code }],
    })
  })

  it('may be as long as they are allowed to', async () => {
    const labels = Object.fromEntries(
      Array.from({ length: 10 }, (_, n) => [`l${n}`, '😀'.repeat(200)]),
    )
    expect(await track(db, metric(orgId, { labels }))).toEqual({ accepted: 1, rejected: [] })
    expect(await rollups()).toMatchObject([{ labels }])
  })
})

describe('members', () => {
  it('read their orgs’ metrics, and no other’s', async () => {
    await track(db, metric(orgId))
    const member = await addMember(db, orgId, 'viewer')
    const stranger = await db.createUser()
    const read = (userId: string): Promise<Record<string, unknown>[]> =>
      db.asUser(userId, async (sql) => [
        ...(await sql`
          select s.name, r.sum from everwatch.metric_rollups as r
          join everwatch.metric_series as s on s.id = r.series_id`),
      ])
    expect(await read(member)).toEqual([{ name: 'emails.sent', sum: 1 }])
    expect(await read(stranger)).toHaveLength(0)
  })
})
