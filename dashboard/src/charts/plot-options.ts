import uPlot from 'uplot'
import { formatDuration, type Unit } from '../time/format.ts'
import { type Band, fillBand, strokeBand } from './band.ts'

export interface PlotSeries {
  label: string
  /** The name of a CSS custom property. */
  color: string
  kind: 'line' | 'bars'
  values: (number | null)[]
}

interface Shape {
  width: number
  height: number
  series: PlotSeries[]
  unit: Unit
  most: number | undefined
  colorOf: (property: string) => string
  stepSeconds: () => number
  band: () => Band
  onCursor: (index: number | null) => void
  onZoom: (from: Date, to: Date) => void
}

const compact = new Intl.NumberFormat(undefined, { notation: 'compact', maximumFractionDigits: 1 })

const tick: Record<Unit, (value: number) => string> = {
  count: (value) => compact.format(value),
  percent: (value) => `${compact.format(value)}%`,
  milliseconds: formatDuration,
  value: (value) => compact.format(value),
}

/** How a plot looks and behaves, in the terms of uPlot. */
export function plotOptions(shape: Shape): uPlot.Options {
  const { colorOf, unit, most, onCursor, onZoom } = shape
  const soft = colorOf('--ink-soft')
  const line = colorOf('--line')
  const bandFill = colorOf('--chart-band')
  const font = `11px ${getComputedStyle(document.body).fontFamily}`
  return {
    width: shape.width,
    height: shape.height,
    legend: { show: false },
    // One pointer for all charts of a page: what happened at that moment stands in one line.
    cursor: {
      sync: { key: 'page' },
      drag: { x: true, y: false, setScale: false },
      y: false,
      points: { size: 7, width: 2 },
    },
    scales: {
      x: { time: true, range: (_plot, low, high) => [low, high + shape.stepSeconds()] },
      y: { range: (_plot, low, high) => rangeY(low, high, unit, most) },
    },
    axes: [
      {
        stroke: soft,
        font,
        size: 28,
        gap: 6,
        space: 64,
        grid: { show: false },
        ticks: { stroke: line, size: 4 },
        values: (_plot, splits, _axis, _space, increment) => timeTicks(splits, increment),
      },
      {
        stroke: soft,
        font,
        size: 52,
        gap: 8,
        grid: { stroke: line, width: 1 },
        ticks: { show: false },
        values: (_plot, splits) => splits.map((value) => tick[unit](value)),
        space: 36,
      },
    ],
    series: [{}, ...shape.series.map((each) => seriesOptions(each, shape))],
    hooks: {
      drawAxes: [(plot) => fillBand(plot, shape.band(), bandFill)],
      draw: [(plot) => strokeBand(plot, shape.band(), soft)],
      setCursor: [(plot) => onCursor(plot.cursor.idx ?? null)],
      setSelect: [
        (plot) => {
          const { left, width } = plot.select
          // A press that did not move marks nothing.
          if (width < 8) return
          const [from, to] = [plot.posToVal(left, 'x'), plot.posToVal(left + width, 'x')]
          plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false)
          onZoom(new Date(from * 1000), new Date(to * 1000))
        },
      ],
    },
  }
}

const clock = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' })
const date = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short' })

/** Times of day, and the date where a day begins; dates alone where ticks are days apart. */
function timeTicks(splits: number[], increment: number): string[] {
  return splits.map((seconds) => {
    const at = new Date(seconds * 1000)
    const isMidnight = at.getHours() === 0 && at.getMinutes() === 0
    return increment >= 86_400 || isMidnight ? date.format(at) : clock.format(at)
  })
}

function seriesOptions({ label, color, kind }: PlotSeries, shape: Shape): uPlot.Series {
  const stroke = shape.colorOf(color)
  if (kind === 'bars') {
    const paths = uPlot.paths.bars?.({ size: [0.72, 18, 1], align: 1, radius: 0.15 })
    return { label, fill: stroke, width: 0, points: { show: false }, ...(paths && { paths }) }
  }
  return {
    label,
    stroke,
    width: 1.75,
    // Beside a band it would look like another one.
    ...(color === '--chart-1' &&
      shape.band().length === 0 && { fill: shape.colorOf('--chart-fill') }),
    // A point between two gaps would not be seen as a line.
    points: { show: true, size: 5, width: 0, fill: stroke, filter: isolated },
  }
}

const isolated: uPlot.Series.Points.Filter = (plot, index) => {
  const values = plot.data[index] ?? []
  const found: number[] = []
  for (let i = 0; i < values.length; i++) {
    if (values[i] != null && values[i - 1] == null && values[i + 1] == null) found.push(i)
  }
  return found
}

/** Counts and durations begin at zero; percentages show where they move, up to what there can be. */
function rangeY(low: number, high: number, unit: Unit, most?: number): [number, number] {
  if (unit !== 'percent') return [0, high > 0 ? high * 1.08 : 1]
  const top = most ?? Math.max(high * 1.1, 1)
  if (most === undefined || low < 50) return [0, top]
  return [Math.max(0, Math.floor(low - (top - low) * 0.15 - 0.5)), top]
}
