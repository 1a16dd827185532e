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

/** Bytes as they are stored; what no body has, such as more than a terabyte, is not known. */
export function storableBytes(bytes = -1): number | undefined {
  return Number.isInteger(bytes) && bytes >= 0 && bytes <= 1e12 ? bytes : undefined
}
