import type { TestDatabase } from '../support/database.ts'

export type Point = [at: string, value: number]

export interface Score {
  at: Date
  value: number
  expected: number | null
  lower: number | null
  upper: number | null
  score: number | null
  status: string
}

/** Hourly values from a Monday on. */
export const hourly = (count: number, value: (hour: number) => number): Point[] =>
  Array.from({ length: count }, (_, hour) => [
    new Date(Date.UTC(2026, 0, 5, hour)).toISOString(),
    value(hour),
  ])

/** Noise between -1 and 1 that repeats in no season. */
export const noise = (hour: number): number => Math.sin(hour * 1.7 + hour ** 2)

/** A day's season with noise. */
export const daily = (hour: number): number =>
  Math.round(200 + 120 * Math.cos((hour / 24) * 2 * Math.PI) + 15 * noise(hour))

/** A day's season that is half as high on Saturdays and Sundays. */
export const weekly = (hour: number): number =>
  Math.round(daily(hour) * (hour % 168 >= 120 ? 0.5 : 1))

export const score = (db: TestDatabase, points: unknown): Promise<Score[]> =>
  db.sql.unsafe<Score[]>('select * from everwatch_private.score_series($1::text::jsonb)', [
    JSON.stringify(points),
  ])

/** How often something was said: an alert would have begun. */
export const said = (scores: Score[]): number => scores.filter((s) => (s.score ?? 0) >= 0.5).length
