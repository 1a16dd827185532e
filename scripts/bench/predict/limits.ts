import type { Sql } from 'postgres'
import { normal, seededRandom, type Random } from '../../random.ts'
import { between, exponential, geometric } from './chance.ts'
import { compare, type Outcome, type Predicted } from './outcome.ts'

/** How requests come. */
export type Traffic = 'by chance' | 'in bursts' | 'by a rate that swings'

const hour = 3600
const hoursBefore = 12

/** Keys with twelve hourly windows behind them, looked at somewhere within the thirteenth. */
export async function predictLimits(sql: Sql, count: number, kind: Traffic): Promise<Outcome[]> {
  const random = seededRandom(1)
  const truths = new Map<string, number>()
  const windows: object[] = []
  const [{ at, org }] = await sql<[{ at: Date; org: string }]>`
    select now() as at, id as org from everwatch.orgs limit 1`
  while (truths.size < count) {
    const perHour = between(200, 2000, random)
    const elapsed = between(0.2, 0.7, random) * hour
    const first = -elapsed - hoursBefore * hour
    const times = comeAt(random, perHour, kind, first, 5 * hour)
    const limit = Math.round(perHour * between(0.7, 1.3, random))
    const counts = Array.from({ length: hoursBefore + 1 }, (_, n) =>
      countIn(times, first + n * hour, Math.min(first + (n + 1) * hour, 0)),
    )
    if ((counts[hoursBefore] ?? 0) >= limit) continue
    const key = `key ${truths.size}`
    truths.set(key, times[countIn(times, first, -elapsed) + limit - 1] ?? Infinity)
    counts.forEach((request_count, n) => {
      windows.push({
        org_id: org,
        key_type: 'api_key',
        identifier: key,
        window_start: new Date(at.getTime() + 1000 * (first + n * hour)),
        window_seconds: hour,
        request_count,
        limit_max: limit,
      })
    })
  }
  await sql`truncate everwatch.api_rate_limits`
  await sql`
    insert into everwatch.api_rate_limits
      (org_id, key_type, identifier, window_start, window_seconds, request_count, limit_max)
    select org_id, key_type, identifier, window_start, window_seconds, request_count, limit_max
    from jsonb_populate_recordset(
      null::everwatch.api_rate_limits, ${JSON.stringify(windows)}::text::jsonb
    )`
  const predicted = await sql<Predicted[]>`
    select identifier as key, extract(epoch from earliest - ${at})::float8 as earliest,
      extract(epoch from latest - ${at})::float8 as latest
    from everwatch_private.rate_limit_forecast(${at})`
  return compare(predicted, truths)
}

/** When requests come, so many an hour on average: seconds, in order. */
function comeAt(
  random: Random,
  perHour: number,
  kind: Traffic,
  from: number,
  until: number,
): number[] {
  const times: number[] = []
  const size = kind === 'in bursts' ? 6 : 1
  const swings = kind === 'by a rate that swings' ? 0.3 : 0
  let swing = 0
  let minute = Math.floor(from / 60)
  for (let at = from; at < until;) {
    // The logarithm of a rate that swings goes on for some minutes as it is.
    for (; minute < at / 60; minute += 1) {
      swing = 0.8 * swing + swings * normal(random)
    }
    at += exponential((hour * size) / (perHour * Math.exp(swing)), random)
    for (let n = geometric(size, random); n > 0; n -= 1) times.push(at)
  }
  return times
}

function countIn(times: number[], from: number, until: number): number {
  return times.filter((at) => at > from && at <= until).length
}
