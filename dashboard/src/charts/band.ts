import type uPlot from 'uplot'
import type { Series } from '../data/timeseries.ts'

export type Band = NonNullable<Series['band']>

/** Fills what was usual, behind the lines; where an hour was not scored there is a gap. */
export function drawBand(plot: uPlot, band: Band, fill: string): void {
  const { ctx, bbox } = plot
  const x = (seconds: number) => plot.valToPos(seconds, 'x', true)
  const y = (value: number) => plot.valToPos(value, 'y', true)
  ctx.save()
  ctx.beginPath()
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height)
  ctx.clip()
  ctx.fillStyle = fill
  for (const run of runs(band)) {
    ctx.beginPath()
    for (const { seconds, upper } of run) ctx.lineTo(x(seconds), y(upper))
    for (const { seconds, lower } of run.toReversed()) ctx.lineTo(x(seconds), y(lower))
    ctx.fill()
  }
  ctx.restore()
}

interface Edge {
  seconds: number
  lower: number
  upper: number
}

/** The hours that follow each other. */
function runs(band: Band): Edge[][] {
  const found: Edge[][] = []
  for (const { at, lower, upper } of band) {
    const edge = { seconds: Date.parse(at) / 1000, lower, upper }
    const last = found.at(-1)
    if (last?.at(-1)?.seconds === edge.seconds - 3600) last.push(edge)
    else found.push([edge])
  }
  return found
}
