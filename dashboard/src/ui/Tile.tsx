import type { ReactNode } from 'react'
import { seriesOf } from '../../../supabase/functions/_shared/catalog/series.ts'
import { Sparkline } from '../charts/Sparkline.tsx'
import type { Series } from '../data/timeseries.ts'
import { formatValue } from '../time/format.ts'
import { Delta } from './Delta.tsx'
import './tile.css'

/** One number over the range: what it is, how it moved, and how it compares with the range before. */
export function Tile({
  series,
  before,
  endedAt,
}: {
  series: Series | undefined
  before: string
  /** The last bucket is left out of the shape while it is still being filled. */
  endedAt: string | undefined
}) {
  if (!series) return null
  const { metric, value, previous, unit } = series
  const { label, better = 'neither' } = seriesOf(metric)
  const points =
    unit === 'count' && endedAt === undefined ? series.points.slice(0, -1) : series.points
  return (
    <div className="tile">
      <dt>{label}</dt>
      <dd>
        <span className="tile-value number">{formatValue(value, unit)}</span>{' '}
        <Delta value={value} previous={previous} unit={unit} better={better} before={before} />
      </dd>
      <Sparkline points={points} />
    </div>
  )
}

/** One number of now: what it is, and what there is to say of it. */
export function FigureTile({
  label,
  value,
  children,
}: {
  label: string
  value: string
  children?: ReactNode
}) {
  return (
    <div className="tile tile-figure">
      <dt>{label}</dt>
      <dd>
        <span className="tile-value number">{value}</span>
      </dd>
      {children !== undefined && <dd className="small soft">{children}</dd>}
    </div>
  )
}
