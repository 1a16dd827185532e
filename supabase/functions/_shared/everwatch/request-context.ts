import { addressOf } from './address.ts'
import type { Logger } from './logger.ts'
import { requestIdOf } from './request-id.ts'
import { foldIds } from './route.ts'
import { toTraceparent, type TraceContext } from './trace-context.ts'

/** What a handler is told of the request it serves. */
export interface RequestContext {
  requestId: string
  method: string
  path: string
  /** Milliseconds since the epoch. */
  startTime: number
  ip: string | undefined
  userAgent: string | undefined
  /** Says `requestId`, `method`, `path` and the trace on each line. */
  logger: Logger
  /** To send on as `traceparent` in requests that are made for this one. */
  traceparent: string
  /** What is recorded in place of the path: as the router knows it, or the path with its ids folded. */
  route: string
  /** Whose request it is. A request is tracked when this is known at its end. */
  orgId?: string | undefined
  /** What was asked for, for example `contacts`. */
  resourceType?: string | undefined
  /** The key that was used. */
  apiKeyId?: string | undefined
}

/** Describes a request to its handler. */
export function describeRequest(
  request: Request,
  path: string,
  trace: TraceContext,
  logger: Logger,
): RequestContext {
  const requestId = requestIdOf(request)
  const { method } = request
  return {
    requestId,
    method,
    path,
    startTime: Date.now(),
    ip: addressOf(request),
    userAgent: request.headers.get('user-agent') ?? undefined,
    logger: logger.child({ requestId, method, path }, trace),
    traceparent: toTraceparent(trace),
    route: foldIds(path),
  }
}
