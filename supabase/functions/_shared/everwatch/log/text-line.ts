import { isoTime } from '../runtime/clock.ts'
import type { LogEntry } from './entry.ts'
import { errorMembers, writeMembers } from './json.ts'
import { longestLine } from './line.ts'
import { clip, within } from './text.ts'

const colours = { debug: 90, info: 36, warn: 33, error: 31, fatal: 35 }

/** As much as a person reads. */
const limits = { text: 4000, room: 6000 }

/**
 * An entry for a person who develops: time, level, message and context in a line, and an error's stack
 * below. For a terminal it is coloured and aligned.
 */
export function writeTextLine(entry: LogEntry, forTerminal: boolean): string {
  const { time, level, message, context, error } = entry
  const name = level.toUpperCase()
  const text = within(limits, () =>
    [
      isoTime(time).slice(11, 23),
      forTerminal ? `\u001B[${colours[level]}m${name.padEnd(5)}\u001B[0m` : name,
      readable(clip(message)),
      ...braced(writeMembers(context)),
      ...(error === undefined ? [] : writeError(error)),
    ].join(' '),
  )
  return text.length <= longestLine ? text : `${text.slice(0, longestLine - 1)}…`
}

function writeError(error: unknown): string[] {
  const { name, message, stack, ...more } = errorMembers(error)
  const told = typeof stack === 'string' ? stack : `${name ?? 'Thrown'}: ${message}`
  return [`\n    ${readable(clip(told))}`, ...braced(writeMembers(more))]
}

function braced(members: string): string[] {
  return members ? [`{${members.slice(1)}}`] : []
}

/** What moves a terminal's cursor, hides text or turns it round; a tab does no harm. */
// oxlint-disable-next-line no-control-regex
const unsafe = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g

/** A text in which nothing can pass for another line: those below the first are indented. */
function readable(text: string): string {
  return text
    .toWellFormed()
    .replaceAll('\r\n', '\n')
    .replace(unsafe, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`)
    .replaceAll(/\n */g, '\n    ')
}
