import { Hono } from 'hono'
import { proxy } from 'hono/proxy'
import { serveHttp, type FetchHandler, type HttpServer } from './http.ts'

export interface GatewayRoutes {
  auth: FetchHandler
  rest: FetchHandler
  /** The address of the process that hosts the edge functions. */
  functionsUrl: string
  /** What a browser sees at `/`; nothing when left out. */
  dashboard?: Hono
}

/**
 * The one address of a project, as hosted: `/auth/v1`, `/rest/v1` and `/functions/v1`. A function
 * sees the path from its own name on, and the address of who called.
 */
export function startGateway(routes: GatewayRoutes, port?: number): Promise<HttpServer> {
  const app = new Hono()
  app.all('/auth/v1/*', (c) => routes.auth(c.req.raw))
  app.all('/rest/v1/*', (c) => routes.rest(c.req.raw))
  app.all('/functions/v1/*', (c) => {
    const { pathname, search } = new URL(c.req.url)
    const path = pathname.slice('/functions/v1'.length)
    return proxy(`${routes.functionsUrl}${path}${search}`, {
      raw: c.req.raw,
      headers: { ...c.req.header(), 'x-forwarded-for': '127.0.0.1' },
    })
  })
  if (routes.dashboard) app.route('/', routes.dashboard)
  app.onError((_error, c) =>
    c.json({ error: { code: 'unavailable', message: 'The service behind does not answer' } }, 503),
  )
  return serveHttp((request) => app.fetch(request), port)
}
