import { infiniteQueryOptions } from '@tanstack/react-query'
import type { Tables } from '../../../supabase/functions/_shared/database.types.ts'
import type { Project } from '../session/project.ts'
import { unwrap } from './api.ts'
import { refetchNearTop } from './paging.ts'

export type Delivery = Pick<
  Tables<'webhook_deliveries'>,
  'id' | 'event_type' | 'status' | 'status_code' | 'attempt' | 'duration_ms' | 'error' | 'sent_at'
>
export type Execution = Pick<
  Tables<'rule_executions'>,
  'id' | 'status' | 'duration_ms' | 'affected_contacts' | 'error' | 'executed_at'
>

const pageSize = 100

/** The row after which a page begins: newest first, and by id where times are equal. */
interface Place {
  time: string
  id: string
}

const paging = {
  initialPageParam: undefined as Place | undefined,
  refetchInterval: refetchNearTop,
}

/** Deliveries of a webhook, newest first, of one status or of all. */
export function deliveriesQuery(
  { supabase }: Project,
  orgId: string,
  webhookId: string,
  status?: string,
) {
  return infiniteQueryOptions({
    ...paging,
    queryKey: [orgId, 'deliveries', webhookId, status],
    queryFn: async ({ pageParam, signal }): Promise<Delivery[]> => {
      let query = supabase
        .from('webhook_deliveries')
        .select('id, event_type, status, status_code, attempt, duration_ms, error, sent_at')
        .eq('org_id', orgId)
        .eq('webhook_id', webhookId)
      if (status !== undefined) query = query.eq('status', status)
      if (pageParam) query = query.or(isOlder('sent_at', pageParam))
      return unwrap(
        await query
          .order('sent_at', { ascending: false })
          .order('id', { ascending: false })
          .limit(pageSize)
          .abortSignal(signal),
      )
    },
    getNextPageParam: (page) => placeAfter(page, (row) => row.sent_at),
  })
}

/** Executions of a rule, newest first, of one status or of all. */
export function executionsQuery(
  { supabase }: Project,
  orgId: string,
  ruleId: string,
  status?: string,
) {
  return infiniteQueryOptions({
    ...paging,
    queryKey: [orgId, 'executions', ruleId, status],
    queryFn: async ({ pageParam, signal }): Promise<Execution[]> => {
      let query = supabase
        .from('rule_executions')
        .select('id, status, duration_ms, affected_contacts, error, executed_at')
        .eq('org_id', orgId)
        .eq('rule_id', ruleId)
      if (status !== undefined) query = query.eq('status', status)
      if (pageParam) query = query.or(isOlder('executed_at', pageParam))
      return unwrap(
        await query
          .order('executed_at', { ascending: false })
          .order('id', { ascending: false })
          .limit(pageSize)
          .abortSignal(signal),
      )
    },
    getNextPageParam: (page) => placeAfter(page, (row) => row.executed_at),
  })
}

function isOlder(column: string, { time, id }: Place): string {
  return `${column}.lt."${time}",and(${column}.eq."${time}",id.lt.${id})`
}

function placeAfter<Row extends { id: string }>(
  page: Row[],
  timeOf: (row: Row) => string,
): Place | undefined {
  const last = page.at(-1)
  return last && page.length === pageSize ? { time: timeOf(last), id: last.id } : undefined
}
