import { answerFailure, frameworkStatus, isForFramework } from './http/errors.ts'
import { describeRequest, type RequestContext } from './http/request.ts'
import { withHeaders } from './http/response.ts'
import { logger as defaultLogger, type Logger } from './logger.ts'
import { startTimer } from './runtime/clock.ts'
import { startRequestSpan } from './trace/request.ts'
import { defaultClient } from './track/client.ts'
import { apiRequest, storableBytes, type APIRequest } from './track/make-event.ts'

export { HttpError, type ErrorDetails } from './http/errors.ts'
export type { RequestContext } from './http/request.ts'
export { measurePerformance, trackQuery, type MeasurementOptions } from './trace/measure.ts'

/** Answers a request of the Fetch standard. */
export type FetchHandler = (request: Request) => Response | Promise<Response>

/** A handler with the context; its framework's further arguments follow. */
export type MonitoredHandler<R extends Request = Request, Rest extends unknown[] = []> = (
  request: R,
  context: RequestContext,
  ...rest: Rest
) => Response | Promise<Response>

export interface MonitoringMiddlewareOptions {
  /** The org, if it is the same for all requests: `context.orgId` at the start. */
  orgId?: string
  /** `context.resourceType` at the start. */
  resourceType?: string
  /** Tracks the requests. Default: the project that the environment names. */
  monitoring?: { trackAPIRequest(request: APIRequest): Promise<void> }
  /** The parent of the requests' loggers. Default: `logger`. */
  logger?: Logger
}

/**
 * Wraps a handler. Each request is logged, has an id (`x-request-id`, the caller's own if it is valid)
 * and a place in a trace (`traceparent`, a span if OpenTelemetry is set up); its answer says how long it
 * took (`Server-Timing`). What the handler throws becomes an answer that reveals nothing. A request of a
 * known org is tracked, and its answer does not wait for that.
 *
 * @example
 * export const GET = withMonitoring(async (request, context) => {
 *   context.orgId = await authenticate(request)
 *   return Response.json({ data: await load() })
 * })
 */
export function withMonitoring<R extends Request = Request, Rest extends unknown[] = []>(
  handler: MonitoredHandler<R, Rest>,
  { orgId, resourceType, monitoring, logger = defaultLogger }: MonitoringMiddlewareOptions = {},
): (request: R, ...rest: Rest) => Promise<Response> {
  return async (request, ...rest) => {
    const elapsedMs = startTimer()
    const url = new URL(request.url)
    const span = startRequestSpan(request, url)
    const context = describeRequest(request, url.pathname, span.trace, logger)
    context.orgId = orgId
    context.resourceType = resourceType

    const record = (answer: Answer, thrown?: unknown): number => {
      const durationMs = elapsedMs()
      span.end(context.route, answer.status, thrown)
      logOutcome(context, answer.status, durationMs)
      track(context, answer, durationMs, monitoring)
      return durationMs
    }

    let response: Response
    let thrown: unknown
    try {
      response = requireResponse(await span.run(() => handler(request, context, ...rest)))
    } catch (error) {
      if (isForFramework(error)) {
        record({ status: frameworkStatus(error) })
        throw error
      }
      response = answerFailure(error, context, request)
      thrown = error
    }
    return withHeaders(response, {
      'x-request-id': context.requestId,
      'server-timing': addTiming(response, record(response, thrown)),
    })
  }
}

/** What is recorded about an answer; a framework's has no headers yet. */
type Answer = { status: number; headers?: Headers }

function requireResponse(answer: Response): Response {
  if (typeof answer?.status === 'number') return answer
  throw new TypeError('The handler returned no Response.')
}

function logOutcome(
  { logger, route, orgId }: RequestContext,
  status: number,
  durationMs: number,
): void {
  const level = status >= 500 ? 'error' : status >= 400 ? 'warn' : 'info'
  const outcome = { route, status, durationMs, orgId }
  if (level === 'error') logger.error('Request served', undefined, outcome)
  else logger[level]('Request served', outcome)
}

function track(
  context: RequestContext,
  { status: statusCode, headers }: Answer,
  durationMs: number,
  monitoring: MonitoringMiddlewareOptions['monitoring'],
): void {
  const { orgId, method, route: path, requestId, resourceType, apiKeyId, ip, userAgent } = context
  if (orgId === undefined) return
  // The body is not read to find out its length; these have no body, whatever the header says.
  const stated = method === 'HEAD' || statusCode === 304 ? null : headers?.get('content-length')
  const bytesOut = storableBytes(Number(stated || -1))
  const served = {
    orgId,
    method,
    path,
    resourceType,
    statusCode,
    durationMs,
    bytesOut,
    requestId,
    apiKeyId,
    ip,
    userAgent,
  }
  try {
    // Ours never fails, but an app's own may, and must not fail the request.
    if (monitoring) monitoring.trackAPIRequest(served).catch(() => {})
    else void defaultClient().track(() => [apiRequest(served)])
  } catch {}
}

/** https://www.w3.org/TR/server-timing/; the handler's own measurements are kept. */
function addTiming(response: Response, durationMs: number): string {
  const total = `total;dur=${durationMs}`
  const own = response.headers.get('server-timing')
  return own === null ? total : `${own}, ${total}`
}
