import { errorResponse, HttpError, internalError } from './errors.ts'
import { createRequestLogger, logger, type Logger } from './logger.ts'
import { trackAPIRequest } from './metrics.ts'
import { requestIdOf } from './request-id.ts'
import { foldIds } from './route.ts'

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
  /** Whose request it is: set by the handler once it knows, so that the request is tracked. */
  orgId?: string
  /** What was asked for, for example `contacts`; set by the handler. */
  resourceType?: string
  /** The key that was used; set by the handler. */
  apiKeyId?: string
}

export type MonitoredHandler = (
  request: Request,
  context: RequestContext,
) => Response | Promise<Response>

export interface MonitoringOptions {
  /** Called with each finished request of a known org. Default: `trackAPIRequest`. */
  track?: typeof trackAPIRequest | false
}

/**
 * Wraps a handler: each request is logged, has an id (`x-request-id`, the caller's own when it is
 * valid), is tracked once the handler has set `context.orgId`, and what the handler throws becomes
 * an answer that gives nothing away.
 *
 * @example
 * export const GET = withMonitoring(async (request, context) => {
 *   context.orgId = await authenticate(request)
 *   return Response.json({ data: await load() })
 * })
 */
export function withMonitoring(
  handler: MonitoredHandler,
  options: MonitoringOptions = {},
): FetchHandler {
  const { track = trackAPIRequest } = options
  return async (request) => {
    const context = describe(request)
    const response = await answer(handler, request, context)
    const durationMs = Math.round(Date.now() - context.startTime)
    context.logger.info('request', { status: response.status, durationMs })
    if (track && context.orgId) {
      await track({
        orgId: context.orgId,
        method: context.method,
        path: foldIds(context.path),
        statusCode: response.status,
        durationMs,
        requestId: context.requestId,
        ...(context.resourceType && { resourceType: context.resourceType }),
        ...(context.apiKeyId && { apiKeyId: context.apiKeyId }),
        ...(context.ip && { ip: context.ip }),
        ...(context.userAgent && { userAgent: context.userAgent }),
      })
    }
    return withHeader(response, 'x-request-id', context.requestId)
  }
}

function describe(request: Request): RequestContext {
  const requestId = requestIdOf(request)
  const { method } = request
  const path = new URL(request.url).pathname
  return {
    requestId,
    method,
    path,
    startTime: Date.now(),
    ip: request.headers.get('x-forwarded-for')?.split(',')[0]?.trim() || undefined,
    userAgent: request.headers.get('user-agent') ?? undefined,
    logger: createRequestLogger({ requestId, method, path }),
  }
}

async function answer(
  handler: MonitoredHandler,
  request: Request,
  context: RequestContext,
): Promise<Response> {
  try {
    return await handler(request, context)
  } catch (thrown) {
    const error = thrown instanceof HttpError ? thrown : internalError(thrown)
    if (error.status >= 500) context.logger.error('request failed', error.cause ?? error)
    return errorResponse(error, context.requestId)
  }
}

/** A copy, because some responses (of `fetch`, of redirects) have headers that cannot be set. */
function withHeader(response: Response, name: string, value: string): Response {
  const headers = new Headers(response.headers)
  headers.set(name, value)
  const { status, statusText } = response
  return new Response(response.body, { status, statusText, headers })
}

/**
 * Logs how long an operation took, as the metric `<name>.duration_ms`, and returns its result; what
 * it throws is logged and thrown on.
 */
export async function measurePerformance<T>(name: string, work: () => T | Promise<T>): Promise<T> {
  const began = performance.now()
  const elapsed = (): number => Math.round((performance.now() - began) * 100) / 100
  try {
    const result = await work()
    logger.metric(`${name}.duration_ms`, elapsed())
    return result
  } catch (error) {
    logger.error(`${name} failed`, error, { durationMs: elapsed() })
    throw error
  }
}

/** `measurePerformance` for a database query: the metric is `query.<name>.duration_ms`. */
export function trackQuery<T>(name: string, query: () => T | PromiseLike<T>): Promise<T> {
  return measurePerformance(`query.${name}`, async () => query())
}
