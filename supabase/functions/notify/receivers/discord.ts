import { discord } from '../../_shared/catalog/channel-kinds/discord.ts'
import type { Alert, Message, OutgoingRequest } from '../message.ts'
import { isAllResolved, isResolved, listAlerts, mark, oneLine, status, title } from '../wording.ts'

const { limits } = discord

const colours = { good: 0x2e7d32, warning: 0xf9a825, critical: 0xc62828 }

/**
 * A message by a Discord webhook: what is wrong in its text, and an embed with the alerts.
 * https://discord.com/developers/docs/resources/webhook#execute-webhook
 */
export function discordRequest(message: Message): OutgoingRequest {
  const url = new URL(message.secrets[0])
  // Otherwise Discord says that all is well before it has looked at the message.
  url.searchParams.set('wait', 'true')
  const body = {
    content: `${mark(message)} **${escape(oneLine(title(message), limits.title))}**`,
    embeds: [
      {
        description: describe(message),
        color: colourOf(message),
        // A footer is no Markdown.
        footer: { text: oneLine(message.org_name, limits.footer) },
      },
    ],
    allowed_mentions: { parse: [] },
  }
  return {
    url: url.href,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  }
}

function describe(message: Message): string {
  const { dashboard_url } = message
  const link = dashboard_url ? `\n\n[Open dashboard](${linkable(dashboard_url)})` : ''
  return listAlerts(message, line, limits.alerts, limits.description - link.length) + link
}

function line(alert: Alert): string {
  const text = `**${status(alert)}** ${escape(oneLine(alert.message, 200))}`
  const since = isResolved(alert) ? '' : ` since ${time(alert.started_at)}`
  return `${text}\n${escape(oneLine(alert.resource_name, 200))}${since}`
}

function colourOf(message: Message): number {
  if (isAllResolved(message)) return colours.good
  return message.critical > 0 ? colours.critical : colours.warning
}

/** Shown in the reader's own time zone. */
function time(iso: string): string {
  return `<t:${Math.floor(Date.parse(iso) / 1000)}:f>`
}

/** A parenthesis would end the link. */
function linkable(url: string): string {
  return url.replaceAll('(', '%28').replaceAll(')', '%29')
}

/**
 * Punctuation with a backslash is itself: it makes no mention, no link and no format. An address needs
 * its colon to become a link.
 */
function escape(text: string): string {
  return text.replace(/[\\`*_~|<>#@:[\]()+-]/g, '\\$&')
}
