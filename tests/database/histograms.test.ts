import * as fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import { binOf, binValue } from '../../supabase/functions/_shared/everwatch/track/bins.ts'
import { createDatabase, type TestDatabase } from '../support/database.ts'

let db: TestDatabase
beforeAll(async () => {
  db = await createDatabase()
})

const longest = 2_147_483_647

/** The bin of one duration. */
const binOfOne = (column: string): string =>
  `(everwatch_private.bins_of(array[${column}::float8]))[1]`

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
      everwatch_private.count_values($5::float8[], array_fill($4::bigint, array[cardinality($5::float8[])])), $6
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
        select b as bin, floor(1.02::float8 ^ (b - 1)) + 1 as least, floor(1.02::float8 ^ b) as most
        from generate_series(0, 1086) as b
      ),
      edge as (
        select bin, d::integer as d from bound cross join lateral (values (least), (most)) as e (d)
        where least <= most and d <= ${longest}
      )
      select * from edge
      where ${binOfOne('d')} <> bin
        or abs(round(everwatch_private.bin_duration(bin)::numeric, 1) - d) > 0.01 * d`)
    expect(wrong).toEqual([])
  })

  it('is exact where it holds one whole number only: below 50 ms', async () => {
    const wrong = await db.sql.unsafe(
      `select d from generate_series(0, 50) as d where everwatch_private.bin_duration(${binOfOne('d')}) <> d`,
    )
    expect(wrong).toEqual([])
  })

  it('is the same for a value in the database as in the library, and so is what stands for it', async () => {
    const anyValue = fc.oneof(
      fc.double({ min: -1e15, max: 1e15, noNaN: true }),
      fc.double({ min: 0, max: 1000, noNaN: true }),
      fc.integer({ min: -5, max: longest }),
      fc.constantFrom(0, 1, 1e-280, 1.02, Number.MIN_VALUE),
    )
    await fc.assert(
      fc.asyncProperty(fc.array(anyValue, { minLength: 1, maxLength: 500 }), async (values) => {
        const rows = await db.sql<{ bin: number; value: number }[]>`
          select bin, everwatch_private.bin_value(bin) as value
          from unnest(everwatch_private.bins_of(${values}::float8[])) as bin`
        expect(rows.map(({ bin }) => bin)).toEqual(values.map(binOf))
        for (const [n, { bin, value }] of rows.entries()) {
          expect(Math.abs(value - binValue(bin))).toBeLessThanOrEqual(1e-9 * value)
          const measured = Math.max(0, values[n]!)
          expect(Math.abs(value - measured)).toBeLessThanOrEqual(0.01 * measured + 1e-280)
        }
      }),
      { numRuns: 30 },
    )
  })

  it('has the longest duration there is', async () => {
    const [row] = await db.sql.unsafe(`select ${binOfOne(String(longest))} as bin`)
    expect(row).toEqual({ bin: 1086 })
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

describe('the formula and the encoding', () => {
  it('are written where histograms are, and nowhere else', async () => {
    const elsewhere = await db.sql`
      select oid::regproc::text as name from pg_proc
      where pronamespace in ('everwatch'::regnamespace, 'everwatch_private'::regnamespace)
        and prosrc ~ '1[.]02|6553[56]|32768|>> 16'
      union all
      select viewname from pg_views
      where schemaname in ('everwatch', 'everwatch_private') and definition ~ '1[.]02|6553[56]|32768|>> 16'
      order by name`
    expect(elsewhere.map(({ name }) => name)).toEqual(
      [
        'add_durations',
        'bin_growth',
        'bin_value',
        'bins_of',
        'count_values',
        'negate_bins',
        'pack_durations',
        'sum_bins',
        'unpack_bins',
      ].map((name) => `everwatch_private.${name}`),
    )
  })
})
