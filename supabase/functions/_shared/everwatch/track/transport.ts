import { readEnvironment } from '../runtime/environment.ts'
import type { MonitoringOptions } from './options.ts'

/** A request that got an answer other than 2xx. */
export class RefusedError extends Error {
  override name = 'RefusedError'

  constructor(
    readonly status: number,
    body: string,
    /** When to try again, in milliseconds from now, where the answer says so. */
    readonly retryAfterMs: number | undefined,
  ) {
    super(`${status}: ${body.slice(0, 1000)}`)
  }
}

/** A setting is missing or wrong, so trying again would not help. */
export class ConfigurationError extends Error {
  override name = 'ConfigurationError'
}

/** Whether the same request would fail again, because it or its key is wrong. */
export function isFinal(error: unknown): boolean {
  if (error instanceof ConfigurationError) return true
  if (!(error instanceof RefusedError)) return false
  const { status } = error
  return status >= 400 && status < 500 && ![408, 425, 429].includes(status)
}

/**
 * Asks one project for JSON.
 *
 * @throws {ConfigurationError} when no project is set
 * @throws {RefusedError} when the answer is not 2xx
 * @throws what `fetch` throws when there is no answer in time, or it is not JSON
 */
export async function requestJson(
  options: MonitoringOptions,
  path: string,
  init: RequestInit,
): Promise<unknown> {
  const { url, key } = destination(options)
  const send = options.fetch ?? fetch
  const response = await send(`${url}${path}`, {
    ...init,
    headers: { apikey: key, 'content-type': 'application/json', 'accept-profile': 'everwatch' },
    signal: AbortSignal.timeout(options.timeoutMs ?? 5000),
  })
  if (response.ok) return response.json()
  const retryAfter = parseRetryAfter(response.headers.get('retry-after'))
  throw new RefusedError(response.status, await response.text(), retryAfter)
}

function destination({ url, key }: MonitoringOptions): { url: string; key: string } {
  const address = url ?? readEnvironment('SUPABASE_URL')
  const secret = key ?? readEnvironment('SUPABASE_SECRET_KEY') ?? defaultSecretKey()
  if (!address || !secret) {
    throw new ConfigurationError('Set SUPABASE_URL and SUPABASE_SECRET_KEY.')
  }
  return { url: address.replace(/\/+$/, ''), key: secret }
}

/** Edge functions are given all of a project's keys, by name. */
function defaultSecretKey(): string | undefined {
  try {
    const keys = JSON.parse(readEnvironment('SUPABASE_SECRET_KEYS') ?? '{}')
    return (keys as Record<string, string>)['default']
  } catch {
    throw new ConfigurationError('SUPABASE_SECRET_KEYS must be a JSON object of keys by name.')
  }
}

const firstMs = 1000
const longestMs = 60_000
/** A server may ask for more, but not for ever. */
const longestAskedMs = 300_000

/**
 * How long to send nothing after so many failures in a row, in milliseconds: a second, then twice as
 * long each time up to a minute, or as long as the server asks. Part of it is random, so that clients
 * which failed together do not come back together.
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
