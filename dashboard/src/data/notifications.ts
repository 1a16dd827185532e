import { infiniteQueryOptions } from '@tanstack/react-query'
import type { Project } from '../session/project.ts'
import { unwrap } from './api.ts'

/** What is owed to a channel, and what became of it: `v_notifications`. */
export interface Notification {
  id: number
  channel_kind: string
  channel_name: string
  /** Of the alert; `test` when somebody tried the channel. */
  event: string
  status: 'queued' | 'sending' | 'delivered' | 'dead' | 'dropped'
  attempts: number
  queued_at: string
  due_at: string
  status_code: number | null
  error: string | null
}

/** Which of them are asked for, by the name that the page's address has for it. */
export const outboxParts = {
  waiting: ['queued', 'sending'],
  dead: ['dead'],
  delivered: ['delivered'],
} as const

export type OutboxPart = keyof typeof outboxParts

const columns =
  'id, channel_kind, channel_name, event, status, attempts, queued_at, due_at, status_code, error'
const pageSize = 100

/** An org's notifications, newest first: of one part, or all that wait or are dead. */
export function outboxQuery({ supabase }: Project, orgId: string, part?: OutboxPart) {
  const statuses = part ? outboxParts[part] : [...outboxParts.waiting, ...outboxParts.dead]
  return infiniteQueryOptions({
    queryKey: [orgId, 'outbox', part],
    initialPageParam: undefined as number | undefined,
    queryFn: async ({ pageParam, signal }) => {
      let query = supabase
        .from('v_notifications')
        .select(columns)
        .eq('org_id', orgId)
        .in('status', statuses)
      if (pageParam !== undefined) query = query.lt('id', pageParam)
      const newestFirst = query.order('id', { ascending: false }).limit(pageSize)
      return unwrap(await newestFirst.abortSignal(signal)) as unknown as Notification[]
    },
    getNextPageParam: (page) => (page.length === pageSize ? page.at(-1)?.id : undefined),
    refetchInterval: ({ state }) => ((state.data?.pages.length ?? 0) <= 2 ? 30_000 : false),
  })
}

/** Sends a dead one again, with the rest of its message. @throws {ApiError} for all but admins */
export async function resend({ supabase }: Project, notificationId: number): Promise<void> {
  unwrap(await supabase.rpc('resend_notification', { notification_id: notificationId }))
}
