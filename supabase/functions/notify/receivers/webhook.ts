import type { Alert, Message, OutgoingRequest } from '../message.ts'
import { signatureHeaders } from '../signature.ts'
import { isAllResolved, isResolved } from '../wording.ts'

type Labels = Record<string, string>

/** What Alertmanager writes for an alert that has no end yet. */
const noEnd = '0001-01-01T00:00:00Z'

/**
 * A Standard Webhook with the body of Alertmanager's webhook, version 4.
 * https://prometheus.io/docs/alerting/latest/configuration/#webhook_config
 */
export async function webhookRequest(message: Message, at: Date): Promise<OutgoingRequest> {
  const body = JSON.stringify(bodyOf(message))
  return {
    url: message.channel.url ?? '',
    headers: {
      'content-type': 'application/json',
      ...(await signatureHeaders(`msg_${message.message_id}`, body, message.secrets, at)),
    },
    body,
  }
}

/** Alertmanager's own form of an alert. */
interface WebhookAlert {
  status: 'firing' | 'resolved'
  labels: Labels
  annotations: Labels
  startsAt: string
  endsAt: string
  generatorURL: string
  fingerprint: string
}

function bodyOf(message: Message): object {
  const alerts = message.alerts.map((alert) => describe(alert, message))
  return {
    version: '4',
    groupKey: message.group_key,
    truncatedAlerts: message.total - alerts.length,
    status: isAllResolved(message) ? 'resolved' : 'firing',
    receiver: message.channel.name,
    groupLabels: { alertname: message.alerts[0]?.type ?? '' },
    commonLabels: common(alerts.map(({ labels }) => labels)),
    commonAnnotations: common(alerts.map(({ annotations }) => annotations)),
    externalURL: message.dashboard_url ?? '',
    alerts,
  }
}

function describe(alert: Alert, { dashboard_url, org_id, org_name }: Message): WebhookAlert {
  return {
    status: isResolved(alert) ? 'resolved' : 'firing',
    labels: {
      alertname: alert.type,
      severity: alert.severity,
      ...(org_id && { org_id }),
      org: org_name,
      resource_type: alert.resource_type,
      resource_id: alert.resource_id,
      resource: alert.resource_name,
    },
    annotations: {
      summary: alert.message,
      value: String(alert.value),
      threshold: String(alert.threshold),
    },
    startsAt: alert.started_at,
    endsAt: isResolved(alert) ? alert.at : noEnd,
    generatorURL: dashboard_url ?? '',
    fingerprint: alert.fingerprint,
  }
}

/** What all of them say alike. */
function common([first = {}, ...others]: Labels[]): Labels {
  return Object.fromEntries(
    Object.entries(first).filter(([name, value]) => others.every((each) => each[name] === value)),
  )
}
