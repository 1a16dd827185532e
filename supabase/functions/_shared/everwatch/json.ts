import { errorMembers } from './error-members.ts'
import { isSecretName, redact, redacted } from './redact.ts'

/** How much of a value is written: a log line is no dump. */
export interface Limits {
  /** Characters of one text. */
  text: number
  /** Characters of all together, about. */
  room: number
}

const deepest = 8

/** The objects around a value, innermost first. */
interface Path {
  value: object
  around: Path | undefined
  depth: number
}

let limits: Limits = { text: 0, room: 0 }
let room = 0
let cut = false

/**
 * Writes JSON within limits. What is being written is kept in variables of the module: the fastest
 * way, and safe, because it begins and ends without waiting; a getter that logs finds its own.
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

function isFull(): boolean {
  if (room <= 0) cut = true
  return room <= 0
}

/**
 * An object's members as JSON without its braces, each with a comma before it: `,"a":1,"b":"x"`.
 * Members without a value are left out.
 */
export function writeMembers(owner: object, path?: Path): string {
  let json = ''
  // Faster than Object.keys; an inherited member that enumerates is as good as an own one.
  for (const name in owner) {
    if (isFull()) return `${json},"…":"[omitted]"`
    json += writeMember(owner, name, path)
  }
  return json
}

const colon = 58

function writeMember(owner: object, name: string, path: Path | undefined): string {
  const head = memberHead(name)
  if (head.charCodeAt(head.length - 1) !== colon) return head
  let json: string | undefined
  try {
    json = writeValue((owner as Record<string, unknown>)[name], path)
  } catch {
    json = '"[unreadable]"'
  }
  if (json === undefined) return ''
  room -= head.length
  return head + json
}

/** Any value as JSON, or undefined for undefined. */
export function writeValue(value: unknown, path?: Path): string | undefined {
  switch (typeof value) {
    case 'string':
      return writeText(value)
    case 'number':
      return writeNumber(value)
    case 'boolean':
      return value ? 'true' : 'false'
    case 'undefined':
      return undefined
    case 'object':
      return value === null ? 'null' : writeObject(value, path)
    case 'function':
      return '"[function]"'
    default:
      return writeText(String(value))
  }
}

function writeNumber(value: number): string {
  const json = Number.isFinite(value) ? `${value}` : 'null'
  room -= json.length
  return json
}

function writeObject(value: object, around: Path | undefined): string | undefined {
  for (let place = around; place; place = place.around) {
    if (place.value === value) return '"[circular]"'
  }
  const depth = (around?.depth ?? 0) + 1
  if (isFull() || depth > deepest) return '"[omitted]"'
  const path = { value, around, depth }
  try {
    if (Array.isArray(value)) return writeItems(value, path)
    if (value instanceof Error) return `{${writeMembers(errorMembers(value), path).slice(1)}}`
    if (ArrayBuffer.isView(value)) return `"[${value.byteLength} bytes]"`
    if (value instanceof Set) return writeItems(value, path)
    if (value instanceof Map || value instanceof Headers) return writeEntries(value, path)
    const { toJSON } = value as { toJSON?: unknown }
    if (typeof toJSON === 'function') return writeValue(toJSON.call(value, ''), path)
    return `{${writeMembers(value, path).slice(1)}}`
  } catch {
    return '"[unreadable]"'
  }
}

/** What an item takes at least: as long as the words that stand for what JSON cannot say. */
const itemRoom = 12

function writeItems(items: Iterable<unknown>, path: Path): string {
  let json = ''
  for (const item of items) {
    if (isFull()) {
      json += ',"[omitted]"'
      break
    }
    room -= itemRoom
    json += `,${writeValue(item, path) ?? 'null'}`
  }
  return `[${json.slice(1)}]`
}

function writeEntries(entries: Iterable<readonly [unknown, unknown]>, path: Path): string {
  let json = ''
  for (const [key, value] of entries) {
    if (isFull()) break
    const name = String(key)
    json += writeMember({ [name]: value }, name, path)
  }
  return `{${json.slice(1)}}`
}

/** A text without secrets, and cut where it is too long. */
export function clip(text: string): string {
  if (text.length <= limits.text) return redact(text)
  cut = true
  return redact(`${text.slice(0, limits.text)}…`)
}

/** A text as JSON, clipped. */
export function writeText(text: string): string {
  const json =
    text.length <= longestPlain && isPlain(text) ? `"${redact(text)}"` : quote(clip(text))
  room -= json.length
  return json
}

/** Half of a surrogate pair, which many readers of JSON refuse, becomes U+FFFD. */
function quote(text: string): string {
  return JSON.stringify(text.toWellFormed())
}

const longestPlain = 100
const quotationMark = 34
const backslash = 92

/** Most texts are short and of printable ASCII: they are JSON as they stand. */
function isPlain(text: string): boolean {
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index)
    if (code < 32 || code > 126 || code === quotationMark || code === backslash) return false
  }
  return true
}

/** Programs use few names, so each is judged once; one that makes names up fills no memory. */
const heads = new Map<string, string>()
const mostHeads = 2000

const longestName = 200

/** What comes before a member's value, `,"name":`; of a secret, the whole member. */
function memberHead(name: string): string {
  const known = heads.get(name)
  if (known !== undefined) return known
  const isLong = name.length > longestName
  if (isLong) cut = true
  const shown = isLong ? `${name.slice(0, longestName)}…` : name
  const head = `,${quote(redact(shown))}:${isSecretName(name.slice(-longestName)) ? `"${redacted}"` : ''}`
  if (!isLong && heads.size < mostHeads) heads.set(name, head)
  return head
}
