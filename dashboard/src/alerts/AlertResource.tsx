import { Link } from '@tanstack/react-router'
import { nameOfUrl } from '../webhooks/url.ts'

interface About {
  resource_type: string
  resource_id: string
  resource_name: string
}

/** What an alert is about, as a way there where it has a page. */
export function AlertResource({ orgId, about }: { orgId: string; about: About }) {
  const name = nameOfUrl(about.resource_name)
  switch (about.resource_type) {
    case 'webhook':
      return (
        <Link
          to="/orgs/$orgId/webhooks/$webhookId"
          params={{ orgId, webhookId: about.resource_id }}
          className="row-link"
        >
          {name}
        </Link>
      )
    case 'rule':
      return (
        <Link
          to="/orgs/$orgId/rules/$ruleId"
          params={{ orgId, ruleId: about.resource_id }}
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
