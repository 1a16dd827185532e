const valid = /^[A-Za-z0-9._~:-]{1,128}$/

/**
 * The id under which a request is known everywhere: the caller's own `x-request-id` where that is
 * safe to repeat in a log and a header, else a new one.
 */
export function requestIdOf(request: Request): string {
  const given = request.headers.get('x-request-id')
  return given && valid.test(given) ? given : `req_${crypto.randomUUID()}`
}
