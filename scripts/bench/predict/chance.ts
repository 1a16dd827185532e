import type { Random } from '../../random.ts'

export function between(low: number, high: number, random: Random): number {
  return low + (high - low) * random()
}

/** The time until something that happens once in `mean` on average. */
export function exponential(mean: number, random: Random): number {
  return -mean * Math.log(1 - random())
}

/** 1 or more, `mean` on average: each further one as likely as the one before. */
export function geometric(mean: number, random: Random): number {
  return mean <= 1 ? 1 : 1 + Math.floor(Math.log(1 - random()) / Math.log(1 - 1 / mean))
}
