import { isoTime } from '../runtime/clock.ts'
import type { LogEntry } from './entry.ts'
import { errorMembers, writeMembers } from './json.ts'
import type { Layout } from './layout.ts'
import { wasCut, within, writeText, type Limits } from './text.ts'

/** The longest line that Supabase keeps whole, in characters. */
export const longestLine = 10_000

/** At first nearly all is written. */
const ample: Limits = { text: 8000, room: 12_000 }

/** Where the line is too long then, less; the last always fits. */
const scarce: Limits[] = [
  { text: 2000, room: 4000 },
  { text: 500, room: 1000 },
]

/** One entry as one line of JSON of at most 10,000 characters; `"truncated":true` says it was cut. */
export function writeLine(entry: LogEntry, layout: Layout): string {
  let line = within(ample, () => compose(entry, layout, writeContext))
  for (const limits of scarce) {
    if (line.length <= longestLine) break
    line = within(limits, () => compose(entry, layout, rewriteContext))
  }
  return line
}

/** What matters most is written first, while there is room: the message, the error, the context. */
function compose(entry: LogEntry, layout: Layout, contextOf: (entry: LogEntry) => string): string {
  const { time, level, trace, error } = entry
  const message = writeText(entry.message)
  const failure = error === undefined ? '' : writeMembers(layout.error(errorMembers(error)))
  const context = contextOf(entry)
  return (
    layout.beforeTime +
    isoTime(time) +
    layout.beforeMessage[level] +
    message +
    (trace ? layout.trace(trace.traceId, trace.spanId) : '') +
    context +
    failure +
    (wasCut() || entry.base.cut ? ',"truncated":true}' : '}')
  )
}

/** The logger's values as they were written before, and the line's own. */
function writeContext(entry: LogEntry): string {
  const { base, own } = entry
  base.write()
  const { json } = base
  if (own === undefined) return json && `${json}}`
  for (const name in own) {
    if (base.names.has(name)) return rewriteContext(entry)
  }
  const members = writeMembers(own)
  if (json) return `${json}${members}}`
  return members && `,"context":{${members.slice(1)}}`
}

function rewriteContext({ context }: LogEntry): string {
  return writeMembers({ context })
}
