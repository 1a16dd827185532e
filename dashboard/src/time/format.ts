import type { Unit } from '../../../supabase/functions/_shared/catalog/series.ts'

const count = new Intl.NumberFormat(undefined, { maximumFractionDigits: 0 })
const compact = new Intl.NumberFormat(undefined, { notation: 'compact', maximumFractionDigits: 1 })
const decimal = new Intl.NumberFormat(undefined, { maximumFractionDigits: 1 })
const twoDecimals = new Intl.NumberFormat(undefined, { maximumFractionDigits: 2 })

export type { Unit }

/** A value as people read it; a dash when there is none. */
export function formatValue(value: number | null | undefined, unit: Unit): string {
  if (value === null || value === undefined) return '–'
  if (unit === 'percent') return `${twoDecimals.format(value)}%`
  if (unit === 'milliseconds') return formatDuration(value)
  if (unit === 'value') return twoDecimals.format(value)
  return value >= 100_000 ? compact.format(value) : count.format(value)
}

/** Milliseconds in the unit that suits them. */
export function formatDuration(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`
  if (ms < 60_000) return `${decimal.format(ms / 1000)} s`
  if (ms < 3_600_000) return `${decimal.format(ms / 60_000)} min`
  return `${decimal.format(ms / 3_600_000)} h`
}

const byteUnits = ['kilobyte', 'megabyte', 'gigabyte', 'terabyte'].map(
  (unit) => new Intl.NumberFormat(undefined, { style: 'unit', unit, maximumFractionDigits: 1 }),
)

/** Bytes in the unit that suits them, each a thousand of the one before; a dash when not known. */
export function formatBytes(bytes: number | null): string {
  if (bytes === null) return '–'
  const fits = Math.floor(Math.log10(Math.max(1, bytes)) / 3) - 1
  const place = Math.min(Math.max(0, fits), byteUnits.length - 1)
  return byteUnits[place]!.format(bytes / 1000 ** (place + 1))
}

/**
 * How amounts of a currency are written: to two digits at least, as what one resource costs may be a
 * small part of a cent. A dash when the amount, or what it is in, is not known.
 */
export function moneyFormatter(currency: string | null): (amount: number | null) => string {
  if (currency === null) return () => '–'
  const money = new Intl.NumberFormat(undefined, {
    style: 'currency',
    currency,
    minimumSignificantDigits: 2,
    maximumSignificantDigits: 2,
    roundingPriority: 'morePrecision',
  })
  return (amount) => (amount === null ? '–' : money.format(amount))
}

/** How long something lasts or is past, in one unit: `12 s`, `4 min`, `3 h`, `9 days`. */
export function formatAge(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000))
  if (seconds < 60) return `${seconds} s`
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min`
  if (seconds < 172_800) return `${Math.floor(seconds / 3600)} h`
  return `${Math.floor(seconds / 86_400)} days`
}

const local = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium' })
const utc = new Intl.DateTimeFormat(undefined, {
  dateStyle: 'medium',
  timeStyle: 'medium',
  timeZone: 'UTC',
})

const minute = new Intl.DateTimeFormat(undefined, {
  day: 'numeric',
  month: 'short',
  hour: '2-digit',
  minute: '2-digit',
})

/** In the viewer's zone, where the year is plain and seconds are none. */
export function formatMinute(time: string | number): string {
  return minute.format(new Date(time))
}

/** In the viewer's zone. */
export function formatTime(time: string | number): string {
  return local.format(new Date(time))
}

/** For those who compare with logs. */
export function formatUtc(time: string | number): string {
  return `${utc.format(new Date(time))} UTC`
}
