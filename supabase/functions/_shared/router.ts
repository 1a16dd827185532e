import type { Context, MiddlewareHandler } from 'hono'
import { cors } from 'hono/cors'
import { Hono } from 'hono/tiny'
import { HttpError } from './everwatch/http/errors.ts'
import { withMonitoring, type RequestContext } from './everwatch/middleware.ts'

/** What a handler is told, beside the request: `c.get('request')` says its id and has its logger. */
interface Env {
  Variables: { request: RequestContext }
}

/** Answers a request of the Fetch standard, with Hono's context. */
export type Handler = (c: Context<Env>) => Response | Promise<Response>

/**
 * The routes of an edge function, which is reached as `/<name>/…`: HEAD is GET without a body, OPTIONS
 * names the methods, an unknown path gets 404 and another method 405 with `Allow`. Every answer
 * carries `x-request-id` and may be read by browsers.
 *
 * @example
 * const app = createApp('track')
 * app.post('/', async (c) => c.json(await store(c.req.raw)))
 * export default app
 */
export function createApp(functionName: string): Hono<Env> {
  const app = new Hono<Env>({ strict: false })
  const methodsAt = (c: Context<Env>): string[] => {
    const routes = app.routes.filter(({ path }) => path === c.req.path)
    const methods = routes.flatMap(nameMethods)
    if (methods.length > 0) return [...methods, 'OPTIONS']
    throw new HttpError(404, 'not_found', `There is nothing at ${c.get('request').path}.`)
  }
  // What is thrown is answered, and counted, by what monitors the request.
  app.onError((error) => {
    throw error
  })
  app.notFound((c) => {
    const methods = methodsAt(c)
    const message = `Use ${methods.slice(0, -1).join(' or ')}.`
    const headers = { allow: methods.join(', ') }
    throw new HttpError(405, 'method_not_allowed', message, { headers })
  })
  app.use(monitored)
  app.use(async (c, next) => {
    if (c.req.method === 'OPTIONS') c.header('allow', methodsAt(c).join(', '))
    await next()
  })
  app.use(
    cors({
      // Who may see what is decided by the token or key, which a browser never sends by itself, and
      // not by the page that asks.
      origin: '*',
      allowMethods: (_origin, c: Context<Env>) => methodsAt(c),
      allowHeaders: [
        'authorization',
        'apikey',
        'content-type',
        'x-client-info',
        'x-request-id',
        'traceparent',
      ],
      exposeHeaders: ['x-request-id'],
      maxAge: 86_400,
    }),
  )
  return app.basePath(functionName)
}

/** The methods that a route serves; those of middleware are no route's. */
function nameMethods({ method }: { method: string }): string[] {
  if (method === 'ALL') return []
  return method === 'GET' ? ['GET', 'HEAD'] : [method]
}

const monitored: MiddlewareHandler<Env> = (c, next) =>
  withMonitoring(async (_request, context) => {
    c.set('request', context)
    await next()
    return c.res
  })(c.req.raw)
