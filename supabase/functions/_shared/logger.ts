import { readEnvironment } from './environment.ts'
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
}

/** What one line says. */
interface Entry {
  timestamp: string
  level: string
  message: string
  context?: unknown
  error?: unknown
}

/** Makes a logger that says `context` on each line. It never throws, whatever it is given. */
function createLogger(context: LogContext): Logger {
  const log = (level: LogLevel, message: string, extra?: LogContext, error?: unknown): void => {
    try {
      if (levels.indexOf(level) < levels.indexOf(lowestLevel())) return
      const all = { ...context, ...extra }
      write(level, {
        timestamp: new Date().toISOString(),
        level: level.toUpperCase(),
        message: String(message),
        ...(Object.keys(all).length > 0 && { context: serialize(all) }),
        ...(error !== undefined && { error: serialize(error) }),
      })
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
  }
}

/** Read for each line, so that `NODE_ENV` may be set while a program runs. */
function isDevelopment(): boolean {
  return readEnvironment('NODE_ENV') === 'development'
}

function lowestLevel(): LogLevel {
  const asked = readEnvironment('LOG_LEVEL')?.toLowerCase()
  return levels.find((level) => level === asked) ?? (isDevelopment() ? 'debug' : 'info')
}

/** One JSON object a line for machines; coloured words for a person who develops. */
function write(level: LogLevel, entry: Entry): void {
  const line = isDevelopment() ? colour(level, entry) : JSON.stringify(entry)
  if (level === 'debug' || level === 'info') console.log(line)
  else if (level === 'warn') console.warn(line)
  else console.error(line)
}

const colours: Record<LogLevel, number> = { debug: 90, info: 36, warn: 33, error: 31, fatal: 35 }

function colour(level: LogLevel, { timestamp, message, context, error }: Entry): string {
  const rest = [context, error].filter((part) => part !== undefined)
  const name = `\u001B[${colours[level]}m${level.toUpperCase().padEnd(5)}\u001B[0m`
  return [timestamp.slice(11, 23), name, message, ...rest.map((part) => JSON.stringify(part))].join(
    ' ',
  )
}

/** The logger of code that serves no request. */
export const logger: Logger = createLogger({})

/** A logger for one request: each line says `requestId`, `method`, `path` or what else is given. */
export function createRequestLogger(context: LogContext): Logger {
  return createLogger(context)
}
