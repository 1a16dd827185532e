import {
  activeContext,
  openTelemetry,
  spanKey,
  type Attributes,
  type Span,
} from './opentelemetry.ts'

/** OpenTelemetry's numbers for the kinds of spans, and for a failed one. */
export const spanKind = { internal: 0, server: 1, client: 2 } as const
const failed = 2

/** A span that has begun. Only the work itself can throw, whatever an SDK does. */
export interface Recording {
  span: Span
  run<T>(work: () => T): T
  rename(name: string): void
  describe(attributes: Attributes): void
  /** `type` is a code or the name of a class, so that there are few of them. */
  fail(type: string, thrown?: unknown): void
  end(): void
}

/** Continues a span that somebody else began and will end. */
export function continueSpan(span: Span): Recording {
  return { ...startedSpan(span, (work) => work()), end: () => {} }
}

/** Begins a span below the active one, or below the one that a caller's headers name. */
export function startSpan(
  name: string,
  kind: number,
  attributes: Attributes,
  headers?: Headers,
): Recording | undefined {
  const { trace, context, propagation } = openTelemetry() ?? {}
  const active = activeContext()
  if (!trace || !context || !active) return undefined
  return quietly(() => {
    const isRoot = active.getValue(spanKey) === undefined
    const parent = isRoot && headers && propagation?.extract(active, headers, headerGetter)
    const span = trace
      .getTracer('everwatch')
      .startSpan(name, { kind, attributes }, parent || active)
    const within = (parent || active).setValue(spanKey, span)
    return startedSpan(span, (work) => context.with(within, work))
  })
}

function startedSpan(span: Span, run: Recording['run']): Recording {
  return {
    span,
    run,
    rename: (name) => quietly(() => span.updateName(name)),
    describe: (attributes) => quietly(() => span.setAttributes(attributes)),
    fail: (type, thrown) =>
      quietly(() => {
        if (thrown !== undefined) {
          span.recordException(thrown instanceof Error ? thrown : String(thrown))
        }
        span.setAttributes({ 'error.type': type })
        span.setStatus({ code: failed })
      }),
    end: () => quietly(() => span.end()),
  }
}

const headerGetter = {
  get: (headers: Headers, name: string) => headers.get(name) ?? undefined,
  keys: (headers: Headers) => [...headers.keys()],
}

/** An app's span processors and exporters run inside an SDK's calls, and may throw. */
function quietly<T>(call: () => T): T | undefined {
  try {
    return call()
  } catch {
    return undefined
  }
}

/** The code of an error, or its class. */
export function errorType(error: unknown): string {
  const { code, name } = (error ?? {}) as { code?: unknown; name?: unknown }
  return typeof code === 'string' ? code : typeof name === 'string' ? name : typeof error
}

/** Runs work in a span of its own, if spans are recorded. */
export async function traced<T>(
  name: string,
  kind: number,
  attributes: Attributes,
  work: (recording?: Recording) => Promise<T>,
): Promise<T> {
  const recording = startSpan(name, kind, attributes)
  if (!recording) return work()
  try {
    return await recording.run(() => work(recording))
  } catch (error) {
    recording.fail(errorType(error), error)
    throw error
  } finally {
    recording.end()
  }
}
