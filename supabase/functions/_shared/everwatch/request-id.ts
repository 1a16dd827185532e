import { randomHex } from './random.ts'

const validId = /^[A-Za-z0-9._~:-]{1,128}$/

/**
 * The id under which a request is known everywhere: the caller's own `x-request-id` where that is
 * safe to repeat in a log and a header, else a new one.
 */
export function requestIdOf(request: Request): string {
  const given = request.headers.get('x-request-id')
  return given !== null && validId.test(given) ? given : newRequestId(Date.now())
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
