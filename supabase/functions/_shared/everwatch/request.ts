const validId = /^[A-Za-z0-9._~:-]{1,128}$/

/**
 * The id under which a request is known everywhere: the caller's own `x-request-id` where that is
 * safe to repeat in a log and a header, else a new one.
 */
export function requestIdOf(request: Request): string {
  const given = request.headers.get('x-request-id')
  return given && validId.test(given) ? given : `req_${crypto.randomUUID()}`
}

/**
 * The address of who called, from the first entry of `x-forwarded-for`. The caller may have written
 * that, so what is no address is left out: it would keep the request from being tracked.
 */
export function addressOf(request: Request): string | undefined {
  const given = request.headers.get('x-forwarded-for')?.split(',')[0]?.trim() ?? ''
  return isIpv4(given) || isIpv6(given) ? given : undefined
}

function isIpv4(text: string): boolean {
  const parts = text.split('.')
  return parts.length === 4 && parts.every((part) => /^(0|[1-9]\d{0,2})$/.test(part) && +part < 256)
}

function isIpv6(text: string): boolean {
  return /^[0-9a-f:.]+$/i.test(text) && URL.canParse(`http://[${text}]/`)
}
