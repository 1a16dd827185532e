import { isFull, memberHead, spend, writeText } from './text.ts'

const deepest = 8

/** The objects around a value, innermost first. */
interface Path {
  value: object
  around: Path | undefined
  depth: number
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
  spend(head.length)
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
  spend(json.length)
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
    spend(itemRoom)
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

/** What a line says of something that was thrown. */
export interface ErrorMembers {
  name?: unknown
  message?: unknown
  stack?: unknown
  /** An error's own: a `code`, the `details` of a database. */
  [own: string]: unknown
}

/**
 * The members of an error, those that do not enumerate too, with its `cause` and, of an
 * AggregateError, its `errors`. Anything else that was thrown says what it is as its message, so that
 * a line's `error` is an object whatever happened.
 */
export function errorMembers(thrown: unknown): ErrorMembers {
  if (typeof thrown !== 'object' || thrown === null) return { message: String(thrown) }
  if (!(thrown instanceof Error)) return thrown as ErrorMembers
  const { name, message, stack, cause } = thrown
  const { errors } = thrown as { errors?: unknown }
  return { name, message, ...ownMembers(thrown), stack, errors, cause }
}

function ownMembers(error: Error): object {
  try {
    return { ...error }
  } catch {
    // A getter threw: what every error has is said all the same.
    return {}
  }
}
