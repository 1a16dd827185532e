import { slack } from '../../_shared/catalog/channel-kinds/slack.ts'
import type { Alert, Message, OutgoingRequest } from '../message.ts'
import { isResolved, listAlerts, mark, shorten, status, title } from '../wording.ts'

const { limits } = slack

/**
 * A Slack incoming webhook: blocks, and the title as text for notifications.
 * https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks
 */
export function slackRequest(message: Message): OutgoingRequest {
  const { dashboard_url, org_name } = message
  const origin = [escape(org_name), dashboard_url && `<${encodeURI(dashboard_url)}|Open dashboard>`]
  const body = {
    text: escape(shorten(title(message), 600)),
    blocks: [
      {
        type: 'header',
        text: { type: 'plain_text', text: shorten(heading(message), limits.header) },
      },
      {
        type: 'section',
        text: { type: 'mrkdwn', text: listAlerts(message, line, limits.alerts, limits.text) },
      },
      {
        type: 'context',
        elements: [{ type: 'mrkdwn', text: origin.filter(Boolean).join(' · ') }],
      },
    ],
  }
  return {
    url: message.secrets[0],
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  }
}

function heading(message: Message): string {
  if (message.is_test) return title(message)
  return `${mark(message)} ${title(message)}`
}

function line(alert: Alert): string {
  const text = `*${status(alert)}* ${escape(shorten(alert.message, 200))}`
  const since = isResolved(alert) ? '' : ` since ${time(alert.started_at)}`
  return `${text}\n${escape(shorten(alert.resource_name, 200))}${since}`
}

/** Shown in the reader's own time zone. */
function time(iso: string): string {
  return `<!date^${Math.floor(Date.parse(iso) / 1000)}^{date_short_pretty} {time}|${iso}>`
}

/** The three characters that mean something to Slack. */
function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}
