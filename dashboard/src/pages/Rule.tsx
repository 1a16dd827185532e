import { useQuery } from '@tanstack/react-query'
import { Link, useParams } from '@tanstack/react-router'
import { ResourceAlerts } from '../alerts/ResourceAlerts.tsx'
import { useProject } from '../app-context.ts'
import { SeriesPanel, seriesIn, type SeriesChart } from '../charts/SeriesPanel.tsx'
import { ruleQuery } from '../data/rules.ts'
import { timeseriesQuery } from '../data/timeseries.ts'
import { Executions } from '../rules/Executions.tsx'
import { Page } from '../shell/Page.tsx'
import { useRange } from '../shell/RangePicker.tsx'
import { Badge } from '../ui/Badge.tsx'
import { Loaded } from '../ui/Loaded.tsx'
import { Ago } from '../ui/Time.tsx'
import { NotFound } from './NotFound.tsx'

const charts: SeriesChart[] = [
  { title: 'Executions', show: ['executions', 'failed_executions'] },
  { title: 'Affected contacts', show: ['affected_contacts'] },
  { title: 'Duration', show: ['execution_avg_ms'] },
]

/** One automation rule: what it is, how often it ran, and how each run went. */
export function Rule() {
  const { orgId, ruleId } = useParams({ from: '/signed-in/orgs/$orgId/rules/$ruleId' })
  const rule = useQuery(ruleQuery(useProject(), orgId, ruleId))
  if (rule.data === null) return <NotFound />
  return (
    <Page
      title={rule.data?.name ?? 'Rule'}
      above={
        <Link to="/orgs/$orgId/rules" params={{ orgId }}>
          Rules
        </Link>
      }
      ranged
    >
      <Loaded query={rule} height="4rem">
        {(found) =>
          found && (
            <dl className="facts">
              <div>
                <dt>State</dt>
                <dd>
                  <Badge tone={found.enabled ? 'good' : 'quiet'}>
                    {found.enabled ? 'Enabled' : 'Disabled'}
                  </Badge>
                </dd>
              </div>
              <div>
                <dt>Type</dt>
                <dd>
                  <code>{found.type}</code>
                </dd>
              </div>
              <div>
                <dt>Segment</dt>
                <dd>{found.segments?.name ?? 'All contacts'}</dd>
              </div>
              <div>
                <dt>Triggers ever</dt>
                <dd className="number">{found.trigger_count.toLocaleString()}</dd>
              </div>
              <div>
                <dt>Last triggered</dt>
                <dd>
                  <Ago at={found.last_triggered_at} />
                </dd>
              </div>
            </dl>
          )
        }
      </Loaded>
      <ResourceAlerts orgId={orgId} resourceType="rule" resourceId={ruleId} />
      <Charts orgId={orgId} ruleId={ruleId} />
      <Executions orgId={orgId} ruleId={ruleId} />
    </Page>
  )
}

function Charts({ orgId, ruleId }: { orgId: string; ruleId: string }) {
  const [range] = useRange()
  const query = useQuery(timeseriesQuery(useProject(), orgId, seriesIn(charts), range, ruleId))
  return (
    <div className="columns columns-3">
      {charts.map((chart) => (
        <SeriesPanel key={chart.title} {...chart} query={query} />
      ))}
    </div>
  )
}
