import { useQuery } from '@tanstack/react-query'
import { useNavigate, useParams, useSearch } from '@tanstack/react-router'
import { HoursTable } from '../api/HoursTable.tsx'
import { Breakdown } from '../api/Breakdown.tsx'
import { useProject } from '../app-context.ts'
import { SeriesPanel, seriesIn, type SeriesChart } from '../charts/SeriesPanel.tsx'
import { apiHoursQuery, type ApiHour } from '../data/api-hours.ts'
import { timeseriesQuery } from '../data/timeseries.ts'
import { Page } from '../shell/Page.tsx'
import { useRange } from '../shell/RangePicker.tsx'
import { nameOfRange } from '../time/range.ts'
import { Loaded } from '../ui/Loaded.tsx'
import { Empty, Panel } from '../ui/Panel.tsx'

const charts: SeriesChart[] = [
  { title: 'Requests', show: ['api_requests', 'failed_api_requests'] },
  { title: 'API error rate', show: ['api_error_rate_pct'] },
  { title: 'Response time', show: ['api_avg_ms', 'api_p95_ms'] },
]

/** The portal's API: how much is asked, how much of it fails, and of what kind. */
export function Api() {
  const project = useProject()
  const { orgId } = useParams({ from: '/signed-in/orgs/$orgId' })
  const { resource } = useSearch({ from: '/signed-in/orgs/$orgId/api' })
  const navigate = useNavigate({ from: '/orgs/$orgId/api' })
  const [range] = useRange()
  const series = useQuery(timeseriesQuery(project, orgId, seriesIn(charts), range, resource))
  const hours = useQuery(apiHoursQuery(project, orgId, range))
  const hoursOf = `whole hours of ${nameOfRange(range)}`
  const choose = (next: string | undefined): void =>
    void navigate({ search: (previous) => ({ ...previous, resource: next }), resetScroll: false })
  return (
    <Page title="API" ranged>
      {resource !== undefined && (
        <div className="chips">
          <button
            type="button"
            className="chip"
            aria-pressed="true"
            onClick={() => choose(undefined)}
          >
            {resource} <span aria-hidden="true">×</span>
            <span className="unseen">: show all resources</span>
          </button>
        </div>
      )}
      <div className="columns">
        {charts.map((chart) => (
          <SeriesPanel key={chart.title} {...chart} query={series} />
        ))}
        <div className="stack">
          <Panel title="By resource" aside={hoursOf}>
            <Loaded query={hours} height="12rem">
              {(rows) => (
                <Breakdown
                  name="Resource"
                  counts={sumOf(rows, (hour) => hour.requests_by_resource)}
                  chosen={resource}
                  onChoose={choose}
                />
              )}
            </Loaded>
          </Panel>
          <Panel title="Errors by status code" aside={hoursOf}>
            <Loaded query={hours} height="12rem">
              {(rows) => (
                <Breakdown
                  name="Status"
                  counts={sumOf(rows, (hour) => hour.errors_by_status_code)}
                  isBad
                />
              )}
            </Loaded>
          </Panel>
        </div>
      </div>
      <Panel title="By hour" aside={hoursOf} flush>
        <Loaded query={hours} height="16rem">
          {(rows) =>
            rows.length === 0 ? (
              <Empty title="No requests in this time">
                <p>
                  <code>withMonitoring</code> tracks every request that it wraps.
                </p>
              </Empty>
            ) : (
              <HoursTable rows={rows} />
            )
          }
        </Loaded>
      </Panel>
    </Page>
  )
}

function sumOf(
  hours: ApiHour[],
  countsOf: (hour: ApiHour) => Record<string, number>,
): Record<string, number> {
  const sums: Record<string, number> = {}
  for (const hour of hours) {
    for (const [key, count] of Object.entries(countsOf(hour))) {
      sums[key] = (sums[key] ?? 0) + count
    }
  }
  return sums
}
