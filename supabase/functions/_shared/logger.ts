import { isProduction, readEnvironment } from './environment.ts'
import { serialize } from './serialize.ts'

const levels = ['debug', 'info', 'warn', 'error', 'fatal'] as const

export type LogLevel = (typeof levels)[number]

/** What a log line says beyond its message. */
export type LogContext = Record<string, unknown>

export interface Logger {
  debug(message: string, context?: LogContext): void
  info(message: string, context?: LogContext): void
  warn(message: string, context?: LogContext): void
  /** `error` may be anything that was thrown. */
  error(message: string, error?: unknown, context?: LogContext): void
  fatal(message: string, error?: unknown, context?: LogContext): void
  /** Logs a measurement, as `{ metric, value }`, at INFO. */
  metric(name: string, value: number, context?: LogContext): void
  /** A logger that says `context` on each line, beside what this one says. */
  child(context: LogContext): Logger
}

/** Takes one finished line. */
export type LogSink = (level: LogLevel, line: string) => void

export interface LoggerOptions {
  /** The lowest level that is written. Default: `LOG_LEVEL`, else debug, or info in production. */
  level?: LogLevel
  context?: LogContext
  sink?: LogSink
}

/**
 * Makes a logger: one JSON object a line with `timestamp`, `level`, `message`, `context` and
 * `error`. It never throws, whatever it is given.
 */
export function createLogger(options: LoggerOptions = {}): Logger {
  const { context = {}, sink = writeToConsole } = options
  const lowest = levels.indexOf(options.level ?? defaultLevel())

  const log = (level: LogLevel, message: string, extra?: LogContext, error?: unknown): void => {
    if (levels.indexOf(level) < lowest) return
    try {
      const all = { ...context, ...extra }
      const entry = {
        timestamp: new Date().toISOString(),
        level: level.toUpperCase(),
        message: String(message),
        ...(Object.keys(all).length > 0 && { context: serialize(all) }),
        ...(error !== undefined && { error: serialize(toError(error)) }),
      }
      sink(level, JSON.stringify(entry))
    } catch {
      // A line that cannot be written is no reason to break what it speaks of.
    }
  }

  return {
    debug: (message, extra) => log('debug', message, extra),
    info: (message, extra) => log('info', message, extra),
    warn: (message, extra) => log('warn', message, extra),
    error: (message, error, extra) => log('error', message, extra, error),
    fatal: (message, error, extra) => log('fatal', message, extra, error),
    metric: (name, value, extra) => log('info', name, { ...extra, metric: name, value }),
    child: (extra) => createLogger({ ...options, context: { ...context, ...extra } }),
  }
}

function defaultLevel(): LogLevel {
  const asked = readEnvironment('LOG_LEVEL')?.toLowerCase()
  return levels.find((level) => level === asked) ?? (isProduction() ? 'info' : 'debug')
}

function toError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown))
}

function writeToConsole(level: LogLevel, line: string): void {
  if (level === 'debug' || level === 'info') console.log(line)
  else if (level === 'warn') console.warn(line)
  else console.error(line)
}

/** The logger of code that serves no request. */
export const logger: Logger = createLogger()

/** A logger for one request: each line says `requestId`, `method`, `path` or what else is given. */
export function createRequestLogger(context: LogContext): Logger {
  return logger.child(context)
}
