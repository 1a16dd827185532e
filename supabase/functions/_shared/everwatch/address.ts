/**
 * The address of who called, from the first entry of `x-forwarded-for`. The caller may have written
 * that, so what is no address is left out: it would keep the request from being tracked.
 */
export function addressOf(request: Request): string | undefined {
  const given = request.headers.get('x-forwarded-for')?.split(',', 1)[0]?.trim() ?? ''
  return isIpv4(given) || isIpv6(given) ? given : undefined
}

function isIpv4(text: string): boolean {
  const parts = text.split('.')
  return parts.length === 4 && parts.every((part) => /^(0|[1-9]\d{0,2})$/.test(part) && +part < 256)
}

function isIpv6(text: string): boolean {
  return /^[0-9a-f:.]+$/i.test(text) && URL.canParse(`http://[${text}]/`)
}
