const secretName =
  /(authorization|cookie|password|passphrase|secret|token|credentials?|jwt|(api|secret|private|access|service)[-_]?key)$/i

const deepest = 8
const longestText = 4000
/** Objects, members and items that one value may hold: a log line is no dump. */
const largest = 1000

interface Place {
  /** The objects around this one, outermost first. */
  path: object[]
  /** How much more may be said; shared by the whole value. */
  budget: { left: number }
}

/**
 * A value as what JSON can say, whatever it is: circular references, BigInt, functions and getters
 * that throw become words, and what is named like a secret becomes `[redacted]`.
 */
export function serialize(value: unknown): unknown {
  return toPlain(value, { path: [], budget: { left: largest } })
}

function toPlain(value: unknown, place: Place): unknown {
  if (typeof value === 'string') return cut(value)
  if (typeof value === 'bigint' || typeof value === 'symbol') return value.toString()
  if (typeof value === 'function') return '[function]'
  if (typeof value !== 'object' || value === null) return value
  if (place.path.includes(value)) return '[circular]'
  if (place.path.length >= deepest || place.budget.left <= 0) return '[omitted]'
  try {
    return objectToPlain(value, { ...place, path: [...place.path, value] })
  } catch {
    return '[unreadable]'
  }
}

function objectToPlain(value: object, place: Place): unknown {
  if (value instanceof Error) return errorToPlain(value, place)
  if ('toJSON' in value && typeof value.toJSON === 'function') {
    return toPlain(value.toJSON(), place)
  }
  if (Array.isArray(value)) {
    const items = value.slice(0, place.budget.left)
    place.budget.left -= items.length
    return items.map((item) => toPlain(item, place))
  }
  const names = Object.keys(value).slice(0, place.budget.left)
  place.budget.left -= names.length
  return Object.fromEntries(names.map((name) => [name, memberToPlain(value, name, place)]))
}

function memberToPlain(owner: object, name: string, place: Place): unknown {
  if (secretName.test(name)) return '[redacted]'
  try {
    return toPlain(Reflect.get(owner, name), place)
  } catch {
    return '[unreadable]'
  }
}

/** An error's own members (a `code`, the `details` of a database) and those that do not enumerate. */
function errorToPlain(error: Error, place: Place): object {
  const { name, message, stack, cause } = error
  const own = Object.keys(error).map((key) => [key, memberToPlain(error, key, place)] as const)
  return {
    ...Object.fromEntries(own),
    name: cut(String(name)),
    message: cut(String(message)),
    ...(stack && { stack: cut(stack) }),
    ...(cause !== undefined && { cause: toPlain(cause, place) }),
  }
}

function cut(text: string): string {
  const start = text.length > longestText ? `${text.slice(0, longestText)}…` : text
  return start.toWellFormed()
}
