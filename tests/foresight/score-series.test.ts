import { beforeAll, describe, expect, it } from 'vitest'
import { createDatabase, type TestDatabase } from '../support/database.ts'

let db: TestDatabase
beforeAll(async () => {
  db = await createDatabase()
})

type Point = [at: string, value: number]

interface Score {
  at: Date
  value: number
  expected: number | null
  lower: number | null
  upper: number | null
  score: number | null
  status: string
}

/** Hourly values from a Monday on. */
const hourly = (count: number, value: (hour: number) => number): Point[] =>
  Array.from({ length: count }, (_, hour) => [
    new Date(Date.UTC(2026, 0, 5, hour)).toISOString(),
    value(hour),
  ])

const score = (points: Point[]): Promise<Score[]> =>
  db.sql.unsafe<Score[]>('select * from monitoring.score_series($1::text::jsonb)', [
    JSON.stringify(points),
  ])

/** A day's season with a noise that repeats in no season. */
const season = (hour: number): number =>
  Math.round(
    200 + 120 * Math.cos((hour / 24) * 2 * Math.PI) + 15 * Math.sin(hour * 1.7 + hour ** 2),
  )

describe('a series', () => {
  it('that has just begun has not enough history, and no score is guessed', async () => {
    const scores = await score(hourly(40, season))
    expect(new Set(scores.map((s) => s.status))).toEqual(new Set(['not enough history']))
    expect(scores.every((s) => s.score === null && s.expected === null)).toBe(true)
  })

  it('is scored from each point and earlier ones only', async () => {
    const points = hourly(400, season)
    const whole = await score(points)
    expect(await score(points.slice(0, 250))).toEqual(whole.slice(0, 250))
  })

  it('scores the same from kept state as all at once', async () => {
    const points = hourly(300, season)
    const [row] = await db.sql.unsafe<[{ same: boolean }]>(
      `with p as (
        select array_agg((e ->> 0)::timestamptz order by n) as t, array_agg((e ->> 1)::float8 order by n) as v
        from jsonb_array_elements($1::text::jsonb) with ordinality as x(e, n)
      ), a as (select s.* from p, monitoring.score_points(null, t[:170], v[:170]) as s),
      b as (select s.* from p, a, monitoring.score_points(a.state, t[171:], v[171:]) as s),
      c as (select s.* from p, monitoring.score_points(null, t, v) as s)
      select a.scores || b.scores = c.scores and b.state = c.state as same from a, b, c`,
      [JSON.stringify(points)],
    )
    expect(row.same).toBe(true)
  })

  it('with a spike scores it, and says it once', async () => {
    const scores = await score(hourly(700, (h) => (h === 600 || h === 601 ? 1500 : season(h))))
    expect(scores[600]!.score).toBeGreaterThan(0.5)
    expect(scores[600]!.upper).toBeLessThan(1500)
    expect(scores[601]!.score).toBeLessThan(0.5)
  })

  it('that is flat is expected to stay so', async () => {
    const scores = await score(hourly(200, () => 7))
    expect(Math.max(...scores.map((s) => s.score ?? 0))).toBe(0)
    expect(scores.at(-1)!.expected).toBeCloseTo(7)
  })
})

describe('anyone but the service', () => {
  it.each(['anon', 'authenticated'])('cannot score as %s', async (role) => {
    await expect(
      db.sql.begin(async (sql) => {
        await sql.unsafe(`set local role ${role}`)
        await sql.unsafe(`select * from monitoring.score_series('[]')`)
      }),
    ).rejects.toThrow('permission denied')
  })
})
