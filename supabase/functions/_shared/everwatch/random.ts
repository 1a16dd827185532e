const pool = new Uint8Array(2048)
let taken = pool.length

const pairs = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'))

/**
 * That many random bytes, as hexadecimal digits; never all zeros, which no id may be. They are asked
 * for in bulk: one call for each id would take longer than all else that is done for a request.
 */
export function randomHex(bytes: number): string {
  if (taken + bytes > pool.length) {
    crypto.getRandomValues(pool)
    taken = 0
  }
  let digits = ''
  for (const end = taken + bytes; taken < end; taken += 1) digits += pairs[pool[taken] ?? 0]
  return /[^0]/.test(digits) ? digits : randomHex(bytes)
}
