import { consoleSink } from './console-sink.ts'
import { layouts, type LayoutName } from './layout.ts'
import type { LogEntry } from './log-entry.ts'
import { placeOf, type LogThreshold } from './log-level.ts'
import { writeLine } from './log-line.ts'
import { logSettings } from './log-settings.ts'

/**
 * Takes each line: JSON of at most 10,000 characters, without secrets; and what it says as it was
 * given. What a sink throws, or a promise of its rejects with, is counted and goes no further.
 */
export type LogSink = (line: string, entry: LogEntry) => unknown

export interface LoggerOptions {
  /** The lowest level that is logged. Default: the environment's. */
  level?: LogThreshold | undefined
  /** The names of a line's fields. Default: the environment's. */
  layout?: LayoutName | undefined
  /** Where lines go. Default: the console. */
  sinks?: LogSink[] | undefined
}

/** What became of lines since the start. */
export interface LoggerStats {
  /** Written. */
  lines: number
  /** Times that a line could not be written, or that a sink failed. */
  failures: number
}

/** Where the lines of a logger and of its children go. */
export interface LogChannel {
  configure(options: LoggerOptions): void
  /** The place of the lowest level that is logged now. */
  lowest(now: number): number
  /** Never throws. */
  write(entry: LogEntry): void
  stats(): LoggerStats
}

const consoleAlone = [consoleSink]

export function createChannel(given: LoggerOptions): LogChannel {
  let options = given
  let lines = 0
  let failures = 0
  let isInSinks = false
  const countFailure = (): void => {
    failures += 1
  }

  const deliver = (line: string, entry: LogEntry): void => {
    for (const sink of options.sinks ?? consoleAlone) {
      try {
        const result = sink(line, entry)
        if (result instanceof Promise) result.catch(countFailure)
      } catch {
        countFailure()
      }
    }
  }

  return {
    configure: (next) => {
      options = next
    },
    lowest: (now) => (options.level ? placeOf(options.level) : logSettings(now).lowest),
    write: (entry) => {
      // A sink that logs to its own logger would never end.
      if (isInSinks) return countFailure()
      try {
        const { layout } = options
        const line = writeLine(entry, layout ? layouts[layout] : logSettings(entry.time).layout)
        lines += 1
        isInSinks = true
        deliver(line, entry)
      } catch {
        countFailure()
      } finally {
        isInSinks = false
      }
    },
    stats: () => ({ lines, failures }),
  }
}
