import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query'
import * as z from 'zod/mini'
import type { Project } from '../session/project.ts'
import { unwrap } from './api.ts'
import { columnsIn, rowsOf, type ColumnsOf } from './rows.ts'

const severity = z.enum(['warning', 'critical'])

const alertRow = z.object({
  id: z.string(),
  type: z.string(),
  severity,
  resource_type: z.string(),
  resource_id: z.string(),
  resource_name: z.string(),
  message: z.string(),
  state: z.enum(['pending', 'firing', 'recovering']),
  started_at: z.string(),
  fired_at: z.nullable(z.string()),
  acknowledged_at: z.nullable(z.string()),
  acknowledged_until: z.nullable(z.string()),
  held_back_by: z.nullable(z.enum(['silence', 'acknowledgement', 'inhibition'])),
} satisfies ColumnsOf<'v_alerts'>)

const eventRow = z.object({
  id: z.number(),
  alert_id: z.string(),
  resource_type: z.string(),
  resource_id: z.string(),
  resource_name: z.string(),
  kind: z.string(),
  severity,
  message: z.string(),
  at: z.string(),
  suppressed_by: z.nullable(z.string()),
} satisfies ColumnsOf<'v_alert_history'>)

export type Alert = z.infer<typeof alertRow>
export type AlertEvent = z.infer<typeof eventRow>

const pageSize = 100

/** The alerts that have fired and are not resolved: critical ones first, then the newest. */
export function openAlertsQuery({ supabase }: Project, orgId: string) {
  return queryOptions({
    queryKey: [orgId, 'alerts', 'open'],
    queryFn: async ({ signal }) => {
      const rows = rowsOf(
        alertRow,
        await supabase
          .from('v_alerts')
          .select(columnsIn(alertRow))
          .eq('org_id', orgId)
          .in('state', ['firing', 'recovering'])
          // 'critical' sorts before 'warning'.
          .order('severity')
          .order('started_at', { ascending: false })
          .limit(500)
          .abortSignal(signal),
      )
      const critical = rows.filter((alert) => alert.severity === 'critical').length
      return { rows, critical, warning: rows.length - critical }
    },
  })
}

/** What happened to the org's alerts, newest first. */
export function alertHistoryQuery({ supabase }: Project, orgId: string) {
  return infiniteQueryOptions({
    queryKey: [orgId, 'alerts', 'history'],
    initialPageParam: undefined as number | undefined,
    queryFn: async ({ pageParam, signal }) => {
      let query = supabase.from('v_alert_history').select(columnsIn(eventRow)).eq('org_id', orgId)
      if (pageParam !== undefined) query = query.lt('id', pageParam)
      const newestFirst = query.order('id', { ascending: false }).limit(pageSize)
      return rowsOf(eventRow, await newestFirst.abortSignal(signal))
    },
    getNextPageParam: (page) => (page.length === pageSize ? page.at(-1)?.id : undefined),
    refetchInterval: ({ state }) => ((state.data?.pages.length ?? 0) <= 2 ? 30_000 : false),
  })
}

/** Stops an alert's repeats until it is resolved. @throws {ApiError} for viewers */
export async function acknowledge({ supabase }: Project, alertId: string): Promise<void> {
  unwrap(await supabase.rpc('acknowledge_alert', { alert_id: alertId }))
}

/** Takes that back. */
export async function unacknowledge({ supabase }: Project, alertId: string): Promise<void> {
  unwrap(await supabase.rpc('unacknowledge_alert', { alert_id: alertId }))
}
