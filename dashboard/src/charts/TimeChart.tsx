import { useState } from 'react'
import type { Series, Timeseries } from '../data/timeseries.ts'
import { formatValue, type Unit } from '../time/format.ts'
import { Minute } from '../ui/Time.tsx'
import { Plot } from './Plot.tsx'
import type { PlotSeries } from './plot-options.ts'
import { PointsTable } from './PointsTable.tsx'
import './chart.css'

export interface ChartSeries {
  label: string
  series: Series | undefined
  /** A custom property's name, for example `--chart-1`. */
  color: string
  kind: 'line' | 'bars'
}

/**
 * Series over time: what the range comes to as a whole, the values under the pointer while it is
 * there, the same as a table for who prefers one. A span that is marked with the pointer becomes
 * the page's range.
 */
export function TimeChart({
  name,
  answer,
  lines,
  most,
  onZoom,
}: {
  name: string
  answer: Timeseries
  lines: ChartSeries[]
  /** The top of the axis, where the unit has one: 100 for percent. */
  most?: number
  onZoom: (from: Date, to: Date) => void
}) {
  const [cursor, setCursor] = useState<number | null>(null)
  const [isTable, setIsTable] = useState(false)
  const shown = lines.filter((line): line is ChartSeries & { series: Series } => !!line.series)
  const unit: Unit = shown[0]?.series.unit ?? 'count'
  const times = shown[0]?.series.points.map((point) => point.at) ?? []
  const isEmpty = shown.every(({ series }) => series.points.every((point) => point.value === null))
  const at = cursor === null ? undefined : times[cursor]

  const band = shown[0]?.series.band ?? []
  const usual = band.find((hour) => hour.at === at)

  const legend = shown.map(({ label, series, color }) => {
    const value = at === undefined ? series.value : (series.points[cursor ?? 0]?.value ?? null)
    return { label, color, text: formatValue(value, series.unit) }
  })
  return (
    <figure className="chart">
      <figcaption className="chart-legend">
        <div className="chart-keys">
          {legend.map(({ label, color, text }) => (
            <span key={label} className="chart-key">
              <i style={{ background: `var(${color})` }} />
              {label} <b className="number">{text}</b>
            </span>
          ))}
        </div>
        {band.length > 0 && (
          <span className="chart-usual chart-key">
            <i />
            {usual
              ? `usually ${formatValue(usual.lower, unit)} to ${formatValue(usual.upper, unit)}`
              : 'Usual'}
          </span>
        )}
        <span className="chart-when">{at !== undefined && <Minute at={at} />}</span>
        <button type="button" className="chart-switch" onClick={() => setIsTable(!isTable)}>
          {isTable ? 'Chart' : 'Table'}
          <span className="unseen"> of {name}</span>
        </button>
      </figcaption>
      {isTable ? (
        <PointsTable name={name} times={times} lines={shown} />
      ) : isEmpty ? (
        <p className="chart-empty soft small">Nothing was recorded in this time.</p>
      ) : (
        <Plot
          label={`${name}: ${legend.map((key) => `${key.label} ${key.text}`).join(', ')} over the range`}
          times={times}
          stepSeconds={answer.step_seconds}
          series={shown.map(({ series, color, kind, label }): PlotSeries => ({
            label,
            color,
            kind,
            values: series.points.map((point) => point.value),
          }))}
          band={band}
          unit={unit}
          {...(most !== undefined && { most })}
          onCursor={setCursor}
          onZoom={onZoom}
        />
      )}
    </figure>
  )
}
