import { useEffect, useRef } from 'react'
import uPlot from 'uplot'
import 'uplot/dist/uPlot.min.css'
import type { Unit } from '../time/format.ts'
import { colorOf, useIsDark } from '../ui/theme.ts'
import type { Band } from './band.ts'
import { plotOptions, type PlotSeries } from './plot-options.ts'

export interface PlotProps {
  /** What the chart shows, for people who cannot see it. */
  label: string
  times: string[]
  stepSeconds: number
  series: PlotSeries[]
  /** The usual range of the first series. */
  band: Band
  unit: Unit
  most?: number
  /** The index of the point under the pointer, or null. */
  onCursor: (index: number | null) => void
  onZoom: (from: Date, to: Date) => void
}

const height = 190

/** The drawing itself: made once, then given new numbers, so that a refresh does not flicker. */
export function Plot(props: PlotProps) {
  const { label, times, stepSeconds, series, band, unit, most, onCursor, onZoom } = props
  const box = useRef<HTMLDivElement>(null)
  const plot = useRef<uPlot>(undefined)
  const calls = useRef({ onCursor, onZoom })
  const isDark = useIsDark()
  // What is drawn and how, without the numbers.
  const shape = JSON.stringify([
    series.map(({ label: each, color, kind }) => [each, color, kind]),
    unit,
    most,
    isDark,
    band.length > 0,
  ])
  const data: uPlot.AlignedData = [
    times.map((at) => Date.parse(at) / 1000),
    ...series.map(({ values }) => values),
  ]
  const latest = useRef({ data, series, band, stepSeconds })
  useEffect(() => {
    calls.current = { onCursor, onZoom }
    latest.current = { data, series, band, stepSeconds }
  })

  useEffect(() => {
    const { current } = box
    if (!current) return
    const options = plotOptions({
      width: current.clientWidth,
      height,
      series: latest.current.series,
      unit,
      most,
      colorOf,
      stepSeconds: () => latest.current.stepSeconds,
      band: () => latest.current.band,
      onCursor: (index) => calls.current.onCursor(index),
      onZoom: (from, to) => calls.current.onZoom(from, to),
    })
    const made = new uPlot(options, latest.current.data, current)
    plot.current = made
    const observer = new ResizeObserver(() => made.setSize({ width: current.clientWidth, height }))
    observer.observe(current)
    return () => {
      observer.disconnect()
      made.destroy()
      plot.current = undefined
    }
    // oxlint-disable-next-line react-hooks/exhaustive-deps
  }, [shape])

  const key = JSON.stringify([data, band])
  useEffect(() => {
    plot.current?.setData(latest.current.data)
  }, [key])

  return <div ref={box} className="plot" role="img" aria-label={label} style={{ height }} />
}
