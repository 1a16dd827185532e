import type { FetchHandler } from './middleware.ts'

/**
 * Lets browsers of any origin call: who may see what is decided by the token or key, which a
 * browser never sends by itself, and not by the page that asks.
 */
export function withCors(handler: FetchHandler): FetchHandler {
  return async (request) => {
    if (request.method === 'OPTIONS' && request.headers.has('access-control-request-method')) {
      return new Response(null, { status: 204, headers: { ...allowed, ...preflight } })
    }
    const response = await handler(request)
    const headers = new Headers(response.headers)
    for (const [name, value] of Object.entries(allowed)) headers.set(name, value)
    return new Response(response.body, { status: response.status, headers })
  }
}

const allowed = {
  'access-control-allow-origin': '*',
  'access-control-expose-headers': 'x-request-id',
}

const preflight = {
  'access-control-allow-methods': 'GET, HEAD, POST, OPTIONS',
  'access-control-allow-headers':
    'authorization, apikey, content-type, x-client-info, x-request-id, traceparent',
  'access-control-max-age': '86400',
}
