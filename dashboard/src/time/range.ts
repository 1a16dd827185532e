/** What the charts show: the time up to now, or from one time to another. */
export type Range = { preset: Preset } | { from: string; to: string }

export const presets = {
  '1h': 'Last hour',
  '24h': 'Last 24 hours',
  '7d': 'Last 7 days',
  '30d': 'Last 30 days',
} as const

export type Preset = keyof typeof presets

/** How a range stands in the page's address. */
export interface RangeSearch {
  range?: Preset | undefined
  from?: string | undefined
  to?: string | undefined
}

/** Reads it from there; what makes no sense is undefined. */
export function parseRangeSearch(search: Record<string, unknown>): RangeSearch {
  const { range, from, to } = search
  if (isTime(from) && isTime(to) && from < to) return { range: undefined, from, to }
  const isPreset = typeof range === 'string' && Object.hasOwn(presets, range)
  return { range: isPreset ? (range as Preset) : undefined, from: undefined, to: undefined }
}

function isTime(value: unknown): value is string {
  return (
    typeof value === 'string' &&
    /^\d{4}-\d\d-\d\dT[\d:.]+Z$/.test(value) &&
    !Number.isNaN(Date.parse(value))
  )
}

/** The range that an address stands for, on a page that is usually of the preset. */
export function rangeOf({ range, from, to }: RangeSearch, usual: Preset): Range {
  return from !== undefined && to !== undefined ? { from, to } : { preset: range ?? usual }
}

export function searchOf(range: Range, usual: Preset): RangeSearch {
  if ('from' in range) return range
  return range.preset === usual ? {} : { range: range.preset }
}

/** As the API takes it: a preset is counted back by the project's clock, not by the viewer's. */
export function queryOf(range: Range): { from: string; to?: string } {
  return 'from' in range ? range : { from: `-${range.preset}` }
}

const hourMs = 3_600_000
const lengthMs: Record<Preset, number> = {
  '1h': hourMs,
  '24h': 24 * hourMs,
  '7d': 168 * hourMs,
  '30d': 720 * hourMs,
}

/** From when to when, as of a time; all in milliseconds since the epoch. */
export function boundsOf(range: Range, now: number): { from: number; to: number } {
  if ('from' in range) return { from: Date.parse(range.from), to: Date.parse(range.to) }
  return { from: now - lengthMs[range.preset], to: now }
}

/** What a part of the page says that it is of. */
export function nameOfRange(range: Range): string {
  return 'from' in range ? 'the chosen time' : `the ${presets[range.preset].toLowerCase()}`
}

/** For sentences such as "compared with …". */
export function nameOfBefore(range: Range): string {
  if ('from' in range) return 'the same time before'
  return {
    '1h': 'the hour before',
    '24h': 'the 24 hours before',
    '7d': 'the 7 days before',
    '30d': 'the 30 days before',
  }[range.preset]
}
