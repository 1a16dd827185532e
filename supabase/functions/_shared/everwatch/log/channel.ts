import { isTerminal, printLine, readEnvironment } from '../runtime/environment.ts'
import { isLogLevel, placeOf, type LogEntry, type LogThreshold } from './entry.ts'
import { layouts, type Layout, type LayoutName } from './layout.ts'
import { writeLine } from './line.ts'
import { writeTextLine } from './text-line.ts'

/**
 * Takes each line: JSON of at most 10,000 characters without secrets, and the entry with its values as
 * they were given. What a sink throws or rejects with is counted and goes no further.
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

/** Prints each line; from WARN on, to standard error. */
export function consoleSink(line: string, entry: LogEntry): void {
  const output = placeOf(entry.level) >= placeOf('warn') ? 'stderr' : 'stdout'
  const { asText } = logSettings(entry.time)
  printLine(output, asText ? writeTextLine(entry, isTerminal(output)) : line)
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

/** What the environment says about logging. */
export interface LogSettings {
  /** The place of the lowest level that is logged. */
  lowest: number
  layout: Layout
  /** Whether lines are printed as text for a person, instead of JSON. */
  asText: boolean
}

let settings: LogSettings | undefined
let windowStart = 0
let reads = 0
const windowMs = 100
const mostReads = 100

/**
 * What the environment says now: `LOG_LEVEL`, else DEBUG where `NODE_ENV` is development and INFO
 * elsewhere; `LOG_FORMAT`, else text in development and JSON elsewhere. It may change while a program
 * runs, so it is read for each line, but at most 1000 times a second, because reading it takes as long
 * as writing the line.
 */
export function logSettings(now: number): LogSettings {
  if (now - windowStart >= windowMs || now < windowStart) {
    windowStart = now
    reads = 0
  }
  reads += 1
  if (settings === undefined || reads <= mostReads) settings = read()
  return settings
}

function read(): LogSettings {
  const level = readEnvironment('LOG_LEVEL')?.toLowerCase()
  const format = readEnvironment('LOG_FORMAT')?.toLowerCase()
  const isDevelopment = readEnvironment('NODE_ENV') === 'development'
  const layout = Object.entries(layouts).find(([name]) => name === format)?.[1]
  return {
    lowest: placeOf(isLogLevel(level) ? level : isDevelopment ? 'debug' : 'info'),
    layout: layout ?? layouts.json,
    asText: format === 'text' || (isDevelopment && layout === undefined),
  }
}
