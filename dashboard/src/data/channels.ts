import { queryOptions } from '@tanstack/react-query'
import type { ChannelKindName } from '../../../supabase/functions/_shared/catalog/channel-kinds/index.ts'
import type { ChannelTestAnswer } from '../../../supabase/functions/_shared/channel-test.ts'
import type { Project } from '../session/project.ts'
import { askFunction, unwrap } from './api.ts'

export interface Channel {
  id: string
  kind: ChannelKindName
  name: string
  enabled: boolean
  disabled_because: string | null
  /** Where it is sent, without the query; null where the address is the secret. */
  target: string | null
  email_to: string[] | null
  min_severity: 'warning' | 'critical'
  /** Empty: all. */
  types: string[]
  mute_windows: MuteWindow[]
  /** Until when the secret before the last rotation signs as well. */
  previous_secret_until: string | null
}

/** When nothing is sent; one that ends before it begins ends the next day. */
export interface MuteWindow {
  /** Empty or missing: every day. */
  days?: string[]
  from: string
  to: string
  time_zone: string
}

/** What a new channel is made of: see `create_channel`. */
export interface NewChannel {
  kind: ChannelKindName
  name: string
  min_severity: string
  secret?: string
  url?: string
  email_from?: string
  email_to?: string[]
}

const columns =
  'id, kind, name, enabled, disabled_because, target, email_to, min_severity, types, mute_windows, previous_secret_until'

/** Where the org's alerts are told, by name. */
export function channelsQuery({ supabase }: Project, orgId: string) {
  return queryOptions({
    queryKey: [orgId, 'channels'],
    queryFn: async ({ signal }) =>
      unwrap(
        await supabase
          .from('v_notification_channels')
          .select(columns)
          .eq('org_id', orgId)
          .order('name')
          .limit(500)
          .abortSignal(signal),
      ) as unknown as Channel[],
  })
}

/** Adds a channel. @returns what signs a webhook, which is shown this once @throws {ApiError} */
export async function createChannel(
  { supabase }: Project,
  orgId: string,
  channel: NewChannel,
): Promise<string | null> {
  const made = unwrap(await supabase.rpc('create_channel', { org_id: orgId, ...channel }))
  return (made as { secret?: string }).secret ?? null
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
  return (answer as { secret?: string }).secret ?? null
}

/** Deletes a channel, with what is still to be sent to it. @throws {ApiError} */
export async function deleteChannel({ supabase }: Project, channelId: string): Promise<void> {
  unwrap(await supabase.rpc('delete_channel', { channel_id: channelId }))
}

/** Sends a test. @returns what the receiver answered @throws {ApiError} */
export function testChannel(project: Project, channelId: string): Promise<ChannelTestAnswer> {
  return askFunction<ChannelTestAnswer>(project, 'notify/test', { body: { channel_id: channelId } })
}
