import type { Label } from './events.ts'

/** The score from which on something is said. */
const threshold = 0.5

/** Before this hour nothing counts: a detector has two weeks to learn. */
const counted = 14 * 24

export interface Found {
  hits: number
  misses: number
  falseAlarms: number
}

/** What of the labels was found, and what was said beside them. */
export function compare(scores: number[], labels: Label[]): Found {
  const hit = new Set<Label>()
  let falseAlarms = 0
  scores.forEach((score, hour) => {
    if (hour < counted || score < threshold) return
    const label = labels.find(({ from, to }) => hour >= from && hour <= to)
    if (label) hit.add(label)
    else falseAlarms++
  })
  return { hits: hit.size, misses: labels.length - hit.size, falseAlarms }
}

export function add(all: Found[]): Found {
  const total = { hits: 0, misses: 0, falseAlarms: 0 }
  for (const { hits, misses, falseAlarms } of all) {
    total.hits += hits
    total.misses += misses
    total.falseAlarms += falseAlarms
  }
  return total
}

export const precision = ({ hits, falseAlarms }: Found): number => hits / (hits + falseAlarms)
export const recall = ({ hits, misses }: Found): number => hits / (hits + misses)

/** False alarms a series and 30 days, of so many series of so many hours. */
export const perMonth = ({ falseAlarms }: Found, series: number, hours: number): number =>
  falseAlarms / ((series * (hours - counted)) / 720)
