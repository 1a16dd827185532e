import { queryOptions } from '@tanstack/react-query'
import * as z from 'zod/mini'
import type { Project } from '../session/project.ts'
import { understand, unwrap } from './api.ts'
import { setClock } from './clock.ts'

const refreshRun = z.object({
  started_at: z.string(),
  duration_ms: z.number(),
  error_code: z.nullable(z.string()),
})

const job = z.object({
  name: z.string(),
  schedule: z.string(),
  active: z.boolean(),
  last_status: z.nullable(z.string()),
  last_started_at: z.nullable(z.string()),
  last_succeeded_at: z.nullable(z.string()),
})

/** Whether the system itself works: `monitoring_system`. */
const systemStatus = z.object({
  timestamp: z.string(),
  refreshed_at: z.nullable(z.string()),
  /** From which age on the refreshed numbers are stale; null for never. */
  late_after_seconds: z.nullable(z.number()),
  refresh_runs: z.array(refreshRun),
  jobs: z.array(job),
  http_requests_waiting: z.number(),
})

export type RefreshRun = z.infer<typeof refreshRun>
export type Job = z.infer<typeof job>

/** From which age on, in milliseconds, the numbers that the database refreshes are stale. */
export function lateAfterMs(status: z.infer<typeof systemStatus> | undefined): number {
  return 1000 * (status?.late_after_seconds ?? Infinity)
}

export function systemQuery({ supabase }: Project, orgId: string) {
  return queryOptions({
    // The same for every org, and yet a number on the org's pages, with an age.
    queryKey: [orgId, 'system'],
    queryFn: async ({ signal }) => {
      const answer = unwrap(await supabase.rpc('monitoring_system').abortSignal(signal))
      const status = understand(systemStatus, answer)
      setClock(status.timestamp)
      return status
    },
  })
}
