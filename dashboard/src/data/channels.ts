import { queryOptions } from '@tanstack/react-query'
import * as z from 'zod/mini'
import { channelKindNames } from '../../../supabase/functions/_shared/catalog/channel-kinds/index.ts'
import {
  channelTestAnswerSchema,
  type ChannelTestAnswer,
} from '../../../supabase/functions/_shared/channel-test.ts'
import type { Database } from '../../../supabase/functions/_shared/database.types.ts'
import type { Project } from '../session/project.ts'
import { askFunction, understand, unwrap } from './api.ts'
import { columnsIn, rowsOf, type ColumnsOf } from './rows.ts'

/** When nothing is sent; one that ends before it begins ends the next day. */
const muteWindow = z.object({
  /** Empty or missing: every day. */
  days: z.optional(z.array(z.string())),
  from: z.string(),
  to: z.string(),
  time_zone: z.string(),
})

const channelRow = z.object({
  id: z.string(),
  kind: z.enum(channelKindNames),
  name: z.string(),
  enabled: z.boolean(),
  disabled_because: z.nullable(z.string()),
  /** Where it is sent, without the query; null where the address is the secret. */
  target: z.nullable(z.string()),
  email_to: z.nullable(z.array(z.string())),
  min_severity: z.enum(['warning', 'critical']),
  /** Empty: all. */
  types: z.array(z.string()),
  mute_windows: z.array(muteWindow),
  /** Until when the secret before the last rotation signs as well. */
  previous_secret_until: z.nullable(z.string()),
} satisfies ColumnsOf<'v_notification_channels'>)

export type Channel = z.infer<typeof channelRow>
export type MuteWindow = z.infer<typeof muteWindow>

type Functions = Database['everwatch']['Functions']

/** What a new channel is made of. */
export type NewChannel = Omit<Functions['create_channel']['Args'], 'org_id'>

/** What signs a webhook, where one was made. */
const madeSecret = z.object({ secret: z.optional(z.nullable(z.string())) })

/** Where the org's alerts are told, by name. */
export function channelsQuery({ supabase }: Project, orgId: string) {
  return queryOptions({
    queryKey: [orgId, 'channels'],
    queryFn: async ({ signal }) =>
      rowsOf(
        channelRow,
        await supabase
          .from('v_notification_channels')
          .select(columnsIn(channelRow))
          .eq('org_id', orgId)
          .order('name')
          .limit(500)
          .abortSignal(signal),
      ),
  })
}

/** Adds a channel. @returns what signs a webhook, which is shown this once @throws {ApiError} */
export async function createChannel(
  { supabase }: Project,
  orgId: string,
  channel: NewChannel,
): Promise<string | null> {
  const made = unwrap(await supabase.rpc('create_channel', { org_id: orgId, ...channel }))
  return understand(madeSecret, made).secret ?? null
}

/** Has a channel told, or no longer. @throws {ApiError} for all but owners and admins */
export async function switchChannel(
  { supabase }: Project,
  { id, enabled }: Channel,
): Promise<void> {
  unwrap(await supabase.rpc('update_channel', { channel_id: id, enabled: !enabled }))
}

/** Has a channel left in peace at these times, and no others. @throws {ApiError} */
export async function muteChannel(
  { supabase }: Project,
  channelId: string,
  windows: MuteWindow[],
): Promise<void> {
  const mute_windows = windows.map((window) => ({ ...window }))
  unwrap(await supabase.rpc('update_channel', { channel_id: channelId, mute_windows }))
}

/**
 * Gives a channel another secret: the one that is given, or for a webhook one that is made.
 *
 * @param overlapHours for how long what signed a webhook before signs as well
 * @returns the secret that was made, which is shown this once
 * @throws {ApiError}
 */
export async function rotateSecret(
  { supabase }: Project,
  channelId: string,
  { secret, overlapHours }: { secret?: string; overlapHours?: number },
): Promise<string | null> {
  const answer = unwrap(
    await supabase.rpc('rotate_channel_secret', {
      channel_id: channelId,
      ...(secret !== undefined && { secret }),
      ...(overlapHours !== undefined && { overlap_hours: overlapHours }),
    }),
  )
  return understand(madeSecret, answer).secret ?? null
}

/** Deletes a channel, with what is still to be sent to it. @throws {ApiError} */
export async function deleteChannel({ supabase }: Project, channelId: string): Promise<void> {
  unwrap(await supabase.rpc('delete_channel', { channel_id: channelId }))
}

/** Sends a test. @returns what the receiver answered @throws {ApiError} */
export function testChannel(project: Project, channelId: string): Promise<ChannelTestAnswer> {
  const body = { channel_id: channelId }
  return askFunction(project, 'notify/test', channelTestAnswerSchema, { body })
}
