import type uPlot from 'uplot'
import type { Series } from '../data/timeseries.ts'

export type Band = NonNullable<Series['band']>

/** Fills what was usual, behind what was; where an hour was not scored there is a gap. */
export function fillBand(plot: uPlot, band: Band, fill: string): void {
  onPlot(plot, band, (ctx, upper, lower) => {
    ctx.fillStyle = fill
    ctx.beginPath()
    for (const point of [...upper, ...lower.toReversed()]) ctx.lineTo(...point)
    ctx.fill()
  })
}

/** Its edges, before what was: bars would hide them. */
export function strokeBand(plot: uPlot, band: Band, stroke: string): void {
  onPlot(plot, band, (ctx, ...edges) => {
    ctx.strokeStyle = stroke
    ctx.setLineDash([3 * devicePixelRatio, 3 * devicePixelRatio])
    for (const edge of edges) {
      ctx.beginPath()
      for (const point of edge) ctx.lineTo(...point)
      ctx.stroke()
    }
  })
}

type Point = [x: number, y: number]

/** Draws each run of hours, within the plot. */
function onPlot(
  plot: uPlot,
  band: Band,
  draw: (ctx: CanvasRenderingContext2D, upper: Point[], lower: Point[]) => void,
): void {
  const { ctx, bbox } = plot
  const at = (seconds: number, value: number): Point => [
    plot.valToPos(seconds, 'x', true),
    plot.valToPos(value, 'y', true),
  ]
  ctx.save()
  ctx.beginPath()
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height)
  ctx.clip()
  for (const run of runs(band)) {
    draw(
      ctx,
      run.map(({ seconds, upper }) => at(seconds, upper)),
      run.map(({ seconds, lower }) => at(seconds, lower)),
    )
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
