import { formatValue, type Unit } from '../time/format.ts'
import './delta.css'

export type Better = 'more' | 'less' | 'neither'

/**
 * How a value differs from the one of the range before: percentages in points, all others in
 * percent. Nothing is said when either is missing.
 */
export function Delta({
  value,
  previous,
  unit,
  better,
  before,
}: {
  value: number | null
  previous: number | null
  unit: Unit
  better: Better
  /** For example "the hour before". */
  before: string
}) {
  if (value === null || previous === null) return null
  const change = describeChange(value, previous, unit)
  if (!change) return null
  const isGood = better !== 'neither' && change.rises === (better === 'more')
  const tone = change.isSmall || better === 'neither' ? 'quiet' : isGood ? 'good' : 'bad'
  return (
    <span className={`delta delta-${tone}`} title={`${formatValue(previous, unit)} in ${before}`}>
      <span aria-hidden="true">{change.isSmall ? '' : change.rises ? '↑ ' : '↓ '}</span>
      <span className="unseen">{change.rises ? 'up ' : 'down '}</span>
      {change.words}
      <span className="unseen">
        {' '}
        from {formatValue(previous, unit)} in {before}
      </span>
    </span>
  )
}

function describeChange(
  value: number,
  previous: number,
  unit: Unit,
): { rises: boolean; isSmall: boolean; words: string } | undefined {
  const rises = value >= previous
  const difference = Math.abs(value - previous)
  if (unit === 'percent') {
    const isSmall = difference < 0.1
    return { rises, isSmall, words: isSmall ? 'steady' : `${round(difference)} pts` }
  }
  if (previous === 0) return undefined
  const pct = (100 * difference) / previous
  const isSmall = pct < 1
  // A hundredfold is no longer a comparison.
  if (pct > 9999) return undefined
  return { rises, isSmall, words: isSmall ? 'steady' : `${round(pct)}%` }
}

function round(number: number): string {
  return number >= 10 ? Math.round(number).toLocaleString() : number.toFixed(1)
}
