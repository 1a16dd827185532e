import { teams } from '../../_shared/catalog/channel-kinds/teams.ts'
import type { Alert, Message, OutgoingRequest } from '../message.ts'
import { isAllResolved, isResolved, mark, oneLine, remainder, status, title } from '../wording.ts'

const { limits } = teams

/** Text as it is: a TextRun knows no Markdown, and Teams looks for mentions elsewhere only. */
interface TextRun {
  type: 'TextRun'
  text: string
  color?: 'Good' | 'Warning' | 'Attention'
  size?: 'Large'
  weight?: 'Bolder'
  isSubtle?: true
}

/** A paragraph. */
interface RichTextBlock {
  type: 'RichTextBlock'
  inlines: TextRun[]
  separator?: true
  spacing?: 'None'
}

/**
 * A message to a workflow of Teams, which posts each attached card.
 * https://learn.microsoft.com/microsoftteams/platform/webhooks-and-connectors/how-to/connectors-using
 */
export function teamsRequest(message: Message): OutgoingRequest {
  return {
    url: message.secrets[0],
    headers: { 'content-type': 'application/json; charset=utf-8' },
    body: fittingBody(message),
  }
}

/** As many alerts as fit, each whole. */
function fittingBody(message: Message): string {
  let shown = Math.min(message.alerts.length, limits.alerts)
  let body = JSON.stringify(bodyOf(message, shown))
  while (shown > 0 && new TextEncoder().encode(body).length > limits.bytes) {
    shown -= 1
    body = JSON.stringify(bodyOf(message, shown))
  }
  return body
}

function bodyOf(message: Message, shown: number): object {
  const { dashboard_url, org_name } = message
  const heading = `${mark(message)} ${oneLine(title(message), 500)}`
  const rest = remainder(message, shown)
  const content = {
    $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
    type: 'AdaptiveCard',
    version: '1.2',
    fallbackText: heading,
    msteams: { width: 'Full' },
    body: [
      paragraph([run(heading, { size: 'Large', weight: 'Bolder', color: colourOf(message) })]),
      ...message.alerts.slice(0, shown).flatMap(describe),
      ...(rest ? [paragraph([run(rest)])] : []),
      paragraph([run(oneLine(org_name, 200), { isSubtle: true })]),
    ],
    ...(dashboard_url && {
      actions: [{ type: 'Action.OpenUrl', title: 'Open dashboard', url: dashboard_url }],
    }),
  }
  const contentType = 'application/vnd.microsoft.card.adaptive'
  return { type: 'message', attachments: [{ contentType, contentUrl: null, content }] }
}

function describe(alert: Alert): RichTextBlock[] {
  const since = isResolved(alert) ? [] : [run(` since ${time(alert.started_at)}`)]
  return [
    paragraph([run(status(alert), { weight: 'Bolder' }), run(` ${oneLine(alert.message, 200)}`)], {
      separator: true,
    }),
    paragraph([run(oneLine(alert.resource_name, 200)), ...since], { spacing: 'None' }),
  ]
}

function paragraph(inlines: TextRun[], look: Partial<RichTextBlock> = {}): RichTextBlock {
  return { type: 'RichTextBlock', ...look, inlines }
}

function run(text: string, look: Partial<TextRun> = {}): TextRun {
  return { type: 'TextRun', text, ...look }
}

function colourOf(message: Message): 'Good' | 'Warning' | 'Attention' {
  if (isAllResolved(message)) return 'Good'
  return message.critical > 0 ? 'Attention' : 'Warning'
}

/** Teams does not show a card's times in the reader's own zone, as other places do. */
function time(iso: string): string {
  return `${new Date(iso).toISOString().slice(0, 16).replace('T', ' ')} UTC`
}
