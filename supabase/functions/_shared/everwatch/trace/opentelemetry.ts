/** The ids under which a trace's collector knows what is happening, in hexadecimal. */
export interface TraceIds {
  traceId: string
  spanId: string
}

/** The part of OpenTelemetry's span that is used here. */
export interface Span {
  spanContext(): TraceIds & { traceFlags: number }
  setAttributes(attributes: Attributes): unknown
  setStatus(status: { code: number }): unknown
  updateName(name: string): unknown
  recordException(error: Error | string): void
  end(): void
  /** Not part of the interface, but SDKs' spans have it. */
  kind?: number
}

export type Attributes = Record<string, string | number>

export interface Context {
  getValue(key: symbol): unknown
  setValue(key: symbol, value: unknown): Context
}

interface HeaderGetter {
  get(headers: Headers, name: string): string | undefined
  keys(headers: Headers): string[]
}

/** What `@opentelemetry/api` 1.x shares between its copies, once an app has set up an SDK. */
interface OpenTelemetry {
  trace?: {
    getTracer(name: string): {
      startSpan(
        name: string,
        options: { kind: number; attributes: Attributes },
        parent: Context,
      ): Span
    }
  }
  context?: { active(): Context; with<T>(context: Context, work: () => T): T }
  propagation?: { extract(context: Context, headers: Headers, getter: HeaderGetter): Context }
}

const registry = globalThis as { [key: symbol]: OpenTelemetry | undefined }
const registryKey = Symbol.for('opentelemetry.js.api.1')
export const spanKey = Symbol.for('OpenTelemetry Context Key SPAN')

/**
 * What the app has set up: the SDK for Node or Deno's own, in any version 1.x. Nothing is loaded for
 * this, so it costs nothing when there is none.
 */
export function openTelemetry(): OpenTelemetry | undefined {
  return registry[registryKey]
}

export function activeContext(): Context | undefined {
  return registry[registryKey]?.context?.active()
}

export function activeSpan(): Span | undefined {
  return activeContext()?.getValue(spanKey) as Span | undefined
}

/** The ids of the active span. */
export function activeTrace(): TraceIds | undefined {
  const ids = activeSpan()?.spanContext()
  return ids && isTrace(ids) ? ids : undefined
}

/** Whether these ids are real: an SDK that is switched off gives zeros. */
export function isTrace({ traceId }: TraceIds): boolean {
  return !/^0*$/.test(traceId)
}
