import { z } from 'zod'
import { HttpError } from '../_shared/everwatch/http/errors.ts'

const unitMs: Record<string, number> = { m: 60_000, h: 3_600_000, d: 86_400_000 }
const time = z.iso.datetime({ offset: true })
const wrongTime = 'must be a time, for example 2026-11-24T18:00:00Z'

/** Where a range begins. */
export const fromSchema = z
  .union([time, z.string().regex(/^-\d{1,6}[mhd]$/)], `${wrongTime}, or as long before to: -24h`)
  .meta({ description: 'A time, or how long before `to` in minutes, hours or days' })

/** Where it ends. */
export const toSchema = z.iso
  .datetime({ offset: true, error: wrongTime })
  .optional()
  .meta({ description: 'A time; now when left out' })

/**
 * The range that a query asks for.
 *
 * @throws {HttpError} 400 for one that is none
 */
export function rangeOf(
  query: { from: string; to?: string | undefined },
  now: Date,
): { from: Date; to: Date } {
  const to = query.to === undefined ? now : new Date(query.to)
  const [, count, unit = ''] = /^-(\d+)([mhd])$/.exec(query.from) ?? []
  const from =
    count === undefined
      ? new Date(query.from)
      : new Date(to.getTime() - Number(count) * (unitMs[unit] ?? 0))
  if (from >= to) throw wrongRange('from must be before to.')
  if (from.getTime() < 0) throw wrongRange('from must not be before 1970.')
  return { from, to }
}

function wrongRange(message: string): HttpError {
  return new HttpError(400, 'invalid_range', message, { field: 'from' })
}
