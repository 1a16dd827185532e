import * as fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import { createDatabase, type TestDatabase } from '../support/database.ts'
import { daily, hourly, noise, type Point, said, type Score, score, weekly } from './series.ts'

let db: TestDatabase
beforeAll(async () => {
  db = await createDatabase()
})

/** Any series: with gaps, repeated times, zeros, jumps, any sign. */
const anySeries = fc
  .array(
    fc.tuple(
      fc.integer({ min: 0, max: 90_000 }),
      fc.oneof(
        fc.constant(0),
        fc.integer({ min: 0, max: 20 }),
        fc.double({ min: -1e9, max: 1e9, noNaN: true }),
      ),
    ),
    { minLength: 45, maxLength: 120 },
  )
  .map((steps) => {
    let at = Date.UTC(2026, 0, 5)
    return steps.map(([seconds, value]): Point => {
      at += seconds * 1000
      return [new Date(at).toISOString(), value]
    })
  })

const isUnknown = (s: Score) =>
  s.status === 'not enough history' &&
  [s.expected, s.lower, s.upper, s.score].every((number) => number === null)

const isBand = (s: Score) =>
  s.status === 'scored' &&
  s.score! >= 0 &&
  s.score! < 1 &&
  s.lower! <= s.expected! &&
  s.upper! >= s.expected!

describe('any series', () => {
  it('is scored from each point and earlier ones only', async () => {
    await fc.assert(
      fc.asyncProperty(
        anySeries,
        fc.double({ min: 0, max: 1, noNaN: true }),
        async (all, share) => {
          const length = Math.floor(all.length * share)
          const whole = await score(db, all)
          expect(await score(db, all.slice(0, length))).toEqual(whole.slice(0, length))
        },
      ),
      { numRuns: 25 },
    )
  })

  it('scores the same from kept state, in any parts, as all at once', async () => {
    await fc.assert(
      fc.asyncProperty(anySeries, fc.integer({ min: 0, max: 120 }), async (all, cut) => {
        const [row] = await db.sql.unsafe<[{ same: boolean }]>(
          `with p as (select * from everwatch_private.parse_series($1::text::jsonb)),
          a as (select s.* from p, everwatch_private.score_points(null, times[:$2], numbers[:$2]) as s),
          b as (select s.* from p, a, everwatch_private.score_points(a.detector, times[$2 + 1:], numbers[$2 + 1:]) as s),
          whole as (select s.* from p, everwatch_private.score_points(null, times, numbers) as s)
          select a.scores || b.scores = whole.scores and b.detector = whole.detector as same from a, b, whole`,
          [JSON.stringify(all), cut],
        )
        expect(row.same).toBe(true)
      }),
      { numRuns: 25 },
    )
  })

  it('has scores from 0 to 1, and a band around what is expected', async () => {
    await fc.assert(
      fc.asyncProperty(anySeries, async (all) => {
        const scores = await score(db, all)
        expect(scores.slice(0, 40).every(isUnknown)).toBe(true)
        expect(scores.slice(40).every(isBand)).toBe(true)
      }),
      { numRuns: 25 },
    )
  })
})

describe('a series that', () => {
  it('has just begun has not enough history, and no score is guessed', async () => {
    const scores = await score(db, hourly(41, daily))
    expect(scores.slice(0, 40).every((s) => s.status === 'not enough history')).toBe(true)
    expect(scores[40]!.status).toBe('scored')
  })

  it('has no points has no scores', async () => {
    expect(await score(db, [])).toEqual([])
  })

  it('was nothing but for an hour expects nothing absurd when it grows', async () => {
    const scores = await score(
      db,
      hourly(168, (h) => (h === 30 || h > 100 ? 1e9 : 1e-9)),
    )
    expect(Math.max(...scores.slice(40).map((s) => s.expected!))).toBeLessThan(168 ** 2 * 4e9)
  })

  it.each([
    ['is flat', () => 7],
    ['is always zero', () => 0],
    ['has a day', daily],
    ['has a week', weekly],
    ['rises slowly', (h: number) => 100 + h / 10 + 8 * noise(h)],
    ['counts near zero', (h: number) => (noise(h) > 0.9 ? 2 : noise(h) > 0.5 ? 1 : 0)],
    ['is negative', (h: number) => -50 + 5 * noise(h)],
  ])('%s is unusual nowhere in ten weeks', async (_, value) => {
    const scores = await score(db, hourly(1680, value))
    expect(said(scores.slice(336))).toBe(0)
  })

  it('is expected at its hour of the week, once there is history', async () => {
    const scores = await score(db, hourly(1680, weekly))
    const error = (from: number) =>
      scores.slice(from, from + 168).reduce((sum, s) => sum + Math.abs(s.expected! - s.value), 0) /
      168
    expect(error(1512)).toBeLessThan(15)
    expect(error(1512)).toBeLessThan(error(168) / 3)
  })

  it('has gaps is not unusual for them', async () => {
    const points = hourly(1680, daily).filter((_, h) => h % 168 < 120 || h % 3 === 0)
    expect(said((await score(db, points)).slice(300))).toBe(0)
  })

  it('is sparse learns from what there is', async () => {
    const points = hourly(2000, daily).filter((_, h) => h % 9 === 0)
    const scores = await score(db, points)
    expect(scores.at(-1)!.status).toBe('scored')
    expect(said(scores)).toBe(0)
  })

  it('has long been flat after all sorts of numbers is scored on', async () => {
    const scores = await score(
      db,
      hourly(6000, (h) => (h < 900 ? weekly(h) : 0)),
    )
    expect(scores.at(-1)).toMatchObject({ expected: 0, score: 0, status: 'scored' })
  })

  it('was never negative is not expected to be', async () => {
    const scores = await score(
      db,
      hourly(500, (h) => Math.max(0, Math.round(2 * noise(h)))),
    )
    expect(Math.min(...scores.map((s) => s.lower ?? 0))).toBe(0)
  })
})

describe('what is unusual', () => {
  const from = 1400
  it.each([
    ['a spike', 1, () => 900],
    ['a dip of four hours', 4, (h: number) => Math.round(weekly(h) * 0.2)],
    ['a level twice as high', 300, (h: number) => weekly(h) * 2],
    ['a silence of ten hours', 10, () => 0],
  ])('is said of %s within the day, and then no more', async (_, length, value) => {
    const points = hourly(1600, (h) => (h >= from && h < from + length ? value(h) : weekly(h)))
    const scores = await score(db, points)
    expect(said(scores.slice(336, from))).toBe(0)
    const day = said(scores.slice(from, from + 24))
    expect(day).toBeGreaterThanOrEqual(1)
    expect(day).toBeLessThanOrEqual(2)
    expect(said(scores.slice(from + 24))).toBe(0)
  })

  it('lies outside the band', async () => {
    const scores = await score(
      db,
      hourly(1401, (h) => (h === from ? 900 : weekly(h))),
    )
    expect(scores[from]).toMatchObject({ value: 900, status: 'scored' })
    expect(scores[from]!.upper).toBeLessThan(600)
    expect(scores[from]!.score).toBeGreaterThan(0.5)
  })
})

describe('what is no series is refused:', () => {
  const at = '2026-01-05T00:00:00Z'
  const later = '2026-01-05T01:00:00Z'
  it.each([
    ['no array', { at, value: 1 }, 'must be an array of [at, value]'],
    ['null', null, 'must be an array of [at, value]'],
    ['a point that is no pair', [[at, 1], [later]], 'Point 2 of the series must be [at, value]'],
    ['a point of three', [[at, 1, 2]], 'Point 1 of the series must be [at, value]'],
    ['a value that is null', [[at, null]], 'Point 1 of the series must be [at, value]'],
    ['a value that is text', [[at, 'NaN']], 'Point 1 of the series must be [at, value]'],
    ['a time that is none', [['soon', 1]], 'Point 1 of the series must be [at, value]'],
    ['a time without end', [['infinity', 1]], 'Point 1 of the series cannot be scored: its time'],
    [
      'times that go back',
      [
        [later, 1],
        [at, 1],
      ],
      'Point 2 of the series cannot be scored: its time',
    ],
    [
      'a number beyond all bounds',
      [[at, 1e16]],
      'Point 1 of the series cannot be scored: its value',
    ],
  ])('%s', async (_, points, message) => {
    await expect(score(db, points)).rejects.toMatchObject({
      code: '22023',
      message: expect.stringContaining(message),
    })
  })

  it.each([
    ['a value that is null', `array[now()], array[null]::float8[]`, 'its value is null'],
    ['a value that is not a number', `array[now()], array['NaN']::float8[]`, 'its value is NaN'],
    ['an infinite value', `array[now()], array['-Infinity']::float8[]`, 'its value is -Infinity'],
    ['a time that is null', `array[null]::timestamptz[], array[1]`, 'its time is not one'],
    ['fewer values than times', `array[now(), now()], array[1]`, 'there are 1 and 2'],
  ])('%s', async (_, points, message) => {
    await expect(
      db.sql.unsafe(`select everwatch_private.score_points(null, ${points})`),
    ).rejects.toMatchObject({ code: '22023', message: expect.stringContaining(message) })
  })

  it('points before those of the kept state', async () => {
    await expect(
      db.sql.unsafe(`
        select everwatch_private.score_points(s.detector, array[timestamptz '2026-01-01'], array[1])
        from everwatch_private.score_points(null, array[timestamptz '2026-01-02'], array[1]) as s`),
    ).rejects.toMatchObject({ code: '22023' })
  })

  it('though times may repeat, as those of sources do', async () => {
    expect(
      await score(db, [
        [at, 1],
        [at, 2],
      ]),
    ).toHaveLength(2)
  })
})

describe('anyone but the service', () => {
  it.each(['anon', 'authenticated'])('cannot score as %s', async (role) => {
    await expect(
      db.sql.begin(async (sql) => {
        await sql.unsafe(`set local role ${role}`)
        await sql.unsafe(`select * from everwatch_private.score_series('[]')`)
      }),
    ).rejects.toThrow('permission denied')
  })
})
