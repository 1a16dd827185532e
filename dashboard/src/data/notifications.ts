import { infiniteQueryOptions } from '@tanstack/react-query'
import * as z from 'zod/mini'
import type { Project } from '../session/project.ts'
import { unwrap } from './api.ts'
import { columnsIn, rowsOf, type ColumnsOf } from './rows.ts'

/** What is owed to a channel, and what became of it. */
const notificationRow = z.object({
  id: z.number(),
  channel_kind: z.string(),
  channel_name: z.string(),
  /** Of the alert; `test` when somebody tried the channel. */
  event: z.string(),
  status: z.enum(['queued', 'sending', 'delivered', 'dead', 'dropped']),
  attempts: z.number(),
  queued_at: z.string(),
  due_at: z.string(),
  status_code: z.nullable(z.number()),
  error: z.nullable(z.string()),
} satisfies ColumnsOf<'v_notifications'>)

export type Notification = z.infer<typeof notificationRow>

/** Which of them are asked for, by the name that the page's address has for it. */
export const outboxParts = {
  waiting: ['queued', 'sending'],
  dead: ['dead'],
  delivered: ['delivered'],
} as const

export type OutboxPart = keyof typeof outboxParts

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
        .select(columnsIn(notificationRow))
        .eq('org_id', orgId)
        .in('status', statuses)
      if (pageParam !== undefined) query = query.lt('id', pageParam)
      const newestFirst = query.order('id', { ascending: false }).limit(pageSize)
      return rowsOf(notificationRow, await newestFirst.abortSignal(signal))
    },
    getNextPageParam: (page) => (page.length === pageSize ? page.at(-1)?.id : undefined),
    refetchInterval: ({ state }) => ((state.data?.pages.length ?? 0) <= 2 ? 30_000 : false),
  })
}

/** Sends a dead one again, with the rest of its message. @throws {ApiError} for all but admins */
export async function resend({ supabase }: Project, notificationId: number): Promise<void> {
  unwrap(await supabase.rpc('resend_notification', { notification_id: notificationId }))
}
