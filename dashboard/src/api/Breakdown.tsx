import './breakdown.css'

/** Counts by kind, largest first, each with its share as a bar. */
export function Breakdown({
  name,
  counts,
  isBad = false,
  chosen,
  onChoose,
}: {
  name: string
  counts: Record<string, number>
  isBad?: boolean
  chosen?: string | undefined
  /** Makes each kind one that the page can be narrowed to. */
  onChoose?: (kind: string | undefined) => void
}) {
  const rows = Object.entries(counts).toSorted(([, one], [, other]) => other - one)
  const total = rows.reduce((sum, [, count]) => sum + count, 0)
  const largest = rows[0]?.[1] ?? 0
  if (rows.length === 0) return <p className="soft small">None.</p>
  return (
    <table className={`breakdown ${isBad ? 'breakdown-bad' : ''}`}>
      <thead className="unseen">
        <tr>
          <th scope="col">{name}</th>
          <th scope="col">Share</th>
          <th scope="col">Requests</th>
        </tr>
      </thead>
      <tbody>
        {rows.map(([kind, count]) => (
          <tr key={kind}>
            <th scope="row">
              {onChoose ? (
                <button
                  type="button"
                  aria-pressed={chosen === kind}
                  onClick={() => onChoose(chosen === kind ? undefined : kind)}
                >
                  {kind}
                </button>
              ) : (
                kind
              )}
            </th>
            <td className="breakdown-bar">
              <i style={{ width: `${(100 * count) / largest}%` }} />
              <span className="unseen">{Math.round((100 * count) / total)}%</span>
            </td>
            <td className="breakdown-count number">{count.toLocaleString()}</td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}
