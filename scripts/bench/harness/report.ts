import type { Figure } from './benchmark.ts'

/** What `--json` prints. */
export interface Report {
  name: string
  /** When it was measured, ISO 8601 in UTC. */
  at: string
  figures: Figure[]
}

const headings = ['', 'everwatch', 'peer', 'ratio', 'goal', 'holds']

/** A report as a table for people. */
export function formatReport({ name, at, figures }: Report): string {
  const rows = [headings, ...figures.map(cells)]
  const widths = headings.map((_, column) =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0)),
  )
  const lines = rows.map((row) =>
    row
      .map((cell, column) =>
        column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0),
      )
      .join('  ')
      .trimEnd(),
  )
  return [`${name}, ${at}`, '', ...lines].join('\n')
}

function cells({ label, value, unit, peer, ratio, goal, holds }: Figure): string[] {
  return [
    label,
    `${round(value)} ${unit}`,
    `${round(peer)} ${unit}`,
    round(ratio),
    goal,
    holds ? 'yes' : 'no',
  ]
}

/** Three digits that tell, and no more than the whole number when it has as many. */
function round(value: number): string {
  const digits = Math.max(0, 2 - Math.floor(Math.log10(Math.max(Math.abs(value), 0.001))))
  return value.toLocaleString('en', { maximumFractionDigits: digits })
}
