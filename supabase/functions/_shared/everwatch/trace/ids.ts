const pool = new Uint8Array(2048)
let taken = pool.length

const pairs = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'))

/**
 * So many random bytes as hexadecimal digits; never all zeros, which no id may be. They are fetched in
 * bulk, because a call for each id would take longer than everything else that a request needs.
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

/**
 * `req_` and a UUID of version 7 (https://www.rfc-editor.org/rfc/rfc9562#section-5.7): ids sort by the
 * millisecond they were made in.
 */
export function newRequestId(now: number): string {
  const time = now.toString(16).padStart(12, '0')
  const random = randomHex(10)
  const variant = (8 + (Number.parseInt(random.slice(3, 4), 16) % 4)).toString(16)
  return [
    `req_${time.slice(0, 8)}`,
    time.slice(8),
    `7${random.slice(0, 3)}`,
    `${variant}${random.slice(4, 7)}`,
    random.slice(7, 19),
  ].join('-')
}
