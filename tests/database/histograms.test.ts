import * as fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import { createDatabase, type TestDatabase } from '../support/database.ts'

let db: TestDatabase
beforeAll(async () => {
  db = await createDatabase()
})

const longest = 2_147_483_647

/** The bin of a duration, as it is written out where rows are counted. */
const binOf = (column: string): string =>
  `case when ${column} > 0 then 1 + ceil(ln(${column}::float8) / ln(1.02::float8)) else 0 end::integer`

/** What percentile_cont(0.95) makes of them. */
function percentile(durations: number[]): number {
  const sorted = durations.toSorted((a, b) => a - b)
  const place = 0.95 * (sorted.length - 1)
  const [low, high] = [sorted[Math.floor(place)]!, sorted[Math.ceil(place)]!]
  return low + (place - Math.floor(place)) * (high - low)
}

interface Histogram {
  /** As Postgres writes it, with the bounds of its index. */
  histogram: string
  p95_bin: number
  p95_above: string
  p95_ms: string | null
}

/** Adds durations (or takes them away again) to a histogram that then holds so many. */
async function add(
  before: Histogram | null,
  durations: number[],
  total: number,
  sign = 1,
): Promise<Histogram> {
  const [row] = await db.sql.unsafe<[Histogram]>(
    `select h.histogram::text, h.p95_bin, h.p95_above, h.p95_ms from everwatch_private.add_durations(
      $1::text::bigint[], $2, $3,
      (select array_agg($4::bigint * 2048 + ${binOf('d')}) from unnest($5::integer[]) as d), $6
    ) as h`,
    [
      before?.histogram ?? null,
      before?.p95_bin ?? null,
      before?.p95_above ?? null,
      sign,
      durations,
      total,
    ] as never[],
  )
  return row
}

describe('a bin', () => {
  it('stands for each duration in it within 1%, also when rounded to a tenth', async () => {
    // The first and the last whole number of each bin, up to the longest duration there is.
    const wrong = await db.sql.unsafe(`
      with bound as (
        select b as bin, floor(1.02::float8 ^ (b - 2)) + 1 as least, floor(1.02::float8 ^ (b - 1)) as most
        from generate_series(1, 1087) as b
      ),
      edge as (
        select bin, d::integer as d from bound cross join lateral (values (least), (most)) as e (d)
        where least <= most and d <= ${longest}
      )
      select * from edge
      where ${binOf('d')} <> bin
        or abs(round(everwatch_private.bin_duration(bin)::numeric, 1) - d) > 0.01 * d`)
    expect(wrong).toEqual([])
  })

  it('is exact where it holds one whole number only: below 50 ms', async () => {
    const wrong = await db.sql.unsafe(
      `select d from generate_series(0, 50) as d where everwatch_private.bin_duration(${binOf('d')}) <> d`,
    )
    expect(wrong).toEqual([])
  })

  it('has the longest duration there is', async () => {
    const [row] = await db.sql.unsafe(`select ${binOf(String(longest))} as bin`)
    expect(row).toEqual({ bin: 1087 })
  })
})

describe('the percentile', () => {
  it('of none is null', async () => {
    expect(await add(null, [], 0)).toMatchObject({ p95_ms: null, histogram: '{}' })
  })

  it('is within 1% of the true one, however durations come and go', async () => {
    const duration = fc.oneof(
      fc.nat({ max: 100 }),
      fc.nat({ max: 20_000 }),
      fc.nat({ max: longest }),
    )
    const batch = fc.array(duration, { minLength: 1, maxLength: 40 })
    await fc.assert(
      fc.asyncProperty(fc.array(batch, { minLength: 1, maxLength: 5 }), async (batches) => {
        let state: Histogram | null = null
        const all: number[] = []
        const check = (): void => {
          const truth = percentile(all)
          expect(Math.abs(Number(state?.p95_ms) - truth)).toBeLessThanOrEqual(0.01 * truth + 0.05)
        }
        for (const durations of batches) {
          all.push(...durations)
          state = await add(state, durations, all.length)
          check()
        }
        for (const durations of batches.slice(0, -1)) {
          all.splice(0, durations.length)
          state = await add(state, durations, all.length, -1)
          check()
        }
      }),
      { numRuns: 50 },
    )
  })
})
