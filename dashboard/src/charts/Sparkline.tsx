import type { Series } from '../data/timeseries.ts'
import './sparkline.css'

const [width, height] = [100, 28]

/** The shape of a series, without axes: what stands beside it says the numbers. Gaps are gaps. */
export function Sparkline({ points }: { points: Series['points'] }) {
  const values = points.map((point) => point.value)
  const known = values.filter((value) => value !== null)
  if (known.length < 2) return <div className="sparkline" aria-hidden="true" />
  const [low, high] = [Math.min(...known), Math.max(...known)]
  // A line that does not move stands in the middle.
  const span = high - low || 1
  const x = (index: number): number => (index / (values.length - 1)) * width
  const y = (value: number): number =>
    high === low ? height / 2 : height - 3 - ((value - low) / span) * (height - 6)

  let line = ''
  for (const [index, value] of values.entries()) {
    if (value === null) continue
    const begins = values[index - 1] === null || values[index - 1] === undefined
    line += `${begins ? 'M' : 'L'}${x(index).toFixed(1)} ${y(value).toFixed(1)}`
    // A value between two gaps is a dot: a line of no length with round ends.
    if (begins && (values[index + 1] ?? null) === null) line += 'h0'
  }
  return (
    <svg
      className="sparkline"
      viewBox={`0 0 ${width} ${height}`}
      preserveAspectRatio="none"
      aria-hidden="true"
    >
      <path d={line} />
    </svg>
  )
}
