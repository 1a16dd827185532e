import { logger } from './logger.ts'

/** From how long on a query is slow, in milliseconds: the limit of the alert `slow_query`. */
const slowQueryMs = 5000

/**
 * Logs how long an operation took, as the metric `<name>.duration_ms`, and returns its result; what
 * it throws is logged and thrown on.
 *
 * @example const members = await measurePerformance('compute_segment_members', computeMembers)
 */
export async function measurePerformance<T>(
  name: string,
  work: () => T | PromiseLike<T>,
): Promise<T> {
  const elapsedMs = startTimer()
  try {
    const result = await work()
    logger.metric(`${name}.duration_ms`, elapsedMs())
    return result
  } catch (error) {
    logger.error(`${name} failed`, error, { durationMs: elapsedMs() })
    throw error
  }
}

/**
 * `measurePerformance` for a database query, as the metric `query.<name>.duration_ms`. A query that
 * took longer than 5 s, and one whose result says that it failed (`{ error }`), is logged too.
 */
export async function trackQuery<T>(name: string, query: () => T | PromiseLike<T>): Promise<T> {
  const elapsedMs = startTimer()
  const result = await measurePerformance(`query.${name}`, query)
  const durationMs = elapsedMs()
  if (durationMs > slowQueryMs) logger.warn(`query.${name} was slow`, { durationMs })
  const error = errorIn(result)
  if (error) logger.error(`query.${name} failed`, error, { durationMs })
  return result
}

/** A timer that tells milliseconds, to the hundredth. */
function startTimer(): () => number {
  const start = performance.now()
  return () => Math.round((performance.now() - start) * 100) / 100
}

/** What supabase-js says of a query that failed: it returns errors and does not throw them. */
function errorIn(result: unknown): unknown {
  if (typeof result !== 'object' || result === null || !('error' in result)) return undefined
  return result.error ?? undefined
}
