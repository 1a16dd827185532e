import type { APIRequest } from '../../supabase/functions/_shared/everwatch/metrics.ts'
import {
  withMonitoring,
  type MonitoredHandler,
  type MonitoringMiddlewareOptions,
} from '../../supabase/functions/_shared/everwatch/middleware.ts'
import { captureLogger, type CapturedLogger } from './log-lines.ts'

export interface MonitoredFetch extends CapturedLogger {
  /** What was tracked. */
  tracked: APIRequest[]
  ask(path?: string, init?: RequestInit): Promise<Response>
}

/** A handler behind the middleware, with what it logs and tracks. */
export function monitored(
  handler: MonitoredHandler,
  options: MonitoringMiddlewareOptions = {},
): MonitoredFetch {
  const captured = captureLogger()
  const tracked: APIRequest[] = []
  const monitoring = { trackAPIRequest: async (request: APIRequest) => void tracked.push(request) }
  const fetch = withMonitoring(handler, { logger: captured.logger, monitoring, ...options })
  return {
    ...captured,
    tracked,
    ask: (path = '/', init) => fetch(new Request(`http://localhost${path}`, init)),
  }
}
