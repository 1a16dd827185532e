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
