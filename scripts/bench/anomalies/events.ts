import type { Random } from '../../random.ts'
import { mean } from '../harness/rounds.ts'
import { type Kind, makeTraffic, randomFor, type Traffic } from './traffic.ts'

export const events = ['spike', 'dip', 'level shift', 'silence', 'drift', 'season change'] as const
export type Event = (typeof events)[number]

/** Hours within which something unusual is to be found, and how large it is there. */
export interface Label {
  from: number
  to: number
  /**
   * The mean difference from what is expected, in standard deviations of the noise of one hour; none
   * where what is unusual is that it is as before.
   */
  size: number | undefined
}

export interface Labelled {
  values: number[]
  labels: Label[]
}

export function makeHealthy(kind: Kind, seed: number): number[] {
  const traffic = makeTraffic(kind, randomFor(seed))
  return traffic.expected.map((_, hour) => traffic.draw(hour, 1))
}

/** One series with events of one sort, the first after four weeks. */
export function makeLabelled(event: Event, kind: Kind, seed: number): Labelled {
  const random = randomFor(seed)
  const traffic = makeTraffic(kind, random)
  const factors = traffic.expected.map(() => 1)
  const spans = spansOf[event](traffic, factors, kind, random)
  return {
    values: traffic.expected.map((_, hour) => traffic.draw(hour, factors[hour]!)),
    labels: spans.map(([from, to]) => ({ from, to, size: sizeOf(traffic, factors, from, to) })),
  }
}

type Span = [from: number, to: number]
type Spans = (traffic: Traffic, factors: number[], kind: Kind, random: Random) => Span[]

const first = (random: Random) => 28 * 24 + Math.floor(random() * 72)
const between = (low: number, high: number, random: Random) => low + (high - low) * random()
const multiply = (factors: number[], from: number, to: number, factor: number) => {
  for (let hour = from; hour < to; hour++) factors[hour]! *= factor
}

/**
 * Something short, again and again, 6 to 12 days apart. Counts have it only where it can be seen: no
 * one sees that two events did not happen.
 */
const short =
  (
    length: (random: Random) => number,
    factor: (random: Random) => number,
    isVisible: (count: number, mass: number, factor: number) => boolean,
  ): Spans =>
  ({ expected }, factors, kind, random) => {
    const spans: Span[] = []
    for (let from = first(random); from < expected.length - 48;) {
      const to = from + Math.floor(length(random))
      const times = factor(random)
      const mass = expected.slice(from, to).reduce((sum, count) => sum + count, 0)
      if (kind === 'latency' || kind === 'ratio' || isVisible(expected[from]!, mass, times)) {
        multiply(factors, from, to, times)
        spans.push([from, to + 1])
        from += Math.floor(between(6, 12, random) * 24)
      } else {
        from++
      }
    }
    return spans
  }

/** A hole of so many standard deviations of a Poisson count in all. */
const isHole = (_: number, mass: number, factor: number) => (1 - factor) ** 2 * mass >= 50

const spansOf: Record<Event, Spans> = {
  spike: short(
    (random) => 1 + random() * 3,
    (random) => between(2.5, 5, random),
    (count) => count >= 8,
  ),
  dip: short(
    (random) => 2 + random() * 4,
    (random) => between(0.1, 0.4, random),
    isHole,
  ),
  silence: short(
    (random) => 8 + random() * 8,
    () => 0,
    isHole,
  ),
  // Up or down, and back after two or three weeks: two events, each to be found within a day.
  'level shift': ({ expected }, factors, _, random) => {
    const from = first(random)
    const factor = random() < 0.5 ? between(1.8, 3, random) : between(0.25, 0.5, random)
    const back = from + Math.floor(between(14, 20, random) * 24)
    multiply(factors, from, Math.min(back, expected.length), factor)
    return [
      [from, from + 24],
      [back, back + 24],
    ]
  },
  // Two to three times as much, over ten days.
  drift: ({ expected }, factors, _, random) => {
    const from = first(random)
    const factor = between(2, 3, random)
    for (let hour = from; hour < expected.length; hour++) {
      factors[hour]! *= 1 + (factor - 1) * Math.min(1, (hour - from) / 240)
    }
    return [[from, from + 240]]
  },
  // What was at noon is at midnight.
  'season change': ({ expected }, factors, _, random) => {
    const from = first(random)
    for (let hour = from; hour < expected.length; hour++) {
      factors[hour] = expected[hour - 12]! / expected[hour]!
    }
    return [[from, from + 48]]
  },
}

function sizeOf(
  { expected, noise }: Traffic,
  factors: number[],
  from: number,
  to: number,
): number | undefined {
  const sizes: number[] = []
  for (let hour = from; hour < to; hour++) {
    if (factors[hour] === 1) continue
    sizes.push((expected[hour]! * Math.abs(factors[hour]! - 1)) / noise[hour]!)
  }
  return sizes.length === 0 ? undefined : mean(sizes)
}
