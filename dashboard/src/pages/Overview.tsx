import { useQuery } from '@tanstack/react-query'
import { useParams } from '@tanstack/react-router'
import { useProject } from '../app-context.ts'
import { AlertSummary } from '../alerts/AlertSummary.tsx'
import { SeriesPanel, seriesIn, type SeriesChart } from '../charts/SeriesPanel.tsx'
import { timeseriesQuery } from '../data/timeseries.ts'
import { Page } from '../shell/Page.tsx'
import { useRange } from '../shell/RangePicker.tsx'
import { nameOfBefore } from '../time/range.ts'
import { Loaded } from '../ui/Loaded.tsx'
import { Tile } from '../ui/Tile.tsx'
import { RateLimitPressure } from '../rate-limits/RateLimitPressure.tsx'
import { TopFailing } from '../webhooks/TopFailing.tsx'

const ofDeliveries = ['delivery_success_rate_pct', 'deliveries', 'delivery_p95_ms'] as const
const ofTraffic = ['api_requests', 'api_error_rate_pct', 'rate_limit_utilization_pct'] as const
const charts: SeriesChart[] = [
  { title: 'Webhook success rate over time', show: ['delivery_success_rate_pct'] },
  { title: 'Deliveries', show: ['deliveries', 'failed_deliveries'] },
]
const asked = [...new Set([...ofDeliveries, ...seriesIn(charts)])]

/** Is everything well? What is wrong first, then each number with its trend. */
export function Overview() {
  const project = useProject()
  const { orgId } = useParams({ from: '/signed-in/orgs/$orgId' })
  const [range] = useRange()
  const before = nameOfBefore(range)
  const endedAt = 'to' in range ? range.to : undefined
  const deliveries = useQuery(timeseriesQuery(project, orgId, asked, range))
  const traffic = useQuery(timeseriesQuery(project, orgId, ofTraffic, range))
  const shared = { before, endedAt }
  return (
    <Page title="Overview" ranged>
      <AlertSummary orgId={orgId} />
      <Loaded query={deliveries} height="7rem">
        {({ series }) => (
          <dl className="tiles">
            {ofDeliveries.map((name) => (
              <Tile key={name} series={series[name]} {...shared} />
            ))}
            {ofTraffic.map((name) => (
              <Tile key={name} series={traffic.data?.series[name]} {...shared} />
            ))}
          </dl>
        )}
      </Loaded>
      {traffic.error && !traffic.data && (
        <Loaded query={traffic} height="0">
          {() => null}
        </Loaded>
      )}
      <div className="columns">
        {charts.map((chart) => (
          <SeriesPanel key={chart.title} {...chart} query={deliveries} />
        ))}
        <TopFailing orgId={orgId} />
        <RateLimitPressure orgId={orgId} />
      </div>
    </Page>
  )
}
