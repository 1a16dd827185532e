import {
  createLogger,
  type LogContext,
  type Logger,
  type LoggerOptions,
} from '../../supabase/functions/_shared/everwatch/logger.ts'

export interface CapturedLogger {
  logger: Logger
  /** The lines as they were written. */
  raw: string[]
  /** The lines as what they say. */
  lines(): Record<string, unknown>[]
  /** The only line. */
  line(): Record<string, unknown>
}

/** A logger that keeps its lines; it logs all levels, whatever the environment says. */
export function captureLogger(
  options: LoggerOptions & { context?: LogContext } = {},
): CapturedLogger {
  const raw: string[] = []
  const logger = createLogger({
    level: 'debug',
    layout: 'json',
    ...options,
    sinks: [(line) => raw.push(line), ...(options.sinks ?? [])],
  })
  const lines = (): Record<string, unknown>[] => raw.map((line) => JSON.parse(line))
  return {
    logger,
    raw,
    lines,
    line: () => {
      const [only, second] = lines()
      if (!only || second) throw new Error(`${raw.length} lines where one was expected`)
      return only
    },
  }
}
