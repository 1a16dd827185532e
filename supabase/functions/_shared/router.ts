import { HttpError } from './everwatch/http/errors.ts'
import { withCors } from './cors.ts'
import {
  withMonitoring,
  type FetchHandler,
  type MonitoredHandler,
  type RequestContext,
} from './everwatch/middleware.ts'

/** Handlers by method, by path below the function's name: `{ '/metrics': { GET: … } }`. */
export type Routes = Record<string, Partial<Record<'GET' | 'POST', MonitoredHandler>>>

/**
 * Serves an edge function, which is reached as `/<name>/…`: HEAD is GET without a body, OPTIONS
 * names the methods, an unknown path gets 404 and another method 405 with `Allow`. Every answer
 * carries `x-request-id` and may be read by browsers.
 */
export function serve(functionName: string, routes: Routes): FetchHandler {
  return withCors(
    withMonitoring((request, context) => route(functionName, routes, request, context)),
  )
}

async function route(
  functionName: string,
  routes: Routes,
  request: Request,
  context: RequestContext,
): Promise<Response> {
  const path = context.path.slice(`/${functionName}`.length).replace(/\/$/, '') || '/'
  const handlers = Object.hasOwn(routes, path) ? routes[path] : undefined
  if (!handlers) throw new HttpError(404, 'not_found', `There is nothing at ${context.path}.`)

  const allow = [...(handlers.GET ? ['GET', 'HEAD'] : []), ...(handlers.POST ? ['POST'] : [])]
  const headers = { allow: [...allow, 'OPTIONS'].join(', ') }
  switch (request.method) {
    case 'OPTIONS':
      return new Response(null, { status: 204, headers })
    case 'HEAD':
      if (handlers.GET) return new Response(null, await handlers.GET(request, context))
      break
    case 'GET':
      if (handlers.GET) return handlers.GET(request, context)
      break
    case 'POST':
      if (handlers.POST) return handlers.POST(request, context)
      break
  }
  throw new HttpError(405, 'method_not_allowed', `Use ${allow.join(' or ')}.`, { headers })
}
