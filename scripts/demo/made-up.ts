import { createHash } from 'node:crypto'
import { normal, type Random } from '../random.ts'

/** A duration in milliseconds as networks have them: log-normal, most near the median, few very long. */
export function duration(medianMs: number, random: Random): number {
  return Math.round(medianMs * Math.exp(0.45 * normal(random)))
}

/** The same uuid for the same name, so that what has it is made once however often the demo starts. */
export function uuidOf(name: string): string {
  const digest = createHash('sha256').update(name).digest('hex')
  const parts = [digest.slice(0, 8), digest.slice(8, 12), `8${digest.slice(13, 16)}`]
  return [...parts, `8${digest.slice(17, 20)}`, digest.slice(20, 32)].join('-')
}

/** Up to `most` made-up things of a kind, as JSON: what a webhook is told, or a page of an API. */
export function listOf(kind: string, most: number, random: Random): string {
  const count = 1 + Math.floor(most * random())
  const data = Array.from({ length: count }, (_, n) => ({ id: n, name: `${kind} ${n}` }))
  return JSON.stringify({ type: kind, data })
}
