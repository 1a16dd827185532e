import type { Logger } from '../logger.ts'
import { newRequestId } from '../trace/ids.ts'
import { toTraceparent, type TraceContext } from '../trace/request.ts'

/** What a handler knows about the request it serves. */
export interface RequestContext {
  requestId: string
  method: string
  path: string
  /** Milliseconds since the epoch. */
  startTime: number
  ip: string | undefined
  userAgent: string | undefined
  /** Adds `requestId`, `method`, `path` and the trace to each line. */
  logger: Logger
  /** The `traceparent` header for requests that are made for this one. */
  traceparent: string
  /** What is recorded instead of the path: the router's route, or the path with its ids folded. */
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

const validId = /^[A-Za-z0-9._~:-]{1,128}$/

/**
 * The id under which a request is known everywhere: the caller's own `x-request-id` where that is
 * safe to repeat in a log and a header, else a new one.
 */
export function requestIdOf(request: Request): string {
  const given = request.headers.get('x-request-id')
  return given !== null && validId.test(given) ? given : newRequestId(Date.now())
}

/**
 * The caller's address, the first entry of `x-forwarded-for`. The caller may have written that header,
 * so anything that is not an address is left out: the request could not be tracked with it.
 */
export function addressOf(request: Request): string | undefined {
  const given = request.headers.get('x-forwarded-for')?.split(',', 1)[0]?.trim() ?? ''
  return isIpv4(given) || isIpv6(given) ? given : undefined
}

function isIpv4(text: string): boolean {
  const parts = text.split('.')
  return parts.length === 4 && parts.every((part) => /^(0|[1-9]\d{0,2})$/.test(part) && +part < 256)
}

function isIpv6(text: string): boolean {
  return /^[0-9a-f:.]+$/i.test(text) && URL.canParse(`http://[${text}]/`)
}

/** What a path segment looks like when it names one thing and not a kind of thing. */
const identifiers = [
  /^\d+$/,
  /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i,
  // With a prefix that says of what kind, as `wh_456`.
  /^[a-z]+_(?=[a-z]*\d)[0-9a-z]+$/i,
  // Hashes, ULIDs and the like: long, with digits in them.
  /^(?=.*\d)[\w-]{16,}$/,
]

/**
 * A path with the ids in it folded to `:id`, so that requests for one kind of thing count together
 * and statistics hold no customer's id.
 *
 * @example foldIds('/v1/webhooks/wh_456') // '/v1/webhooks/:id'
 */
export function foldIds(path: string): string {
  return path
    .split('/')
    .map((segment) => (identifiers.some((id) => id.test(segment)) ? ':id' : segment))
    .join('/')
}
