import type { Alert, Message, OutgoingRequest } from './message.ts'
import { isAllResolved, isResolved, remainder, shorten, status, title } from './wording.ts'

/** So that a channel stays readable; Slack itself takes more. */
const shownAlerts = 10

/**
 * A Slack incoming webhook: blocks, and the title as text for notifications.
 * https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks
 */
export function slackRequest(message: Message): OutgoingRequest {
  const { alerts, dashboard_url, org_name } = message
  const shown = alerts.slice(0, shownAlerts)
  const lines = [...shown.map(line), remainder(message, shown.length)].filter(Boolean)
  const origin = [escape(org_name), dashboard_url && `<${encodeURI(dashboard_url)}|Open dashboard>`]
  const body = {
    text: shorten(escape(title(message)), 3000),
    blocks: [
      { type: 'header', text: { type: 'plain_text', text: shorten(heading(message), 150) } },
      { type: 'section', text: { type: 'mrkdwn', text: shorten(lines.join('\n'), 3000) } },
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
  const mark = isAllResolved(message) ? '✅' : message.critical > 0 ? '🔴' : '🟡'
  return `${mark} ${title(message)}`
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
