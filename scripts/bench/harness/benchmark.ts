import type { Lab } from './lab.ts'

/** What a file `scripts/bench/<name>.ts` exports: one thing measured beside its peers. */
export interface Benchmark {
  /** What is measured, and beside what, in one line. */
  summary: string
  /** What `--rows` counts, and how many there are without it. */
  rows: { of: string; usually: number }
  /** @throws when both sides did not give the same answer */
  run(lab: Lab): Promise<Figure[]>
}

/** One line of a benchmark's outcome. */
export interface Figure {
  label: string
  value: number
  unit: string
  /** The same measured of the peer, in the same unit. */
  peer: number
  /** What the goal speaks of. */
  ratio: number
  goal: string
  holds: boolean
}

type Measured = Pick<Figure, 'label' | 'value' | 'unit' | 'peer'>

/** A cost that is to be `times` smaller than the peer's. */
export function timesLess(times: number, measured: Measured): Figure {
  const ratio = measured.peer / measured.value
  return judge(measured, ratio, `>= ${times}`, ratio >= times)
}

/** A cost that is to be no more than `share` of the peer's. */
export function atMost(share: number, measured: Measured): Figure {
  const ratio = measured.value / measured.peer
  return judge(measured, ratio, `<= ${share}`, ratio <= share)
}

/** A gain that is to be no less than `share` of the peer's. */
export function atLeast(share: number, measured: Measured): Figure {
  const ratio = measured.value / measured.peer
  return judge(measured, ratio, `>= ${share}`, ratio >= share)
}

/** A share of cases, which is to be at least so much by itself; the peer's is beside it. */
export function shareAtLeast(least: number, measured: Measured): Figure {
  return judge(measured, measured.value, `>= ${least}`, measured.value >= least)
}

/** A share of cases, which is to be at most so much by itself; the peer's is beside it. */
export function shareAtMost(most: number, measured: Measured): Figure {
  return judge(measured, measured.value, `<= ${most}`, measured.value <= most)
}

/** A share of the peer's that is to be within bounds. */
export function between(low: number, high: number, measured: Measured): Figure {
  const ratio = measured.value / measured.peer
  return judge(measured, ratio, `${low} to ${high}`, ratio >= low && ratio <= high)
}

function judge(measured: Measured, ratio: number, goal: string, holds: boolean): Figure {
  const { label, value, unit, peer } = measured
  return { label, value, unit, peer, ratio, goal, holds }
}
