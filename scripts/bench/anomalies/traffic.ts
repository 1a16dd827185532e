import { normal, pick, poisson, seededRandom, type Random } from '../../random.ts'

/** What a series counts: events, few events, milliseconds, or percent that failed. */
export const kinds = ['count', 'near zero', 'latency', 'ratio'] as const
export type Kind = (typeof kinds)[number]

/** The same series for the same seed. Of seeds that are alike the first numbers are alike: they go. */
export function randomFor(seed: number): Random {
  const random = seededRandom(seed)
  for (let i = 0; i < 100; i++) random()
  return random
}

/** What an hour would be without noise, and what it is with it. */
export interface Traffic {
  expected: number[]
  /** The standard deviation of the noise of each hour. */
  noise: number[]
  /** @param factor how many times as much as expected there is of it */
  draw(hour: number, factor: number): number
}

export const weeks = 11
const hours = weeks * 168

/**
 * Traffic as it might be: a season of days with its peak in the afternoon or the evening, quieter or
 * equal weekends, and two kinds of noise. Counts are Poisson; and the mean itself wanders by 3 to 12%
 * from hour to hour, log-normal and autocorrelated by 0.6, as what people do is.
 */
export function makeTraffic(kind: Kind, random: Random): Traffic {
  const between = (low: number, high: number) => low + (high - low) * random()
  const calm = kind === 'latency'
  const amplitude = between(0.2, 0.9) * (calm ? 0.4 : 1)
  const weekend = calm ? 0.9 : between(0.3, 1)
  const peak = between(10, 18)
  const level = levels[kind](random)
  const spread = between(0.03, 0.12)
  const finished = pick([200, 1000, 5000], random)

  const expected: number[] = []
  const wander: number[] = []
  let state = 0
  for (let hour = 0; hour < hours; hour++) {
    const day = 1 + amplitude * Math.cos(((hour - peak) / 24) * 2 * Math.PI)
    expected.push(level * day * (hour % 168 >= 120 ? weekend : 1))
    state = 0.6 * state + 0.8 * spread * normal(random)
    wander.push(Math.exp(state))
  }
  const own = {
    count: (mean: number) => Math.sqrt(mean),
    'near zero': (mean: number) => Math.sqrt(mean),
    latency: (mean: number) => 0.05 * mean,
    ratio: (mean: number) => Math.sqrt((mean * (100 - mean)) / finished),
  }[kind]
  return {
    expected,
    noise: expected.map((mean) => Math.hypot(own(mean), spread * mean)),
    draw(hour, factor) {
      const mean = expected[hour]! * factor * wander[hour]!
      if (kind === 'latency') return mean * Math.exp(0.05 * normal(random))
      if (kind !== 'ratio') return poisson(mean, random)
      return (100 * Math.min(finished, poisson((finished * mean) / 100, random))) / finished
    },
  }
}

const levels: Record<Kind, (random: Random) => number> = {
  count: (random) => pick([20, 60, 200, 1000, 5000], random),
  'near zero': (random) => pick([0.2, 0.5, 1, 3], random),
  latency: (random) => 80 + 820 * random(),
  ratio: (random) => 0.5 + 4.5 * random(),
}
