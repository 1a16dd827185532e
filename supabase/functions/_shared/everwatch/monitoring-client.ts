import { readEnvironment } from './environment.ts'
import type { TrackAnswer, TrackedEvent } from '../events.ts'
import { logger } from './logger.ts'

export interface MonitoringOptions {
  /** The project's address, for example `https://abc.supabase.co`. Default: `SUPABASE_URL`. */
  url?: string
  /** A secret key. Default: `SUPABASE_SECRET_KEY`, or `default` of `SUPABASE_SECRET_KEYS`. */
  key?: string
  fetch?: typeof fetch
  /** How long one request may take. Default 5000. */
  timeoutMs?: number
}

/** How many events a client has tracked since it was made. */
export interface MonitoringStats {
  /** Stored. */
  accepted: number
  /** Refused, each with a warning in the log. */
  rejected: number
  /** Not sent, or not answered, each with an error in the log. */
  failed: number
}

/** Talks to one project. */
export interface MonitoringClient {
  /** Makes events and sends them. Never throws: what could not be tracked is logged and counted. */
  track(makeEvents: () => TrackedEvent[]): Promise<void>
  /** Reads JSON below the project's address. @throws when it cannot be read */
  read(path: string): Promise<unknown>
  stats(): MonitoringStats
}

export function createClient(options: MonitoringOptions): MonitoringClient {
  const counts: MonitoringStats = { accepted: 0, rejected: 0, failed: 0 }

  const request = async (path: string, init: RequestInit): Promise<unknown> => {
    const { url, key } = resolve(options)
    const send = options.fetch ?? fetch
    const response = await send(`${url}${path}`, {
      ...init,
      headers: { apikey: key, 'content-type': 'application/json' },
      signal: AbortSignal.timeout(options.timeoutMs ?? 5000),
    })
    if (!response.ok) throw new Error(`${response.status}: ${await response.text()}`)
    return response.json()
  }

  return {
    track: async (makeEvents) => {
      let tried = 1
      try {
        const events = makeEvents()
        tried = events.length
        const body = JSON.stringify({ events })
        const answer = await request('/functions/v1/track', { method: 'POST', body })
        const { accepted, rejected } = answer as TrackAnswer
        counts.accepted += accepted
        counts.rejected += rejected.length
        for (const rejection of rejected) logger.warn('An event was refused', { ...rejection })
      } catch (error) {
        counts.failed += tried
        logger.error('Events could not be tracked', error, { events: tried })
      }
    },
    read: (path) => request(path, { method: 'GET' }),
    stats: () => ({ ...counts }),
  }
}

function resolve({ url, key }: MonitoringOptions): { url: string; key: string } {
  const address = url ?? readEnvironment('SUPABASE_URL')
  const secret = key ?? readEnvironment('SUPABASE_SECRET_KEY') ?? defaultSecretKey()
  if (!address || !secret) throw new Error('Set SUPABASE_URL and SUPABASE_SECRET_KEY.')
  return { url: address.replace(/\/$/, ''), key: secret }
}

/** Edge functions are given all of a project's keys, by name. */
function defaultSecretKey(): string | undefined {
  const keys = readEnvironment('SUPABASE_SECRET_KEYS')
  return keys && (JSON.parse(keys) as Record<string, string>)['default']
}
