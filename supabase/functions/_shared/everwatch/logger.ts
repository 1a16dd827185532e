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

/** Writes lines. It never throws, and its functions can be passed around on their own. */
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
   * A logger that adds this to each line and writes to the same place. Lines have the ids of the
   * active span, or else those of `trace`.
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
      // A line that cannot be written must not break the program it is about.
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
 * Makes a separate logger, with its own options.
 *
 * @example const logger = createLogger({ level: 'warn', layout: 'datadog', sinks: [consoleSink] })
 */
export function createLogger(options: LoggerOptions & { context?: LogContext } = {}): Logger {
  return makeLogger(createChannel(options), new BaseContext({}).with(options.context ?? {}))
}

const defaultChannel = createChannel({})

/** The logger for code that serves no request. */
export const logger: Logger = makeLogger(defaultChannel, new BaseContext({}))

/** Sets how `logger` and all request loggers log from now on; the environment decides the rest. */
export function configureLogger(options: LoggerOptions): void {
  defaultChannel.configure(options)
}

/** A logger for one request: each line has `requestId`, `method`, `path` or whatever is given. */
export function createRequestLogger(context: LogContext, trace?: TraceIds): Logger {
  return logger.child(context, trace)
}
