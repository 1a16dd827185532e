import { html } from 'hono/html'
import { email } from '../../_shared/catalog/channel-kinds/email.ts'
import type { Alert, Message, OutgoingRequest } from '../message.ts'
import { isResolved, oneLine, remainder, status, title } from '../wording.ts'

const { limits } = email

/**
 * A request of Resend's API, or of a service that speaks it.
 * https://resend.com/docs/api-reference/emails/send-email
 */
export async function emailRequest(message: Message): Promise<OutgoingRequest> {
  const { channel, message_id, secrets } = message
  const body = {
    from: channel.email_from,
    to: channel.email_to,
    // A line break in a subject would begin another header.
    subject: oneLine(title(message), limits.subject),
    html: await htmlOf(message),
    text: textOf(message),
  }
  return {
    url: channel.url ?? '',
    headers: {
      'content-type': 'application/json',
      authorization: `Bearer ${secrets[0]}`,
      'idempotency-key': message_id,
    },
    body: JSON.stringify(body),
  }
}

function textOf(message: Message): string {
  const { alerts, dashboard_url, org_name } = message
  const shown = alerts.slice(0, limits.alerts)
  const parts = [
    org_name,
    ...shown.map(
      (alert) => `${status(alert)} ${alert.message}\n${alert.resource_name}\n${when(alert)}`,
    ),
    remainder(message, shown.length),
    dashboard_url,
  ]
  return parts.filter(Boolean).join('\n\n')
}

async function htmlOf(message: Message): Promise<string> {
  const { alerts, dashboard_url, org_name } = message
  const shown = alerts.slice(0, limits.alerts)
  const rows = shown.map(
    (alert) =>
      html`<tr>
        <td style="padding:4px 12px 4px 0;vertical-align:top"><b>${status(alert)}</b></td>
        <td style="padding:4px 0">
          ${alert.message}<br />${alert.resource_name}<br /><small>${when(alert)}</small>
        </td>
      </tr>`,
  )
  const page = html`<!doctype html>
    <html lang="en">
      <body style="font-family:sans-serif">
        <h1 style="font-size:18px">${title(message)}</h1>
        <p>${org_name}</p>
        <table>
          ${rows}
        </table>
        <p>${remainder(message, shown.length)}</p>
        ${dashboard_url ? html`<p><a href="${dashboard_url}">Open dashboard</a></p>` : ''}
      </body>
    </html>`
  return String(await page)
}

function when(alert: Alert): string {
  return isResolved(alert) ? `resolved at ${alert.at}` : `since ${alert.started_at}`
}
