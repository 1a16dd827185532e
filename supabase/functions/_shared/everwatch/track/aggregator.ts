import { binOf, binValue } from './bins.ts'
import type { Metric } from './event.ts'

export interface MetricOptions {
  orgId: string
  /** Up to 10, each of few values: every set of them is a series of its own. */
  labels?: Record<string, string>
}

type Kind = Metric['kind']

interface Series {
  event: Omit<Metric, 'value'>
  /** The sum of a counter, the last of a gauge. */
  value: number
  /** How often the values of each bin came, of a histogram. */
  bins: Map<number, number>
}

/** How many series are held between two sends: labels without end must not fill the memory. */
const mostSeries = 1000

/**
 * Adds values up before they are sent: a counter sends one event a second, however often it counts, and
 * a histogram one for each of its bins.
 */
export class MetricAggregator {
  readonly #series = new Map<string, Series>()

  /** @throws when the value is not a number, or there is no room for another series */
  add(kind: Kind, name: string, value: number, { orgId, labels = {} }: MetricOptions): void {
    if (!Number.isFinite(value)) throw new TypeError(`The value of ${name} must be a number.`)
    const key = JSON.stringify([orgId, kind, name, Object.entries(labels).toSorted()])
    const series =
      this.#series.get(key) ??
      this.#begin(key, { type: 'metric', org_id: orgId, name, kind, labels })
    if (kind === 'counter') series.value += value
    if (kind === 'gauge') series.value = value
    if (kind === 'histogram') {
      const bin = binOf(value)
      series.bins.set(bin, (series.bins.get(bin) ?? 0) + 1)
    }
  }

  /** Takes out what was added up. */
  take(): Metric[] {
    const all = [...this.#series.values()].flatMap(eventsOf)
    this.#series.clear()
    return all
  }

  #begin(key: string, event: Series['event']): Series {
    if (this.#series.size >= mostSeries) throw new RangeError('There are too many sets of labels.')
    const series = { event: { ...event, labels: { ...event.labels } }, value: 0, bins: new Map() }
    this.#series.set(key, series)
    return series
  }
}

function eventsOf({ event, value, bins }: Series): Metric[] {
  if (event.kind !== 'histogram') return [{ ...event, value }]
  return Array.from(bins, ([bin, count]) => ({ ...event, value: binValue(bin), count }))
}
