import { isSecretName, redact, redacted } from './redact.ts'

/** How much of a value is written: a log line is no dump. */
export interface Limits {
  /** Characters of one text. */
  text: number
  /** Characters of all together, about. */
  room: number
}

let limits: Limits = { text: 0, room: 0 }
let room = 0
let cut = false

/**
 * Writes JSON within limits. The state is kept in variables of this module, which is fastest, and safe:
 * writing never waits, and a getter that logs gets limits of its own.
 */
export function within<T>(wanted: Limits, write: () => T): T {
  const outerLimits = limits
  const outerRoom = room
  const outerCut = cut
  limits = wanted
  room = wanted.room
  cut = false
  try {
    return write()
  } finally {
    limits = outerLimits
    room = outerRoom
    cut = outerCut
  }
}

/** Whether anything that was written within the limits so far was cut or left out. */
export function wasCut(): boolean {
  return cut
}

/** Whether there is no room for more; what is left out then is known to `wasCut`. */
export function isFull(): boolean {
  if (room <= 0) cut = true
  return room <= 0
}

/** Takes room for so many characters. */
export function spend(characters: number): void {
  room -= characters
}

/** A text, or the beginning of one that is longer than may be. */
export function fit(text: string, longest = limits.text): string {
  if (text.length <= longest) return text
  cut = true
  return `${text.slice(0, longest)}…`
}

/** A text without secrets, and cut where it is too long. */
export function clip(text: string): string {
  return redact(fit(text))
}

/** A text as JSON, clipped. */
export function writeText(text: string): string {
  const json =
    text.length <= longestPlain && isPlain(text) ? `"${redact(text)}"` : quote(clip(text))
  spend(json.length)
  return json
}

/** Half a surrogate pair becomes U+FFFD, because many JSON parsers refuse it. */
function quote(text: string): string {
  return JSON.stringify(text.toWellFormed())
}

const longestPlain = 100
const quotationMark = 34
const backslash = 92

/** Most texts are short printable ASCII, which needs no escapes in JSON. */
function isPlain(text: string): boolean {
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index)
    if (code < 32 || code > 126 || code === quotationMark || code === backslash) return false
  }
  return true
}

/** Programs use few names, so each is checked once; the limit protects against made-up names. */
const heads = new Map<string, string>()
const mostHeads = 2000

const longestName = 200

/** What comes before a member's value, `,"name":`; of a secret, the whole member. */
export function memberHead(name: string): string {
  const known = heads.get(name)
  if (known !== undefined) return known
  const shown = quote(redact(fit(name, longestName)))
  const isSecret = isSecretName(name.slice(-longestName))
  const head = isSecret ? `,${shown}:"${redacted}"` : `,${shown}:`
  if (name.length <= longestName && heads.size < mostHeads) heads.set(name, head)
  return head
}
