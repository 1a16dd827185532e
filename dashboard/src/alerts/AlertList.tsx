import { Link } from '@tanstack/react-router'
import type { Alert } from '../data/alerts.ts'
import { StatusBadge } from '../ui/Badge.tsx'
import { nameOfUrl } from '../webhooks/url.ts'

/** Open alerts, each with what is wrong and where to look. */
export function AlertList({ orgId, alerts }: { orgId: string; alerts: Alert[] }) {
  return (
    <ul className="alerts">
      {alerts.map((alert) => (
        <li key={`${alert.type} ${alert.resource_id}`} className="alert">
          <StatusBadge status={alert.severity} />
          <div className="alert-words">
            <AlertResource orgId={orgId} alert={alert} />
            <p className="soft small">{alert.message}</p>
          </div>
        </li>
      ))}
    </ul>
  )
}

/** What an alert is about, as a way there where it has a page. */
export function AlertResource({ orgId, alert }: { orgId: string; alert: Alert }) {
  const name = nameOfUrl(alert.resource_name)
  switch (alert.resource_type) {
    case 'webhook':
      return (
        <Link
          to="/orgs/$orgId/webhooks/$webhookId"
          params={{ orgId, webhookId: alert.resource_id }}
          className="row-link"
        >
          {name}
        </Link>
      )
    case 'rule':
      return (
        <Link
          to="/orgs/$orgId/rules/$ruleId"
          params={{ orgId, ruleId: alert.resource_id }}
          className="row-link"
        >
          {name}
        </Link>
      )
    case 'rate_limit':
      return (
        <Link to="/orgs/$orgId/rate-limits" params={{ orgId }} className="row-link">
          {name}
        </Link>
      )
    case 'org':
      return (
        <Link to="/orgs/$orgId/api" params={{ orgId }} className="row-link">
          API
        </Link>
      )
    default:
      return <strong>{name}</strong>
  }
}
