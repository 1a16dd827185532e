import { keepPreviousData, queryOptions } from '@tanstack/react-query'
import * as z from 'zod/mini'
import type { Project } from '../session/project.ts'
import { boundsOf, type Range } from '../time/range.ts'
import { now } from './clock.ts'
import { columnsIn, numeric, rowsOf, type ColumnsOf } from './rows.ts'

/** An hour of the portal's API. */
const hourRow = z.object({
  hour: z.string(),
  total_requests: z.number(),
  failed_requests: z.number(),
  p95_response_time_ms: z.nullable(numeric),
  requests_by_resource: z.record(z.string(), z.number()),
  errors_by_status_code: z.record(z.string(), z.number()),
} satisfies ColumnsOf<'v_api_usage_metrics'>)

export type ApiHour = z.infer<typeof hourRow>

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
  return rowsOf(
    hourRow,
    await supabase
      .from('v_api_usage_metrics')
      .select(columnsIn(hourRow))
      .eq('org_id', orgId)
      .gte('hour', first)
      .lt('hour', before)
      .order('hour', { ascending: false })
      .limit(pageSize)
      .abortSignal(signal),
  )
}
