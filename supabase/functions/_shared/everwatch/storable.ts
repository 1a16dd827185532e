/** Milliseconds as they are stored; a clock that was set back makes none. */
export function wholeMs(durationMs: number): number {
  return Math.max(0, Math.round(durationMs))
}

/** Text as the database takes it: whole characters, no NUL, no longer than there is room for. */
export function storableText(text: string | undefined, length: number): string | undefined {
  return text === undefined
    ? undefined
    : String(text).slice(0, length).replaceAll('\0', '').toWellFormed()
}

/** A terabyte: no body is larger. */
const largestBody = 1_000_000_000_000

/** Bytes as they are stored; what no body can have is not known. */
export function storableBytes(bytes: number | undefined): number | undefined {
  if (bytes === undefined || !Number.isInteger(bytes)) return undefined
  return bytes >= 0 && bytes <= largestBody ? bytes : undefined
}
