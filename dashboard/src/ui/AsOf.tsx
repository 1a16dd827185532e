import { useNow } from '../data/clock.ts'
import { formatAge, formatUtc } from '../time/format.ts'

/** The numbers are refreshed every 5 minutes: from this age on two refreshes did not happen. */
export const staleRefreshMs = 11 * 60_000

/** How old numbers are that the database refreshes from time to time, by default every 5 minutes. */
export function AsOf({
  refreshedAt,
  staleMs = staleRefreshMs,
}: {
  refreshedAt: string | null
  staleMs?: number
}) {
  const now = useNow(1000)
  if (refreshedAt === null) return <span className="stale">Never refreshed</span>
  const age = now - Date.parse(refreshedAt)
  const isStale = age > staleMs
  return (
    <span className={isStale ? 'stale' : undefined} title={formatUtc(refreshedAt)}>
      {isStale && 'Stale: '}numbers of <span className="number">{formatAge(age)}</span> ago
    </span>
  )
}
