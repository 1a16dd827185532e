import { keepPreviousData, queryOptions } from '@tanstack/react-query'
import type { Project } from '../session/project.ts'
import { boundsOf, type Range } from '../time/range.ts'
import { unwrap } from './api.ts'
import { now } from './clock.ts'

/** An hour of the portal's API: `v_api_usage_metrics`. */
export interface ApiHour {
  hour: string
  total_requests: number
  failed_requests: number
  p95_response_time_ms: number | null
  requests_by_resource: Record<string, number>
  errors_by_status_code: Record<string, number>
}

const columns =
  'hour, total_requests, failed_requests, p95_response_time_ms, requests_by_resource, errors_by_status_code'
const hourMs = 3_600_000
const pageSize = 500

/** The hours with API requests that a range touches, newest first, each of them whole. */
export function apiHoursQuery(project: Project, orgId: string, range: Range) {
  return queryOptions({
    queryKey: [orgId, 'api-hours', range],
    queryFn: async ({ signal }): Promise<ApiHour[]> => {
      const { from, to } = boundsOf(range, now())
      const first = new Date(Math.floor(from / hourMs) * hourMs).toISOString()
      const hours: ApiHour[] = []
      let before = new Date(to).toISOString()
      for (;;) {
        const page = await readHours(project, orgId, first, before, signal)
        hours.push(...page)
        const last = page.at(-1)
        if (!last || page.length < pageSize) return hours
        before = last.hour
      }
    },
    placeholderData: keepPreviousData,
  })
}

async function readHours(
  { supabase }: Project,
  orgId: string,
  first: string,
  before: string,
  signal: AbortSignal,
): Promise<ApiHour[]> {
  return unwrap(
    await supabase
      .from('v_api_usage_metrics')
      .select(columns)
      .eq('org_id', orgId)
      .gte('hour', first)
      .lt('hour', before)
      .order('hour', { ascending: false })
      .limit(pageSize)
      .abortSignal(signal),
  ) as unknown as ApiHour[]
}
