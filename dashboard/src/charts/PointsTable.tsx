import type { Series } from '../data/timeseries.ts'
import { formatValue } from '../time/format.ts'
import { Moment } from '../ui/Time.tsx'

/** A chart's points in words, newest first. */
export function PointsTable({
  name,
  times,
  lines,
}: {
  name: string
  times: string[]
  lines: { label: string; series: Series }[]
}) {
  const newestFirst = times.map((at, index) => ({ at, index })).toReversed()
  return (
    // Whoever has no pointer must be able to scroll it.
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
    <div className="points-table" tabIndex={0} role="region" aria-label={`${name} as a table`}>
      <table className="table">
        <thead>
          <tr>
            <th scope="col">From</th>
            {lines.map(({ label }) => (
              <th key={label} scope="col" className="cell-number">
                {label}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {newestFirst.map(({ at, index }) => (
            <tr key={at}>
              <td>
                <Moment at={at} />
              </td>
              {lines.map(({ label, series }) => (
                <td key={label} className="cell-number">
                  {formatValue(series.points[index]?.value, series.unit)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}
