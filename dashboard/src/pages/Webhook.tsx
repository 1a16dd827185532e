import { useQuery } from '@tanstack/react-query'
import { Link, useParams } from '@tanstack/react-router'
import { useProject } from '../app-context.ts'
import { SeriesPanel, seriesIn, type SeriesChart } from '../charts/SeriesPanel.tsx'
import { timeseriesQuery } from '../data/timeseries.ts'
import { webhookHealthQuery, type WebhookHealth } from '../data/webhook-health.ts'
import { Page } from '../shell/Page.tsx'
import { useRange } from '../shell/RangePicker.tsx'
import { StatusBadge } from '../ui/Badge.tsx'
import { Loaded } from '../ui/Loaded.tsx'
import { Ago } from '../ui/Time.tsx'
import { formatValue } from '../time/format.ts'
import { ResourceAlerts } from '../alerts/ResourceAlerts.tsx'
import { Deliveries } from '../webhooks/Deliveries.tsx'
import { nameOfUrl } from '../webhooks/url.ts'
import { NotFound } from './NotFound.tsx'

const charts: SeriesChart[] = [
  { title: 'Deliveries', show: ['deliveries', 'failed_deliveries'] },
  { title: 'Latency', show: ['delivery_avg_ms', 'delivery_p95_ms'] },
  { title: 'Success rate', show: ['delivery_success_rate_pct'] },
]

/** Why a webhook is not healthy, where its other facts do not say it already. */
const reasons: Record<NonNullable<WebhookHealth['health_reason']>, string | null> = {
  no_data: 'Nothing has been delivered yet',
  no_success: 'No delivery has succeeded for days',
  consecutive_failures: null,
  disabled: null,
}

/** One webhook: how it is, how it was, and what was delivered. */
export function Webhook() {
  const project = useProject()
  const { orgId, webhookId } = useParams({ from: '/signed-in/orgs/$orgId/webhooks/$webhookId' })
  const health = useQuery(webhookHealthQuery(project, orgId, webhookId))
  if (health.data === null) return <NotFound />
  return (
    <Page
      title={health.data ? nameOfUrl(health.data.url) : 'Webhook'}
      above={
        <Link to="/orgs/$orgId/webhooks" params={{ orgId }}>
          Webhooks
        </Link>
      }
      ranged
    >
      <Loaded query={health} height="4rem">
        {(webhook) => webhook && <Facts webhook={webhook} />}
      </Loaded>
      <ResourceAlerts orgId={orgId} resourceType="webhook" resourceId={webhookId} />
      <Charts orgId={orgId} webhookId={webhookId} />
      <Deliveries orgId={orgId} webhookId={webhookId} />
    </Page>
  )
}

function Facts({ webhook }: { webhook: WebhookHealth }) {
  return (
    <dl className="facts">
      <div>
        <dt>Health</dt>
        <dd>
          <StatusBadge status={webhook.health_status} />
          {webhook.health_reason && (
            <div className="small soft">{reasons[webhook.health_reason]}</div>
          )}
        </dd>
      </div>
      <div>
        <dt>Failures in a row</dt>
        <dd className="number">{webhook.consecutive_failures}</dd>
      </div>
      <div>
        <dt>Failed in 24 h</dt>
        <dd className="number">{formatValue(webhook.failure_rate_24h, 'percent')}</dd>
      </div>
      <div>
        <dt>Last success</dt>
        <dd>
          <Ago at={webhook.last_success_at} />
        </dd>
      </div>
      <div>
        <dt>Last failure</dt>
        <dd>
          <Ago at={webhook.last_failure_at} />
        </dd>
      </div>
    </dl>
  )
}

function Charts({ orgId, webhookId }: { orgId: string; webhookId: string }) {
  const [range] = useRange()
  const query = useQuery(timeseriesQuery(useProject(), orgId, seriesIn(charts), range, webhookId))
  return (
    <div className="columns columns-3">
      {charts.map((chart) => (
        <SeriesPanel key={chart.title} {...chart} query={query} />
      ))}
    </div>
  )
}
