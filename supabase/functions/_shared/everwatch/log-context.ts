import { wasCut, within } from './budget.ts'
import { writeMembers } from './json.ts'

/** What a log line says beyond its message. */
export type LogContext = Record<string, unknown>

/** The ids under which a trace's collector knows what is happening, in hexadecimal. */
export interface TraceIds {
  traceId: string
  spanId: string
}

/** What a logger says on each of its lines; written once, when the first of them comes. */
export class BaseContext {
  readonly values: LogContext
  readonly names: ReadonlySet<string>
  readonly trace: TraceIds | undefined
  /** `,"context":{"requestId":"…"`, to be closed; nothing when there are no values. */
  json = ''
  /** Whether some of it was left out. */
  cut = false
  private written = false

  constructor(values: LogContext, trace?: TraceIds) {
    this.values = values
    this.names = new Set(Object.keys(values))
    this.trace = trace
  }

  /** With more values, as they are now. */
  with(more: LogContext, trace = this.trace): BaseContext {
    return new BaseContext({ ...this.values, ...copy(more) }, trace)
  }

  /** Writes the JSON, the first time. */
  write(): void {
    if (this.written) return
    this.written = true
    within({ text: 2000, room: 4000 }, () => {
      const members = writeMembers(this.values)
      if (members) this.json = `,"context":{${members.slice(1)}`
      this.cut = wasCut()
    })
  }
}

/** What cannot be read says so, and the rest is there. */
function copy(context: LogContext): LogContext {
  try {
    return { ...context }
  } catch {
    return Object.fromEntries(Object.keys(context).map((name) => [name, read(context, name)]))
  }
}

function read(context: LogContext, name: string): unknown {
  try {
    return context[name]
  } catch {
    return '[unreadable]'
  }
}
