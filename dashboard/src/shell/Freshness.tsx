import { useQuery, useQueryClient, type Query } from '@tanstack/react-query'
import { useParams } from '@tanstack/react-router'
import { useSyncExternalStore } from 'react'
import { useProject } from '../app-context.ts'
import { useNow } from '../data/clock.ts'
import { refreshMs } from '../data/query-client.ts'
import { lateAfterMs, systemQuery } from '../data/system.ts'
import { formatAge } from '../time/format.ts'

/** From this age on numbers count as stale: two refreshes were missed. */
const staleMs = 3 * refreshMs

const announcements = {
  good: '',
  warn: 'The numbers are stale.',
  bad: 'Numbers could not be read.',
}

/** How old what is on the page is: the oldest of its numbers counts. */
export function Freshness() {
  const { orgId } = useParams({ from: '/signed-in/orgs/$orgId' })
  const system = useQuery(systemQuery(useProject(), orgId))
  const client = useQueryClient()
  const cache = client.getQueryCache()
  const state = useSyncExternalStore(
    (listener) => cache.subscribe(listener),
    () =>
      summarize(cache.getAll().filter((query) => query.isActive() && query.queryKey[0] === orgId)),
  )
  const now = useNow(1000)
  const [oldest, failing] = state.split('/')
  const age = oldest ? Date.now() - Number(oldest) : undefined
  const refreshedAt = system.data?.refreshed_at ?? null
  const refreshAge = refreshedAt === null ? 0 : now - Date.parse(refreshedAt)
  const [tone, words] = describe(age, failing, refreshAge, lateAfterMs(system.data))
  return (
    <div className={`freshness freshness-${tone}`}>
      <i aria-hidden="true" />
      <span className="number">{words}</span>
      {/* The age alone changes too often to be read out. */}
      <span role="status" className="unseen">
        {announcements[tone]}
      </span>
      {tone !== 'good' && (
        <button
          type="button"
          className="button"
          onClick={() => void client.refetchQueries({ type: 'active' })}
        >
          Refresh
        </button>
      )}
    </div>
  )
}

/** A text, so that it is equal when nothing changed: when the oldest numbers came, and which fail. */
function summarize(queries: Query[]): string {
  const times = queries.map((query) => query.state.dataUpdatedAt).filter((time) => time > 0)
  const failing = queries.filter(
    ({ state }) => state.fetchFailureCount > 0 || state.status === 'error',
  )
  const which = failing.length === 0 ? 'none' : failing.length === queries.length ? 'all' : 'some'
  return `${times.length > 0 ? Math.min(...times) : ''}/${which}`
}

function describe(
  age: number | undefined,
  failing: string | undefined,
  refreshAge: number,
  lateMs: number,
): ['good' | 'warn' | 'bad', string] {
  if (failing === 'all') {
    return ['bad', age === undefined ? 'Not answering' : `Not answering · ${formatAge(age)} old`]
  }
  if (failing === 'some') return ['bad', 'Not all could be read']
  if (age === undefined) return ['good', 'Loading …']
  if (age > staleMs) return ['warn', `Stale · ${formatAge(age)} old`]
  // Asked just now, and told numbers that nobody has refreshed for a while.
  if (refreshAge > lateMs) return ['warn', `Stale · refreshed ${formatAge(refreshAge)} ago`]
  return ['good', age < 2000 ? 'Updated just now' : `Updated ${formatAge(age)} ago`]
}
