import { keepAlive } from './environment.ts'
import { errorResponse, HttpError, internalError } from './errors.ts'
import { createRequestLogger, type Logger } from './logger.ts'
import { defaultMonitoring, type Monitoring } from './metrics.ts'
import { addressOf, requestIdOf } from './request.ts'
import { withHeaders } from './response.ts'
import { foldIds } from './route.ts'

export { measurePerformance, trackQuery } from './performance.ts'

/** Answers a request of the Fetch standard. */
export type FetchHandler = (request: Request) => Response | Promise<Response>

/** What a handler is told of the request it serves. */
export interface RequestContext {
  requestId: string
  method: string
  path: string
  /** Milliseconds since the epoch. */
  startTime: number
  ip: string | undefined
  userAgent: string | undefined
  logger: Logger
  /** Whose request it is. A request is tracked when this is known at its end. */
  orgId?: string | undefined
  /** What was asked for, for example `contacts`. */
  resourceType?: string | undefined
  /** The key that was used. */
  apiKeyId?: string | undefined
}

/** A handler with the context; further arguments are those of its framework. */
export type MonitoredHandler<R extends Request = Request, Rest extends unknown[] = []> = (
  request: R,
  context: RequestContext,
  ...rest: Rest
) => Response | Promise<Response>

export interface MonitoringMiddlewareOptions {
  /** Whose requests these are, where the handler need not find out: `context.orgId` at the start. */
  orgId?: string
  /** `context.resourceType` at the start. */
  resourceType?: string
  /** Tracks the requests. Default: of the environment. */
  monitoring?: Pick<Monitoring, 'trackAPIRequest'>
}

/**
 * Wraps a handler: each request is logged and has an id (`x-request-id`, the caller's own when it is
 * valid), what the handler throws becomes an answer that gives nothing away, and a request of a known
 * org is tracked, which its answer does not wait for.
 *
 * @example
 * export const GET = withMonitoring(async (request, context) => {
 *   context.orgId = await authenticate(request)
 *   return Response.json({ data: await load() })
 * })
 */
export function withMonitoring<R extends Request = Request, Rest extends unknown[] = []>(
  handler: MonitoredHandler<R, Rest>,
  options: MonitoringMiddlewareOptions = {},
): (request: R, ...rest: Rest) => Promise<Response> {
  return async (request, ...rest) => {
    const context = describe(request, options)
    const response = await answer(() => handler(request, context, ...rest), context)
    const durationMs = Date.now() - context.startTime
    context.logger[levelOf(response.status)]('Request served', {
      status: response.status,
      durationMs,
    })
    const { orgId, method, requestId, resourceType, apiKeyId, ip, userAgent } = context
    if (orgId) {
      const { monitoring = defaultMonitoring() } = options
      const path = foldIds(context.path)
      const outcome = { statusCode: response.status, durationMs }
      const caller = { requestId, apiKeyId, ip, userAgent }
      keepAlive(
        monitoring.trackAPIRequest({ orgId, method, path, resourceType, ...outcome, ...caller }),
      )
    }
    return withHeaders(response, { 'x-request-id': requestId })
  }
}

function describe(
  request: Request,
  { orgId, resourceType }: MonitoringMiddlewareOptions,
): RequestContext {
  const requestId = requestIdOf(request)
  const { method } = request
  const path = new URL(request.url).pathname
  return {
    requestId,
    method,
    path,
    startTime: Date.now(),
    ip: addressOf(request),
    userAgent: request.headers.get('user-agent') ?? undefined,
    logger: createRequestLogger({ requestId, method, path }),
    orgId,
    resourceType,
  }
}

async function answer(
  handle: () => Response | Promise<Response>,
  { logger, requestId }: RequestContext,
): Promise<Response> {
  try {
    return await handle()
  } catch (thrown) {
    const error = thrown instanceof HttpError ? thrown : internalError(thrown)
    if (error.status >= 500) logger.error('Request failed', error.cause ?? error)
    return errorResponse(error, requestId)
  }
}

function levelOf(status: number): 'info' | 'warn' | 'error' {
  if (status >= 500) return 'error'
  return status >= 400 ? 'warn' : 'info'
}
