import { HttpError } from './errors.ts'
import type { MonitoredHandler, RequestContext } from './middleware.ts'

/** Handlers by method, by path below the function's name: `{ '/metrics': { GET: … } }`. */
export type Routes = Record<string, Partial<Record<'GET' | 'POST', MonitoredHandler>>>

/**
 * Finds the handler of a request. A function is reached as `/<name>/…`; HEAD is GET without a body.
 *
 * @throws {HttpError} 404 for an unknown path, 405 with `Allow` for another method
 */
export function route(functionName: string, routes: Routes): MonitoredHandler {
  return async (request: Request, context: RequestContext) => {
    const path = context.path.slice(`/${functionName}`.length).replace(/\/$/, '') || '/'
    const methods = Object.hasOwn(routes, path) ? routes[path] : undefined
    if (!methods) throw new HttpError(404, 'not_found', `There is nothing at ${context.path}.`)
    const name = request.method === 'HEAD' ? 'GET' : request.method
    const handler = name === 'GET' || name === 'POST' ? methods[name] : undefined
    if (!handler) {
      const allowed = Object.keys(methods).flatMap((method) =>
        method === 'GET' ? ['GET', 'HEAD'] : [method],
      )
      throw new HttpError(405, 'method_not_allowed', `Use ${allowed.join(' or ')}.`, {
        headers: { allow: [...allowed, 'OPTIONS'].join(', ') },
      })
    }
    const response = await handler(request, context)
    return request.method === 'HEAD' ? new Response(null, response) : response
  }
}
