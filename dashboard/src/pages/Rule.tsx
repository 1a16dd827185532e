import { useQuery } from '@tanstack/react-query'
import { Link, useParams } from '@tanstack/react-router'
import { ResourceAlerts } from '../alerts/ResourceAlerts.tsx'
import { useProject } from '../app-context.ts'
import { TimeChart } from '../charts/TimeChart.tsx'
import { ruleQuery } from '../data/rules.ts'
import { timeseriesQuery } from '../data/timeseries.ts'
import { Executions } from '../rules/Executions.tsx'
import { Page } from '../shell/Page.tsx'
import { useRange, useZoom } from '../shell/RangePicker.tsx'
import { Badge } from '../ui/Badge.tsx'
import { Loaded } from '../ui/Loaded.tsx'
import { Panel } from '../ui/Panel.tsx'
import { Ago } from '../ui/Time.tsx'
import { NotFound } from './NotFound.tsx'

const metrics = [
  'executions',
  'failed_executions',
  'execution_avg_ms',
  'affected_contacts',
] as const

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
  const zoom = useZoom()
  const query = useQuery(timeseriesQuery(useProject(), orgId, metrics, range, ruleId))
  return (
    <div className="columns columns-3">
      <Panel title="Executions">
        <Loaded query={query} height="230px">
          {(answer) => (
            <TimeChart
              name="Executions"
              answer={answer}
              onZoom={zoom}
              lines={[
                {
                  label: 'All',
                  series: answer.series.executions,
                  color: '--chart-1',
                  kind: 'bars',
                },
                {
                  label: 'Failed',
                  series: answer.series.failed_executions,
                  color: '--chart-bad',
                  kind: 'bars',
                },
              ]}
            />
          )}
        </Loaded>
      </Panel>
      <Panel title="Affected contacts">
        <Loaded query={query} height="230px">
          {(answer) => (
            <TimeChart
              name="Affected contacts"
              answer={answer}
              onZoom={zoom}
              lines={[
                {
                  label: 'Contacts',
                  series: answer.series.affected_contacts,
                  color: '--chart-1',
                  kind: 'bars',
                },
              ]}
            />
          )}
        </Loaded>
      </Panel>
      <Panel title="Duration">
        <Loaded query={query} height="230px">
          {(answer) => (
            <TimeChart
              name="Duration"
              answer={answer}
              onZoom={zoom}
              lines={[
                {
                  label: 'Average',
                  series: answer.series.execution_avg_ms,
                  color: '--chart-1',
                  kind: 'line',
                },
              ]}
            />
          )}
        </Loaded>
      </Panel>
    </div>
  )
}
