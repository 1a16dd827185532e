import type { RequestContext } from './request.ts'

export interface ErrorDetails {
  /** The parameter or field that is wrong. */
  field?: string
  /** The values that would be right, where there are few. */
  expected?: readonly string[]
  headers?: Record<string, string>
  cause?: unknown
}

/** An answer to a request that cannot be served: safe to show, with advice. */
export class HttpError extends Error {
  override name = 'HttpError'

  constructor(
    readonly status: number,
    /** For programs, for example `not_a_member`. */
    readonly code: string,
    message: string,
    readonly details: ErrorDetails = {},
  ) {
    super(message, { cause: details.cause })
  }
}

/** For a request whose caller has gone: nobody reads it, but it is counted. */
export function abortedRequest(cause: unknown): HttpError {
  return new HttpError(499, 'request_aborted', 'The request was aborted.', { cause })
}

/** For a mistake in our own code: the cause goes to the log, not to the caller. */
export function internalError(cause: unknown): HttpError {
  return new HttpError(500, 'internal_error', 'Something went wrong on our side.', { cause })
}

/** For a caller whose credential is missing, wrong or expired. */
export function unauthenticated(): HttpError {
  return new HttpError(
    401,
    'unauthenticated',
    "Send a user's token as Authorization: Bearer, or a secret key in the apikey header.",
    { headers: { 'www-authenticate': 'Bearer' } },
  )
}

/** The one shape of an error: `{ "error": { "code", "message", "request_id", … } }`. */
export function errorResponse(error: HttpError, requestId: string): Response {
  const { code, message, status, details } = error
  const { field, expected, headers = {} } = details
  return Response.json(
    {
      error: {
        code,
        message,
        request_id: requestId,
        ...(field !== undefined && { field }),
        ...(expected && { expected }),
      },
    },
    { status, headers },
  )
}

/**
 * The answer when a handler has thrown: a Response is sent as it is, an HttpError decides, and anything
 * else is not revealed. What is our fault is logged.
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
 * Whether it was thrown for the framework and nothing failed: Next.js throws in `redirect()` and
 * `notFound()`, and to find out that a route is dynamic. The framework must get it unchanged.
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
