import type { Alert, Message } from './message.ts'

/** Whether an alert is over. */
export function isResolved({ kind }: Alert): boolean {
  return kind === 'resolved'
}

/** Whether a message says that all of it is over. */
export function isAllResolved({ alerts }: Message): boolean {
  return alerts.every(isResolved)
}

/** The message in one line: what is wrong, or what about, when it is several alerts. */
export function title(message: Message): string {
  const { alerts, total, org_name } = message
  const [alert] = alerts
  if (!alert) return org_name
  if (message.is_test) return `[TEST] ${alert.message}`
  if (total === 1) return `[${status(alert)}] ${alert.message}: ${alert.resource_name}`
  const what = `${alert.type} alerts ${host(message)}`.trim()
  if (isAllResolved(message)) return `[RESOLVED] ${total} ${what}`
  const firing = alerts.filter((each) => !isResolved(each)).length
  const resolved = firing === alerts.length ? '' : ', some resolved'
  return `[FIRING] ${total} ${what} (${message.critical} critical${resolved})`
}

/** What happened to one alert, as a word in capitals. */
export function status(alert: Alert): string {
  return isResolved(alert) ? 'RESOLVED' : alert.severity.toUpperCase()
}

/** Of alerts about webhooks, which receiver they share. */
function host({ group_key }: Message): string {
  const [, name] = /^[^:]*:(.+)$/.exec(group_key) ?? []
  return name ? `for ${name}` : ''
}

/** How a message looks from afar. */
export function mark(message: Message): string {
  return isAllResolved(message) ? '✅' : message.critical > 0 ? '🔴' : '🟡'
}

/**
 * A line or more about each alert, and how many others there are: as many alerts as fit, each whole,
 * since half of a link or of an entity would be another one.
 */
export function listAlerts(
  message: Message,
  describe: (alert: Alert) => string,
  most: number,
  room: number,
): string {
  const all = message.alerts.slice(0, most).map(describe)
  for (let shown = all.length; shown > 0; shown -= 1) {
    const rest = remainder(message, shown)
    const text = [...all.slice(0, shown), ...(rest ? [rest] : [])].join('\n')
    if (text.length <= room) return text
  }
  return remainder(message, 0)
}

/** Says how many alerts a list leaves out; empty when none. */
export function remainder({ total }: Message, shown: number): string {
  return total > shown ? `… and ${total - shown} more` : ''
}

/** Text on one line, of at most so many characters, without what turns its direction. */
export function oneLine(text: string, length: number): string {
  return shorten(text.replace(/[\s\p{Cc}\p{Bidi_Control}]+/gu, ' ').trim(), length)
}

/** Text of at most so many characters. */
export function shorten(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length - 1).toWellFormed()}…`
}
