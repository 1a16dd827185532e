const firstMs = 1000
const longestMs = 60_000
/** A server may ask for more, but not for so long that nothing is sent any more. */
const longestAskedMs = 300_000

/**
 * How long to send nothing after so many failures in a row, in milliseconds: a second, then twice as
 * long each time up to a minute, or as long as the server asks; a part of it by chance, so that clients
 * that failed together do not come back together.
 */
export function backoffMs(failures: number, askedMs = 0, chance = Math.random()): number {
  const most = Math.min(firstMs * 2 ** (failures - 1), longestMs)
  return Math.max(most * (0.5 + chance / 2), Math.min(askedMs, longestAskedMs))
}

/** What a `Retry-After` header says, in milliseconds from now: seconds, or a date. */
export function parseRetryAfter(header: string | null, now = Date.now()): number | undefined {
  if (header === null) return undefined
  const isDate = /^[A-Z][a-z]{2}, /.test(header)
  const ms = isDate ? Date.parse(header) - now : Number(header) * 1000
  return ms > 0 ? ms : undefined
}
