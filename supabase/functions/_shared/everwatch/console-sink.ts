import { isTerminal, printLine } from './environment.ts'
import type { LogEntry } from './log-entry.ts'
import { placeOf } from './log-level.ts'
import { logSettings } from './log-settings.ts'
import { writeTextLine } from './text-line.ts'

/** Prints each line: what needs attention, from WARN on, to the standard error. */
export function consoleSink(line: string, entry: LogEntry): void {
  const output = placeOf(entry.level) >= placeOf('warn') ? 'stderr' : 'stdout'
  const { asText } = logSettings(entry.time)
  printLine(output, asText ? writeTextLine(entry, isTerminal(output)) : line)
}
