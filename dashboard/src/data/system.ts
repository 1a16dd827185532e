import { queryOptions } from '@tanstack/react-query'
import type { Project } from '../session/project.ts'
import { unwrap } from './api.ts'
import { setClock } from './clock.ts'

export interface RefreshRun {
  started_at: string
  duration_ms: number
  error_code: string | null
}

export interface Job {
  name: string
  schedule: string
  active: boolean
  last_status: string | null
  last_started_at: string | null
  last_succeeded_at: string | null
}

/** Whether the system itself works: `monitoring_system`. */
export interface SystemStatus {
  timestamp: string
  refreshed_at: string | null
  refresh_runs: RefreshRun[]
  jobs: Job[]
  http_requests_waiting: number
}

export function systemQuery({ supabase }: Project, orgId: string) {
  return queryOptions({
    // The same for every org, and yet a number on the org's pages, with an age.
    queryKey: [orgId, 'system'],
    queryFn: async ({ signal }) => {
      const status = unwrap(
        await supabase.rpc('monitoring_system').abortSignal(signal),
      ) as unknown as SystemStatus
      setClock(status.timestamp)
      return status
    },
  })
}
