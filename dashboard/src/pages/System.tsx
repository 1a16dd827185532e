import { useQuery } from '@tanstack/react-query'
import { useParams } from '@tanstack/react-router'
import { useProject } from '../app-context.ts'
import { systemQuery } from '../data/system.ts'
import { Page } from '../shell/Page.tsx'
import { JobTable } from '../system/JobTable.tsx'
import { Outbox } from '../system/Outbox.tsx'
import { RefreshTable } from '../system/RefreshTable.tsx'
import { formatValue } from '../time/format.ts'
import { RefreshedAsOf } from '../ui/AsOf.tsx'
import { Badge } from '../ui/Badge.tsx'
import { Loaded } from '../ui/Loaded.tsx'
import { Panel } from '../ui/Panel.tsx'

/** Whether the watch itself is awake. */
export function System() {
  const { orgId } = useParams({ from: '/signed-in/orgs/$orgId' })
  const query = useQuery(systemQuery(useProject(), orgId))
  return (
    <Page title="System">
      <Loaded query={query} height="4rem">
        {({ refreshed_at, refresh_runs, jobs, http_requests_waiting }) => {
          const failing = jobs.filter((job) => job.last_status === 'failed').length
          const durations = refresh_runs.map((run) => run.duration_ms)
          return (
            <dl className="facts">
              <div>
                <dt>Refresh</dt>
                <dd>
                  <RefreshedAsOf refreshedAt={refreshed_at} />
                </dd>
              </div>
              <div>
                <dt>Longest refresh</dt>
                <dd className="number">
                  {formatValue(
                    durations.length > 0 ? Math.max(...durations) : null,
                    'milliseconds',
                  )}
                </dd>
              </div>
              <div>
                <dt>Jobs</dt>
                <dd>
                  <Badge tone={failing > 0 ? 'bad' : 'good'}>
                    {failing > 0 ? `${failing} failing` : 'All succeed'}
                  </Badge>
                </dd>
              </div>
              <div>
                <dt>HTTP requests waiting</dt>
                <dd className="number">{http_requests_waiting}</dd>
              </div>
            </dl>
          )
        }}
      </Loaded>
      <Outbox orgId={orgId} />
      {query.data && (
        <>
          <Panel title="Jobs" aside="pg_cron" flush>
            <JobTable jobs={query.data.jobs} />
          </Panel>
          <Panel title="Refreshes" aside="the last 50" flush>
            <RefreshTable runs={query.data.refresh_runs} />
          </Panel>
        </>
      )}
    </Page>
  )
}
