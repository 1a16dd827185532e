import { randomHex } from './ids.ts'
import { activeSpan, isTrace } from './opentelemetry.ts'
import { continueSpan, errorType, spanKind, startSpan, type Recording } from './span.ts'

/** A request's place in a trace: https://www.w3.org/TR/trace-context/. */
export interface TraceContext {
  /** 32 hexadecimal digits. */
  traceId: string
  /** 16 hexadecimal digits. */
  spanId: string
  /** Two hexadecimal digits; the last bit says that the caller may have recorded it. */
  flags: string
}

const traceparent =
  /^(?!ff)([0-9a-f]{2})-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/

/** A new place in the trace that the request's `traceparent` names, or in a new trace. */
export function traceOf(request: Request): TraceContext {
  const [, version, traceId, , flags, more] =
    traceparent.exec(request.headers.get('traceparent') ?? '') ?? []
  const isValid = traceId !== undefined && (version !== '00' || more === undefined)
  return {
    traceId: isValid ? traceId : randomHex(16),
    spanId: randomHex(8),
    flags: isValid && flags !== undefined ? flags : '01',
  }
}

/** The `traceparent` header to send on. */
export function toTraceparent({ traceId, spanId, flags }: TraceContext): string {
  return `00-${traceId}-${spanId}-${flags}`
}

/** A request's place in a trace, and its span if spans are recorded. */
export interface RequestSpan {
  trace: TraceContext
  run<T>(work: () => T): T
  /** `thrown` is what the handler threw, if it did. */
  end(route: string, status: number, thrown: unknown): void
}

/**
 * Begins a request's span, with the names of OpenTelemetry's conventions:
 * https://opentelemetry.io/docs/specs/semconv/http/http-spans/.
 */
export function startRequestSpan(request: Request, url: URL): RequestSpan {
  const method = methods.has(request.method) ? request.method : undefined
  const recording = record(request, url, method)
  if (!recording) return { trace: traceOf(request), run: (work) => work(), end: () => {} }
  return {
    trace: placeOf(recording) ?? traceOf(request),
    run: recording.run,
    end: (route, status, thrown) => {
      recording.rename(`${method ?? 'HTTP'} ${route}`)
      recording.describe({ 'http.route': route, 'http.response.status_code': status })
      if (status >= 500) {
        recording.fail(thrown === undefined ? `${status}` : errorType(thrown), thrown)
      }
      recording.end()
    },
  }
}

/** Other methods give no span its name, so that callers cannot invent names. */
const methods = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])

/**
 * Continues the span that the runtime began for this request, as Deno and the instrumentation of Node's
 * `http` do; below any other span, or none, begins our own.
 */
function record(request: Request, url: URL, method: string | undefined): Recording | undefined {
  const { server, internal } = spanKind
  const enclosing = activeSpan()
  if (enclosing && (enclosing.kind ?? server) === server) return continueSpan(enclosing)
  const agent = request.headers.get('user-agent')
  return startSpan(
    method ?? 'HTTP',
    enclosing ? internal : server,
    {
      'http.request.method': method ?? '_OTHER',
      'url.scheme': url.protocol.slice(0, -1),
      'url.path': url.pathname,
      'server.address': url.hostname,
      ...(agent !== null && { 'user_agent.original': agent }),
    },
    request.headers,
  )
}

function placeOf({ span }: Recording): TraceContext | undefined {
  const ids = span.spanContext()
  if (!isTrace(ids)) return undefined
  const { traceId, spanId, traceFlags } = ids
  return { traceId, spanId, flags: traceFlags.toString(16).padStart(2, '0') }
}
