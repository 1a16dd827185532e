import { isDeepStrictEqual } from 'node:util'

type Row = Record<string, unknown>

/** The relative error that a percentile may have. */
const tolerance = 0.01

/** Percentiles are rounded to one decimal. */
const rounding = 0.05

/**
 * Requires that two sides gave the same rows: counts, sums, maxima and times exactly, percentiles
 * within 1%. Columns that only ours has are ours alone.
 *
 * @param key the column that tells rows apart
 * @param percentile the column that may differ by 1%
 * @throws that says which rows differ, and how
 */
export function requireSameRows(
  sides: { ours: Row[]; peer: Row[] },
  key: string,
  percentile?: string,
): void {
  const ours = new Map(sides.ours.map((row) => [String(row[key]), row]))
  const differences = sides.peer.flatMap((row) => {
    const id = String(row[key])
    const other = ours.get(id)
    if (!other) return [`${id}: missing`]
    return Object.keys(row)
      .filter((column) =>
        column === percentile
          ? !isClose(other[column], row[column])
          : !isDeepStrictEqual(other[column], row[column]),
      )
      .map((column) => `${id}: ${column} is ${show(other[column])}, not ${show(row[column])}`)
  })
  if (sides.ours.length > sides.peer.length) differences.push('more rows than there should be')
  if (sides.peer.length === 0) differences.push('there are no rows at all')
  if (differences.length > 0) throw disagreement(differences)
}

/** @throws when two numbers differ */
export function requireSame(what: string, ours: unknown, peer: unknown): void {
  if (!isDeepStrictEqual(ours, peer)) {
    throw disagreement([`${what} is ${show(ours)}, not ${show(peer)}`])
  }
}

function isClose(ours: unknown, peer: unknown): boolean {
  if (typeof ours !== 'number' || typeof peer !== 'number') return ours === peer
  return Math.abs(ours - peer) <= tolerance * peer + rounding
}

function disagreement(differences: string[]): Error {
  const shown = differences.slice(0, 10).join('\n  ')
  return new Error(
    `The two sides do not agree, so no ratio is given (${differences.length} differences):\n  ${shown}`,
  )
}

function show(value: unknown): string {
  return JSON.stringify(value) ?? 'missing'
}
