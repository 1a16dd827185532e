import { useQueryClient, type Query } from '@tanstack/react-query'
import { useParams } from '@tanstack/react-router'
import { useSyncExternalStore } from 'react'
import { refreshMs } from '../data/query-client.ts'
import { useNow } from '../data/clock.ts'
import { formatAge } from '../time/format.ts'

/** From this age on numbers count as stale: two refreshes were missed. */
const staleMs = 3 * refreshMs

/** How old what is on the page is: the oldest of its numbers counts. */
export function Freshness() {
  const { orgId } = useParams({ strict: false })
  const client = useQueryClient()
  const cache = client.getQueryCache()
  const state = useSyncExternalStore(
    (listener) => cache.subscribe(listener),
    () =>
      summarize(cache.getAll().filter((query) => query.isActive() && query.queryKey[0] === orgId)),
  )
  useNow(1000)
  const [oldest, failing] = state.split('/')
  const age = oldest ? Date.now() - Number(oldest) : undefined
  const [tone, words] = describe(age, failing === 'failing')
  return (
    <div className={`freshness freshness-${tone}`}>
      <i aria-hidden="true" />
      <span className="number">{words}</span>
      {/* The age alone changes too often to be read out. */}
      <span role="status" className="unseen">
        {tone === 'good'
          ? ''
          : tone === 'bad'
            ? 'The project does not answer.'
            : 'The numbers are stale.'}
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

/** A text, so that it is equal when nothing changed: when the oldest numbers came, and whether any fail. */
function summarize(queries: Query[]): string {
  const times = queries.map((query) => query.state.dataUpdatedAt).filter((time) => time > 0)
  const fails = queries.some(({ state }) => state.fetchFailureCount > 0 || state.status === 'error')
  return `${times.length > 0 ? Math.min(...times) : ''}/${fails ? 'failing' : ''}`
}

function describe(age: number | undefined, isFailing: boolean): ['good' | 'warn' | 'bad', string] {
  if (isFailing) {
    return ['bad', age === undefined ? 'Not answering' : `Not answering · ${formatAge(age)} old`]
  }
  if (age === undefined) return ['good', 'Loading …']
  if (age > staleMs) return ['warn', `Stale · ${formatAge(age)} old`]
  return ['good', age < 2000 ? 'Updated just now' : `Updated ${formatAge(age)} ago`]
}
