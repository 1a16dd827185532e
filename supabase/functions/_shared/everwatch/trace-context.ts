import { randomHex } from './random.ts'

/** Where a request stands in a trace: https://www.w3.org/TR/trace-context/. */
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

/** A request's own place in the trace that its `traceparent` names, or else in a new one. */
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

/** What to send on as `traceparent`. */
export function toTraceparent({ traceId, spanId, flags }: TraceContext): string {
  return `00-${traceId}-${spanId}-${flags}`
}
