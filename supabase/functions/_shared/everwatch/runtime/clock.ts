let millisecond = Number.NaN
let iso = ''

/** Milliseconds since the epoch as ISO 8601, written once each: lines come in bursts. */
export function isoTime(milliseconds: number): string {
  if (milliseconds !== millisecond) {
    millisecond = milliseconds
    iso = new Date(milliseconds).toISOString()
  }
  return iso
}

/** A timer that tells milliseconds, to the hundredth. */
export function startTimer(): () => number {
  const start = performance.now()
  return () => Math.round((performance.now() - start) * 100) / 100
}
