import { pagerduty } from '../../_shared/catalog/channel-kinds/pagerduty.ts'
import type { Message, OutgoingRequest } from '../message.ts'
import { shorten, title } from '../wording.ts'

const { limits } = pagerduty

/**
 * One event of PagerDuty's Events API v2.
 * https://developer.pagerduty.com/docs/events-api-v2-overview
 */
export function pagerdutyRequest(message: Message): OutgoingRequest {
  const event_action = actionOf(message)
  const body = {
    routing_key: message.secrets[0],
    event_action,
    dedup_key: message.dedup_key,
    ...(event_action === 'trigger' && details(message)),
  }
  return {
    url: message.channel.url ?? '',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  }
}

/** All alerts of a message call for the same: the database sees to that. */
function actionOf({ alerts }: Message): 'trigger' | 'acknowledge' | 'resolve' {
  switch (alerts[0]?.kind) {
    case 'resolved':
      return 'resolve'
    case 'acknowledged':
      return 'acknowledge'
    default:
      return 'trigger'
  }
}

function details(message: Message): object {
  const { alerts, critical, dashboard_url, group_key, org_name, total } = message
  const [alert] = alerts
  return {
    client: 'Everwatch',
    ...(dashboard_url && {
      client_url: dashboard_url,
      links: [{ href: dashboard_url, text: 'Dashboard' }],
    }),
    payload: {
      summary: shorten(title(message), limits.summary),
      source: shorten(total === 1 && alert ? alert.resource_name : org_name, limits.summary),
      severity: severityOf(message),
      timestamp: alert?.at,
      component: alert?.resource_type,
      group: group_key,
      class: alert?.type,
      custom_details: {
        organisation: org_name,
        total,
        critical,
        alerts: alerts
          .slice(0, limits.alerts)
          .map(({ message: text, resource_name, value, threshold }) => ({
            message: shorten(text, 500),
            resource: shorten(resource_name, 500),
            value,
            threshold,
          })),
      },
    },
  }
}

function severityOf({ critical, is_test }: Message): 'critical' | 'warning' | 'info' {
  if (is_test) return 'info'
  return critical > 0 ? 'critical' : 'warning'
}
