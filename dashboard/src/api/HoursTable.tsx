import type { ApiHour } from '../data/metrics.ts'
import { formatValue } from '../time/format.ts'
import { Moment } from '../ui/Time.tsx'

/** API requests by the hour, newest first. */
export function HoursTable({ rows }: { rows: ApiHour[] }) {
  return (
    <div className="table-box">
      <table className="table" aria-label="Requests by hour">
        <thead>
          <tr>
            <th scope="col">Hour from</th>
            <th scope="col" className="cell-number">
              Requests
            </th>
            <th scope="col" className="cell-number">
              Failed
            </th>
            <th scope="col" className="cell-number">
              Success
            </th>
            <th scope="col" className="cell-number cell-tablet">
              p95
            </th>
            <th scope="col" className="cell-desk">
              Errors
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.map((hour) => (
            <tr key={hour.hour}>
              <td>
                <Moment at={hour.hour} />
              </td>
              <td className="cell-number">{formatValue(hour.total_requests, 'count')}</td>
              <td className="cell-number">{formatValue(hour.failed_requests, 'count')}</td>
              <td className="cell-number">{formatValue(hour.success_rate_pct, 'percent')}</td>
              <td className="cell-number cell-tablet">
                {formatValue(hour.p95_response_time_ms, 'milliseconds')}
              </td>
              <td className="cell-desk soft number">
                {Object.entries(hour.errors_by_status_code)
                  .map(([code, count]) => `${code}: ${count}`)
                  .join(' · ')}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}
