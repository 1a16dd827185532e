import { readEnvironment } from './environment.ts'
import { layouts, type Layout } from './layout.ts'
import { isLogLevel, placeOf } from './log-level.ts'

/** What the environment says of logging. */
export interface LogSettings {
  /** The place of the lowest level that is logged. */
  lowest: number
  layout: Layout
  /** Lines are for a person, and not JSON, where they are printed. */
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
 * runs, so it is read for each line; but no more than 1000 times a second, for that takes as long as
 * the line itself.
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
