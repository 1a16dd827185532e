import { logger as defaultLogger, type Logger } from '../logger.ts'
import { startTimer } from '../runtime/clock.ts'
import { errorType, spanKind, traced } from './span.ts'

/** A query that takes longer is slow, in milliseconds: the limit of the alert `slow_query`. */
const slowQueryMs = 5000

export interface MeasurementOptions {
  /** Writes the lines; a handler's `context` can be passed as it is. Default: `logger`. */
  logger?: Logger
}

/**
 * Logs how long an operation took, as the metric `<name>.duration_ms`, and returns its result; what
 * it throws is logged and thrown again. If OpenTelemetry is set up, the operation is a span.
 *
 * @example const members = await measurePerformance('compute_segment_members', computeMembers)
 */
export async function measurePerformance<T>(
  name: string,
  work: () => T | PromiseLike<T>,
  { logger = defaultLogger }: MeasurementOptions = {},
): Promise<T> {
  return traced(name, spanKind.internal, {}, () => measure(name, work, logger))
}

/**
 * `measurePerformance` for a database query, as the metric `query.<name>.duration_ms`. A query that
 * took longer than 5 s, and one whose result says that it failed (`{ error }`), is logged too. Its
 * span is a database client's: https://opentelemetry.io/docs/specs/semconv/database/.
 *
 * @example const { data } = await trackQuery('cold_contacts', () => supabase.from('contacts').select())
 */
export async function trackQuery<T>(
  name: string,
  query: () => T | PromiseLike<T>,
  { logger = defaultLogger }: MeasurementOptions = {},
): Promise<T> {
  const attributes = { 'db.system.name': 'postgresql', 'db.query.summary': name }
  return traced(name, spanKind.client, attributes, async (recording) => {
    const elapsedMs = startTimer()
    const result = await measure(`query.${name}`, query, logger)
    const durationMs = elapsedMs()
    if (durationMs > slowQueryMs) logger.warn(`query.${name} was slow`, { durationMs })
    const error = errorIn(result)
    if (error !== undefined) {
      logger.error(`query.${name} failed`, error, { durationMs })
      recording?.fail(errorType(error), error)
    }
    return result
  })
}

async function measure<T>(
  name: string,
  work: () => T | PromiseLike<T>,
  logger: Logger,
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

/** The error of a query that failed: supabase-js returns errors and does not throw them. */
function errorIn(result: unknown): unknown {
  if (typeof result !== 'object' || result === null || !('error' in result)) return undefined
  return result.error ?? undefined
}
