import { useQuery } from '@tanstack/react-query'
import { useParams } from '@tanstack/react-router'
import { useProject } from '../app-context.ts'
import { AlertSummary } from '../alerts/AlertSummary.tsx'
import { TimeChart } from '../charts/TimeChart.tsx'
import { timeseriesQuery } from '../data/timeseries.ts'
import { Page } from '../shell/Page.tsx'
import { useRange, useZoom } from '../shell/RangePicker.tsx'
import { nameOfBefore } from '../time/range.ts'
import { Loaded } from '../ui/Loaded.tsx'
import { Panel } from '../ui/Panel.tsx'
import { Tile } from '../ui/Tile.tsx'
import { RateLimitPressure } from '../rate-limits/RateLimitPressure.tsx'
import { TopFailing } from '../webhooks/TopFailing.tsx'

const ofDeliveries = [
  'delivery_success_rate_pct',
  'deliveries',
  'delivery_p95_ms',
  'failed_deliveries',
] as const
const ofTraffic = ['api_requests', 'api_error_rate_pct', 'rate_limit_utilization_pct'] as const

/** Is everything well? What is wrong first, then each number with its trend. */
export function Overview() {
  const project = useProject()
  const { orgId } = useParams({ from: '/signed-in/orgs/$orgId' })
  const [range] = useRange()
  const zoom = useZoom()
  const before = nameOfBefore(range)
  const endedAt = 'to' in range ? range.to : undefined
  const deliveries = useQuery(timeseriesQuery(project, orgId, ofDeliveries, range))
  const traffic = useQuery(timeseriesQuery(project, orgId, ofTraffic, range))
  const shared = { before, endedAt }
  return (
    <Page title="Overview" ranged>
      <AlertSummary orgId={orgId} />
      <Loaded query={deliveries} height="7rem">
        {({ series }) => (
          <dl className="tiles">
            <Tile
              label="Success rate"
              series={series.delivery_success_rate_pct}
              better="more"
              {...shared}
            />
            <Tile label="Deliveries" series={series.deliveries} better="neither" {...shared} />
            <Tile label="Delivery p95" series={series.delivery_p95_ms} better="less" {...shared} />
            {traffic.data && (
              <>
                <Tile
                  label="API requests"
                  series={traffic.data.series.api_requests}
                  better="neither"
                  {...shared}
                />
                <Tile
                  label="API errors"
                  series={traffic.data.series.api_error_rate_pct}
                  better="less"
                  {...shared}
                />
                <Tile
                  label="Rate-limit peak"
                  series={traffic.data.series.rate_limit_utilization_pct}
                  better="less"
                  {...shared}
                />
              </>
            )}
          </dl>
        )}
      </Loaded>
      {traffic.error && !traffic.data && (
        <Loaded query={traffic} height="0">
          {() => null}
        </Loaded>
      )}
      <div className="columns">
        <Panel title="Webhook success rate over time">
          <Loaded query={deliveries} height="230px">
            {(answer) => (
              <TimeChart
                name="Webhook success rate over time"
                answer={answer}
                most={100}
                onZoom={zoom}
                lines={[
                  {
                    label: 'Success rate',
                    series: answer.series.delivery_success_rate_pct,
                    color: '--chart-1',
                    kind: 'line',
                  },
                ]}
              />
            )}
          </Loaded>
        </Panel>
        <Panel title="Deliveries">
          <Loaded query={deliveries} height="230px">
            {(answer) => (
              <TimeChart
                name="Deliveries"
                answer={answer}
                onZoom={zoom}
                lines={[
                  {
                    label: 'All',
                    series: answer.series.deliveries,
                    color: '--chart-1',
                    kind: 'bars',
                  },
                  {
                    label: 'Failed',
                    series: answer.series.failed_deliveries,
                    color: '--chart-bad',
                    kind: 'bars',
                  },
                ]}
              />
            )}
          </Loaded>
        </Panel>
        <TopFailing orgId={orgId} />
        <RateLimitPressure orgId={orgId} />
      </div>
    </Page>
  )
}
