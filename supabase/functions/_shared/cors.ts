import type { FetchHandler } from './everwatch/middleware.ts'
import { withHeaders } from './everwatch/http/response.ts'

/**
 * Lets browsers of any origin call: who may see what is decided by the token or key, which a
 * browser never sends by itself, and not by the page that asks.
 */
export function withCors(handler: FetchHandler): FetchHandler {
  return async (request) => {
    const response = await handler(request)
    const preflight = request.method === 'OPTIONS' && {
      'access-control-allow-methods': response.headers.get('allow') ?? '',
      'access-control-allow-headers': allowedHeaders,
      'access-control-max-age': '86400',
    }
    return withHeaders(response, {
      'access-control-allow-origin': '*',
      'access-control-expose-headers': 'x-request-id',
      ...preflight,
    })
  }
}

const allowedHeaders =
  'authorization, apikey, content-type, x-client-info, x-request-id, traceparent'
