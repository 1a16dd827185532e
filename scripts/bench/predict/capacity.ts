import type { Sql } from 'postgres'
import { normal, poisson, seededRandom, type Random } from '../../random.ts'
import { between, geometric } from './chance.ts'
import { compare, type Outcome, type Predicted } from './outcome.ts'

/** What is known of each before a prediction, in samples; and seconds between two. */
const known = {
  disk_bytes: { samples: 29, step: 86_400 },
  outbox_waiting: { samples: 13, step: 300 },
}

const longest = 400

/** A disk that fills by the day, less at weekends; an outbox that fills by five minutes. */
export async function predictCapacity(
  sql: Sql,
  count: number,
  what: keyof typeof known,
): Promise<Outcome[]> {
  const random = seededRandom(2)
  const { samples, step } = known[what]
  const outcomes: Outcome[] = []
  while (outcomes.length < count) {
    const values = grow(random, what, samples + longest)
    const now = values[samples - 1] ?? NaN
    const limit = now + between(3, 30, random) * (what === 'disk_bytes' ? 1e8 : 60)
    const predicted = await forecast(sql, what, values.slice(0, samples), step, limit)
    const truths = new Map([[what, step * (reaches(values, limit) - (samples - 1))]])
    outcomes.push(...compare(predicted, truths))
  }
  return outcomes
}

function grow(random: Random, what: keyof typeof known, count: number): number[] {
  const values: number[] = []
  const weekday = Math.floor(between(0, 7, random))
  let value = what === 'disk_bytes' ? 1e10 : 2000
  for (let n = 0; n < count; n += 1) {
    value +=
      what === 'disk_bytes'
        ? 1e8 * ((n + weekday) % 7 < 2 ? 0.4 : 1) * Math.exp(0.4 * normal(random))
        : poisson(60, random) * geometric(2, random) - 70
    values.push(value)
  }
  return values
}

/** The place, perhaps between two, at which it first is there; within a step it grows evenly. */
function reaches(values: number[], limit: number): number {
  const index = values.findIndex((value) => value >= limit)
  if (index < 1) return Infinity
  const [before = NaN, after = NaN] = values.slice(index - 1, index + 1)
  return index - 1 + (limit - before) / (after - before)
}

async function forecast(
  sql: Sql,
  what: keyof typeof known,
  values: number[],
  step: number,
  limit: number,
): Promise<Predicted[]> {
  await sql`truncate everwatch_private.capacity_samples`
  await sql`update everwatch_private.capacity_limits set limit_value = ${limit} where what = ${what}`
  await sql`
    insert into everwatch_private.capacity_samples (what, at, value)
    select ${what}, to_timestamp(1e9 - ${step}::integer * (${values.length}::integer - n)), value
    from jsonb_array_elements_text(${JSON.stringify(values)}::text::jsonb)
      with ordinality as v (text, n)
    cross join lateral (select text::float8 as value) as c`
  return sql<Predicted[]>`
    select what as key, extract(epoch from earliest)::float8 - 1e9::float8 as earliest,
      extract(epoch from latest)::float8 - 1e9::float8 as latest
    from everwatch_private.capacity_forecast(to_timestamp(1e9)) where what = ${what}`
}
