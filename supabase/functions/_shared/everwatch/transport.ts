import { readEnvironment } from './environment.ts'
import { parseRetryAfter } from './backoff.ts'

export interface TransportOptions {
  /** The project's address, for example `https://abc.supabase.co`. Default: `SUPABASE_URL`. */
  url?: string | undefined
  /** A secret key. Default: `SUPABASE_SECRET_KEY`, or `default` of `SUPABASE_SECRET_KEYS`. */
  key?: string | undefined
  fetch?: typeof fetch | undefined
  /** How long one request may take, in milliseconds. Default 5000. */
  timeoutMs?: number | undefined
}

/** A request that was answered, but not with what was asked for. */
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

/** What keeps a request from being made, however often it is tried. */
export class ConfigurationError extends Error {
  override name = 'ConfigurationError'
}

/** Whether the same request would fail again: it is wrong, or its key is. */
export function isFinal(error: unknown): boolean {
  if (error instanceof ConfigurationError) return true
  if (!(error instanceof RefusedError)) return false
  const { status } = error
  return status >= 400 && status < 500 && ![408, 425, 429].includes(status)
}

/**
 * Asks one project for JSON.
 *
 * @throws {ConfigurationError} when it is not said which project
 * @throws {RefusedError} when the answer is no 2xx
 * @throws what `fetch` throws when there is no answer in time, or it is no JSON
 */
export async function requestJson(
  options: TransportOptions,
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

function destination({ url, key }: TransportOptions): { url: string; key: string } {
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
