import { keepAlive } from '../runtime/environment.ts'
import type { LogSink } from './channel.ts'
import { placeOf } from './entry.ts'

interface Hint {
  level: 'error' | 'fatal'
  tags: Record<string, string>
  contexts: { everwatch: Record<string, unknown> }
}

/** What `@sentry/node`, `@sentry/deno`, `@sentry/nextjs` and the others export, as far as it is used. */
export interface SentryClient {
  captureException(error: unknown, hint: Hint): unknown
  captureMessage(message: string, hint: Hint): unknown
  flush(timeoutMs: number): Promise<boolean>
}

/** How long a platform is asked to wait until an error has been sent, in milliseconds. */
const flushMs = 2000

/**
 * Hands to Sentry what was thrown and logged as an error, and what is fatal, with the line's context,
 * which has no secrets in it, and the ids of the request and of the trace as tags to search by.
 *
 * @example
 * import * as Sentry from '@sentry/node'
 * Sentry.init({ dsn })
 * configureLogger({ sinks: [consoleSink, sentrySink(Sentry)] })
 */
export function sentrySink(sentry: SentryClient): LogSink {
  return (line, { level, message, error, trace }) => {
    const isThrown = error !== undefined && placeOf(level) >= placeOf('error')
    if (!isThrown && level !== 'fatal') return
    const context = contextOf(line)
    const { requestId } = context
    const hint: Hint = {
      level: level === 'fatal' ? 'fatal' : 'error',
      tags: {
        ...(typeof requestId === 'string' && { request_id: requestId }),
        ...(trace && { trace_id: trace.traceId }),
      },
      contexts: { everwatch: { message, ...context } },
    }
    if (isThrown) sentry.captureException(error, hint)
    else sentry.captureMessage(message, hint)
    keepAlive(sentry.flush(flushMs).catch(() => {}))
  }
}

/** Each layout has the context under this name, and no line has a secret in it. */
function contextOf(line: string): Record<string, unknown> {
  const { context = {} } = JSON.parse(line) as { context?: Record<string, unknown> }
  return context
}
