import { useQuery } from '@tanstack/react-query'
import { useParams } from '@tanstack/react-router'
import { useProject } from '../app-context.ts'
import { useNow } from '../data/clock.ts'
import { lateAfterMs, systemQuery } from '../data/system.ts'
import { formatAge, formatUtc } from '../time/format.ts'

/** How old numbers are that the database refreshes every few minutes. */
export function RefreshedAsOf({ refreshedAt }: { refreshedAt: string | null }) {
  const { orgId } = useParams({ from: '/signed-in/orgs/$orgId' })
  const system = useQuery(systemQuery(useProject(), orgId))
  return <AsOf refreshedAt={refreshedAt} staleMs={lateAfterMs(system.data)} />
}

/** How old numbers are that the database makes anew from time to time. */
export function AsOf({ refreshedAt, staleMs }: { refreshedAt: string | null; staleMs: number }) {
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
