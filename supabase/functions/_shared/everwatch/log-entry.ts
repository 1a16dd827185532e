import type { BaseContext, LogContext, TraceIds } from './log-context.ts'
import type { LogLevel } from './log-level.ts'

/** What one line says, for sinks that want more than the line. */
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
