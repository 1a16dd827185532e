import type { Logger } from '../logger.ts'

/** What a client is told; what is left out has a default. */
export interface MonitoringOptions {
  /** The project's address, for example `https://abc.supabase.co`. Default: `SUPABASE_URL`. */
  url?: string | undefined
  /** A secret key. Default: `SUPABASE_SECRET_KEY`, or `default` of `SUPABASE_SECRET_KEYS`. */
  key?: string | undefined
  fetch?: typeof fetch | undefined
  /** How long one request may take, in milliseconds. Default 5000. */
  timeoutMs?: number | undefined
  /** How many events go without waiting for more. Default 500. */
  batchSize?: number | undefined
  /** How long an event waits for others, in milliseconds. Default 1000. */
  maxWaitMs?: number | undefined
  /** How many events may wait while the server does not answer. Default 10,000. */
  maxQueued?: number | undefined
  /**
   * How long nothing is sent after so many failures in a row, in milliseconds; `askedMs` is how long
   * the server asks for. Default: a second, then twice as long each time, up to a minute.
   */
  pauseMs?: ((failures: number, askedMs?: number) => number) | undefined
  /** Logs what could not be tracked. Default: `logger`. */
  logger?: Logger | undefined
}

/** What became of events since the start. */
export interface MonitoringStats {
  /** Stored. */
  accepted: number
  /** Refused one by one, with a warning in the log. */
  rejected: number
  /** Not sent, or refused with all of their batch, with an error in the log. */
  failed: number
  /** Given up, the oldest first, because too many waited. */
  dropped: number
  /** On their way. */
  queued: number
}
