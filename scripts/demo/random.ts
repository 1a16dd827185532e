import { createHash } from 'node:crypto'
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64'
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus'

/** A number from 0 up to, and without, 1. */
export type Random = () => number

/** The same numbers for the same seed: what is made of them can be made again. */
export function seededRandom(seed: number): Random {
  const generator = xoroshiro128plus(seed)
  return () => uniformFloat64(generator)
}

/** A duration in milliseconds as networks have them: log-normal, most near the median, few very long. */
export function duration(medianMs: number, random: Random): number {
  // Box and Muller (1958): a normal deviate of two uniform ones.
  const normal = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())
  return Math.round(medianMs * Math.exp(0.45 * normal))
}

export function pick<T>(items: readonly T[], random: Random): T {
  const item = items[Math.floor(random() * items.length)]
  if (item === undefined) throw new Error('nothing to pick from')
  return item
}

/** The same uuid for the same name, so that what has it is made once however often the demo starts. */
export function uuidOf(name: string): string {
  const digest = createHash('sha256').update(name).digest('hex')
  const parts = [digest.slice(0, 8), digest.slice(8, 12), `8${digest.slice(13, 16)}`]
  return [...parts, `8${digest.slice(17, 20)}`, digest.slice(20, 32)].join('-')
}
