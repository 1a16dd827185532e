import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useProject } from '../app-context.ts'
import { rateLimitsQuery } from '../data/metrics.ts'
import { Loaded } from '../ui/Loaded.tsx'
import { Empty, Panel } from '../ui/Panel.tsx'
import { RateLimitTable } from './RateLimitTable.tsx'

/** The limits that are nearly used up, or are, fullest first. */
export function RateLimitPressure({ orgId }: { orgId: string }) {
  const query = useQuery(rateLimitsQuery(useProject(), orgId))
  return (
    <Panel
      title="Rate limit pressure"
      aside={
        <Link to="/orgs/$orgId/rate-limits" params={{ orgId }}>
          All limits
        </Link>
      }
      flush
    >
      <Loaded query={query} height="6rem">
        {({ rows }) => {
          const pressed = rows.filter((window) => window.status !== 'normal')
          return pressed.length === 0 ? (
            <Empty title="Room everywhere">
              <p>No limit is nearly used up.</p>
            </Empty>
          ) : (
            <RateLimitTable rows={pressed.slice(0, 50)} sort="-utilization" compact />
          )
        }}
      </Loaded>
    </Panel>
  )
}
