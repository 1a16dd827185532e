import {
  createChannel,
  type LogChannel,
  type LoggerOptions,
  type LoggerStats,
} from './log/channel.ts'
import { BaseContext, LogEntry, placeOf, type LogContext, type LogLevel } from './log/entry.ts'
import { activeTrace, type TraceIds } from './trace/opentelemetry.ts'

export { consoleSink } from './log/channel.ts'
export type { LoggerOptions, LoggerStats, LogSink } from './log/channel.ts'
export type { LogContext, LogEntry, LogLevel, LogThreshold } from './log/entry.ts'
export type { LayoutName } from './log/layout.ts'
export type { TraceIds } from './trace/opentelemetry.ts'

/** Writes lines. Nothing that it is given makes it throw, and its functions may be passed on alone. */
export interface Logger {
  debug(message: string, context?: LogContext): void
  info(message: string, context?: LogContext): void
  warn(message: string, context?: LogContext): void
  /** `error` may be anything that was thrown. */
  error(message: string, error?: unknown, context?: LogContext): void
  fatal(message: string, error?: unknown, context?: LogContext): void
  /** Logs a measurement, as `{ metric, value }`, at INFO. */
  metric(name: string, value: number, context?: LogContext): void
  /**
   * A logger that says this too on each line, and writes to where this one does. Lines say the ids of
   * the span that is active, or else those of `trace`.
   */
  child(context: LogContext, trace?: TraceIds): Logger
  stats(): LoggerStats
}

function makeLogger(channel: LogChannel, base: BaseContext): Logger {
  const log = (level: LogLevel, given: unknown, own?: LogContext, error?: unknown): void => {
    try {
      const now = Date.now()
      if (placeOf(level) < channel.lowest(now)) return
      // As in `promise.catch(logger.error)`.
      const isThrown = typeof given !== 'string' && error === undefined && given instanceof Error
      const message = isThrown ? given.message : String(given)
      channel.write(
        new LogEntry(
          now,
          level,
          message,
          isThrown ? given : error,
          activeTrace() ?? base.trace,
          base,
          own,
        ),
      )
    } catch {
      // A line that cannot be written is no reason to break what it speaks of.
    }
  }

  return {
    debug: (message, own) => log('debug', message, own),
    info: (message, own) => log('info', message, own),
    warn: (message, own) => log('warn', message, own),
    error: (message, error, own) => log('error', message, own, error),
    fatal: (message, error, own) => log('fatal', message, own, error),
    metric: (name, value, own) => log('info', name, { ...own, metric: name, value }),
    child: (context, trace) => makeLogger(channel, base.with(context, trace)),
    stats: channel.stats,
  }
}

/**
 * Makes a logger of one's own.
 *
 * @example const logger = createLogger({ level: 'warn', layout: 'datadog', sinks: [consoleSink] })
 */
export function createLogger(options: LoggerOptions & { context?: LogContext } = {}): Logger {
  return makeLogger(createChannel(options), new BaseContext({}).with(options.context ?? {}))
}

const defaultChannel = createChannel({})

/** The logger of code that serves no request. */
export const logger: Logger = makeLogger(defaultChannel, new BaseContext({}))

/** Says how `logger` and all request loggers log from now on; what is left out is the environment's. */
export function configureLogger(options: LoggerOptions): void {
  defaultChannel.configure(options)
}

/** A logger for one request: each line says `requestId`, `method`, `path` or what else is given. */
export function createRequestLogger(context: LogContext, trace?: TraceIds): Logger {
  return logger.child(context, trace)
}
