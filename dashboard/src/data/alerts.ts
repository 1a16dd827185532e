import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query'
import type { Project } from '../session/project.ts'
import { unwrap } from './api.ts'

export interface Alert {
  id: string
  type: string
  severity: 'warning' | 'critical'
  resource_type: string
  resource_id: string
  resource_name: string
  message: string
  state: 'pending' | 'firing' | 'recovering'
  started_at: string
  fired_at: string | null
  acknowledged_at: string | null
  acknowledged_until: string | null
  held_back_by: 'silence' | 'acknowledgement' | 'inhibition' | null
}

export interface AlertEvent {
  id: number
  alert_id: string
  resource_type: string
  resource_id: string
  resource_name: string
  kind: string
  severity: 'warning' | 'critical'
  message: string
  at: string
  suppressed_by: string | null
}

const alertColumns =
  'id, type, severity, resource_type, resource_id, resource_name, message, state, started_at, fired_at, acknowledged_at, acknowledged_until, held_back_by'
const eventColumns =
  'id, alert_id, resource_type, resource_id, resource_name, kind, severity, message, at, suppressed_by'
const pageSize = 100

/** The alerts that have fired and are not resolved: critical ones first, then the newest. */
export function openAlertsQuery({ supabase }: Project, orgId: string) {
  return queryOptions({
    queryKey: [orgId, 'alerts', 'open'],
    queryFn: async ({ signal }) => {
      const rows = unwrap(
        await supabase
          .from('v_alerts')
          .select(alertColumns)
          .eq('org_id', orgId)
          .in('state', ['firing', 'recovering'])
          // 'critical' sorts before 'warning'.
          .order('severity')
          .order('started_at', { ascending: false })
          .limit(500)
          .abortSignal(signal),
      ) as unknown as Alert[]
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
      let query = supabase.from('v_alert_history').select(eventColumns).eq('org_id', orgId)
      if (pageParam !== undefined) query = query.lt('id', pageParam)
      const newestFirst = query.order('id', { ascending: false }).limit(pageSize)
      return unwrap(await newestFirst.abortSignal(signal)) as unknown as AlertEvent[]
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
