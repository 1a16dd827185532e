/**
 * A request with the secret key where `authenticate` looks for it. Prometheus before 3 can send no
 * header of its own, so a scrape may carry the key as the password of basic authentication, as it does
 * for the metrics that Supabase itself serves.
 */
export function readBasicKey(request: Request): Request {
  const [, encoded] =
    /^basic +([a-z0-9+/]+=*)$/i.exec(request.headers.get('authorization') ?? '') ?? []
  const key = encoded && decode(encoded)?.replace(/^[^:]*:/, '')
  if (!key) return request
  const headers = new Headers(request.headers)
  headers.delete('authorization')
  headers.set('apikey', key)
  return new Request(request, { headers })
}

/** Keys are ASCII; what is not, or is not base64, is none. */
function decode(text: string): string | undefined {
  try {
    const decoded = atob(text)
    return /^[\x20-\x7e]+$/.test(decoded) ? decoded : undefined
  } catch {
    return undefined
  }
}
