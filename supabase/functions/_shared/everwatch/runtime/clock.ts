let millisecond = Number.NaN
let iso = ''

/** Milliseconds since the epoch as ISO 8601; kept, because many lines share one millisecond. */
export function isoTime(milliseconds: number): string {
  if (milliseconds !== millisecond) {
    millisecond = milliseconds
    iso = new Date(milliseconds).toISOString()
  }
  return iso
}

/** Starts a timer; it returns the milliseconds since then, to the hundredth. */
export function startTimer(): () => number {
  const start = performance.now()
  return () => Math.round((performance.now() - start) * 100) / 100
}
