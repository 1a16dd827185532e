import type { TraceIds } from '../trace/opentelemetry.ts'
import { writeMembers } from './json.ts'
import { wasCut, within } from './text.ts'

export const logLevels = ['debug', 'info', 'warn', 'error', 'fatal'] as const

export type LogLevel = (typeof logLevels)[number]

/** The lowest level that is logged; `silent` logs nothing. */
export type LogThreshold = LogLevel | 'silent'

const places = { debug: 0, info: 1, warn: 2, error: 3, fatal: 4, silent: 5 }

/** A level's place, to compare: `debug` is the lowest. */
export function placeOf(level: LogThreshold): number {
  return places[level]
}

export function isLogLevel(word: string | undefined): word is LogThreshold {
  return word !== undefined && Object.hasOwn(places, word)
}

/** What a log line says beyond its message. */
export type LogContext = Record<string, unknown>

/** The values of one line, for sinks that want more than its text. */
export class LogEntry {
  constructor(
    /** Milliseconds since the epoch. */
    readonly time: number,
    readonly level: LogLevel,
    readonly message: string,
    /** What was thrown, as it was given. */
    readonly error: unknown,
    /** The span that was active, or the request's. */
    readonly trace: TraceIds | undefined,
    readonly base: BaseContext,
    readonly own: LogContext | undefined,
  ) {}

  /** The logger's context with the line's own. Not redacted: it is the application's own values. */
  get context(): LogContext {
    return { ...this.base.values, ...this.own }
  }
}

/** What a logger adds to each of its lines; written as JSON once, with the first of them. */
export class BaseContext {
  readonly values: LogContext
  readonly names: ReadonlySet<string>
  readonly trace: TraceIds | undefined
  /** `,"context":{"requestId":"…"`, still open; empty when there are no values. */
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

/** A value that cannot be read becomes `[unreadable]`; the others are copied. */
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
