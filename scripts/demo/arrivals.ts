import type { Random } from '../random.ts'

const hour = 3_600_000

/**
 * When something that happens `perHour` times an hour on average happens next: at random, and more
 * often at midday (UTC) than at night.
 */
export function nextArrival(perHour: number, after: Date, random: Random): Date {
  const rate = perHour * daytime(after)
  return new Date(after.getTime() + (-Math.log(1 - random()) / rate) * hour)
}

/** Busier by 60% at midday, quieter by 60% at midnight; 1 on average. */
function daytime(at: Date): number {
  const turn = ((at.getTime() % (24 * hour)) / (24 * hour)) * 2 * Math.PI
  return 1 - 0.6 * Math.cos(turn)
}
