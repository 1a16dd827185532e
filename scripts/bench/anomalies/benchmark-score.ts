import type { Series } from './corpus.ts'

/** The weights of the standard profile. */
const weights = { found: 1, missed: 1, falseAlarm: 0.11 }

/** A series with the score of each of its points. */
export type Scored = Series & { scores: number[] }

interface Part {
  score: number
  /** Which window it lies in; none for a false alarm. */
  window?: string
  /** What it is worth to speak here: 1 at the start of a window, down to -1 far from all. */
  worth: number
}

/**
 * The score of the Numenta Anomaly Benchmark (Lavin and Ahmad 2015, arXiv:1510.03336), standard
 * profile: the earlier in its window something is found the more it counts, a false alarm the less the
 * nearer it follows a window. One threshold, the best, serves all series. 0 is a detector that never
 * speaks, 100 one that is perfect.
 */
export function benchmarkScore(all: Scored[]): { score: number; threshold: number } {
  const parts = all.flatMap(partsOf).toSorted((a, b) => b.score - a.score)
  const windows = all.reduce((sum, series) => sum + series.windows.length, 0)
  const silent = -weights.missed * windows
  const best = new Map<string, number>()
  let total = silent
  let result = { total, threshold: Infinity }
  parts.forEach(({ score, window, worth }, i) => {
    if (window === undefined) {
      total += worth * weights.falseAlarm
    } else {
      const before = best.get(window) ?? -weights.missed
      const now = Math.max(before, worth * weights.found)
      best.set(window, now)
      total += now - before
    }
    // All that have the same score speak together.
    if (parts[i + 1]?.score !== score && total > result.total) result = { total, threshold: score }
  })
  const perfect = weights.found * windows
  return {
    score: (100 * (result.total - silent)) / (perfect - silent),
    threshold: result.threshold,
  }
}

function partsOf({ name, points, windows, scores }: Scored): Part[] {
  const times = points.map(([at]) => Date.parse(at))
  const spans = windows.map(([from, to]) => [
    times.findIndex((at) => at >= from),
    times.findLastIndex((at) => at <= to),
  ]) as [number, number][]
  // The first 15% are for learning, 750 points at most.
  const learning = Math.min(Math.floor(0.15 * points.length), 750)
  const parts: Part[] = []
  for (let i = learning; i < points.length; i++) {
    const score = scores[i]!
    const inside = spans.findIndex(([from, to]) => i >= from && i <= to)
    if (inside >= 0) {
      const [from, to] = spans[inside]!
      const worth = sigmoid(-(to - i + 1) / (to - from + 1)) / sigmoid(-1)
      parts.push({ score, window: `${name} ${inside}`, worth })
    } else {
      const last = spans.findLast(([, to]) => to < i)
      const worth = last ? sigmoid((i - last[1]) / (last[1] - last[0])) : -1
      parts.push({ score, worth })
    }
  }
  return parts
}

const sigmoid = (x: number): number => (x > 3 ? -1 : 2 / (1 + Math.exp(5 * x)) - 1)
