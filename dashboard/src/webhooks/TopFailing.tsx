import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useProject } from '../app-context.ts'
import { topFailingQuery } from '../data/webhook-health.ts'
import { formatValue } from '../time/format.ts'
import { StatusBadge } from '../ui/Badge.tsx'
import { Loaded } from '../ui/Loaded.tsx'
import { Empty, Panel } from '../ui/Panel.tsx'
import { Ago } from '../ui/Time.tsx'
import { nameOfUrl } from './url.ts'

/** The webhooks whose newest deliveries failed, the longest run of failures first. */
export function TopFailing({ orgId }: { orgId: string }) {
  const query = useQuery(topFailingQuery(useProject(), orgId))
  return (
    <Panel
      title="Top failing webhooks"
      aside={
        <Link to="/orgs/$orgId/webhooks" params={{ orgId }} search={{ sort: '-run' }}>
          The whole list
        </Link>
      }
      flush
    >
      <Loaded query={query} height="6rem">
        {(rows) =>
          rows.length === 0 ? (
            <Empty title="None is failing">
              <p>The latest delivery to every webhook arrived.</p>
            </Empty>
          ) : (
            <div className="table-box">
              <table className="table">
                <thead>
                  <tr>
                    <th scope="col">Webhook</th>
                    <th scope="col">Health</th>
                    <th scope="col" className="cell-number">
                      Failures in a row
                    </th>
                    <th scope="col" className="cell-number cell-desk">
                      Failed in 24 h
                    </th>
                    <th scope="col" className="cell-tablet">
                      Last failure
                    </th>
                  </tr>
                </thead>
                <tbody>
                  {rows.map((webhook) => (
                    <tr key={webhook.webhook_id}>
                      <td>
                        <Link
                          to="/orgs/$orgId/webhooks/$webhookId"
                          params={{ orgId, webhookId: webhook.webhook_id }}
                          className="row-link cell-text"
                          title={webhook.url}
                        >
                          {nameOfUrl(webhook.url)}
                        </Link>
                      </td>
                      <td>
                        <StatusBadge status={webhook.health_status} />
                      </td>
                      <td className="cell-number">{webhook.consecutive_failures}</td>
                      <td className="cell-number cell-desk">
                        {formatValue(webhook.failure_rate_24h, 'percent')}
                      </td>
                      <td className="cell-tablet">
                        <Ago at={webhook.last_failure_at} />
                      </td>
                    </tr>
                  ))}
                </tbody>
              </table>
            </div>
          )
        }
      </Loaded>
    </Panel>
  )
}
