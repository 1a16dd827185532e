import { abortedRequest, errorResponse, HttpError, internalError } from './errors.ts'
import type { RequestContext } from './request-context.ts'

/**
 * What a caller is answered when a handler has thrown: an HttpError as it says, a Response as it is,
 * anything else without giving it away. What is our fault is logged.
 */
export function answerFailure(
  thrown: unknown,
  { logger, requestId }: RequestContext,
  request: Request,
): Response {
  if (thrown instanceof Response) return thrown
  const error = thrown instanceof HttpError ? thrown : failureOf(thrown, request)
  if (error.status >= 500) logger.error('Request failed', error.cause ?? error)
  return errorResponse(error, requestId)
}

function failureOf(thrown: unknown, request: Request): HttpError {
  return request.signal.aborted ? abortedRequest(thrown) : internalError(thrown)
}

/**
 * Whether it is thrown for the framework and not because anything failed: Next.js's `redirect()` and
 * `notFound()`, and how it finds out that a route is dynamic. It must reach the framework as it is.
 */
export function isForFramework(thrown: unknown): thrown is { digest: string } {
  const { digest } = (thrown ?? {}) as { digest?: unknown }
  return typeof digest === 'string' && /^(NEXT_|DYNAMIC_SERVER_USAGE|BAILOUT_TO)/.test(digest)
}

/** What the framework will answer: the digest of a redirect ends in `;307;`. */
export function frameworkStatus({ digest }: { digest: string }): number {
  const [, status = 200] = /;([1-5]\d\d);?$/.exec(digest) ?? []
  return Number(status)
}
