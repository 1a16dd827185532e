const secretName =
  /^(authorization|apikey|api[-_]?key|cookie|set-cookie|password|secret|token)$|(secret|password|token)$/i

const deepest = 8

/**
 * A value as what JSON can say, whatever it is: circular references, BigInt, functions and getters
 * that throw become words, and what is named like a secret becomes `[redacted]`.
 */
export function serialize(value: unknown): unknown {
  return toPlain(value, [])
}

function toPlain(value: unknown, path: object[]): unknown {
  if (typeof value === 'bigint') return value.toString()
  if (typeof value === 'function') return '[function]'
  if (typeof value === 'symbol') return value.toString()
  if (typeof value === 'string') return value.toWellFormed()
  if (typeof value !== 'object' || value === null) return value
  if (path.includes(value)) return '[circular]'
  if (path.length >= deepest) return '[too deep]'
  const inner = [...path, value]
  try {
    if (value instanceof Error) return serializeError(value, inner)
    if (value instanceof Date) return Number.isNaN(value.valueOf()) ? null : value.toISOString()
    if (Array.isArray(value)) return value.map((item) => toPlain(item, inner))
    return Object.fromEntries(Object.keys(value).map((key) => [key, readSafely(value, key, inner)]))
  } catch {
    return '[unreadable]'
  }
}

function readSafely(owner: object, key: string, path: object[]): unknown {
  if (secretName.test(key)) return '[redacted]'
  try {
    return toPlain(Reflect.get(owner, key), path)
  } catch {
    return '[unreadable]'
  }
}

function serializeError(error: Error, path: object[]): object {
  const code: unknown = Reflect.get(error, 'code')
  return {
    name: error.name,
    message: error.message,
    ...(error.stack && { stack: error.stack }),
    ...(code !== undefined && { code: toPlain(code, path) }),
    ...(error.cause !== undefined && { cause: toPlain(error.cause, path) }),
  }
}
