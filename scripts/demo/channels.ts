import type { PostgrestClient } from '@supabase/postgrest-js'
import type { Database } from '../../supabase/functions/_shared/database.types.ts'

/** Below the demo's receiver: it takes every message. */
export const channelPath = 'alerts'

const name = 'On call'

/** Has an org's alerts told to the demo's receiver, which is elsewhere at each start. */
export async function tellReceiver(
  server: PostgrestClient<Database>,
  orgId: string,
  receiverUrl: string,
): Promise<void> {
  const url = `${receiverUrl}/${channelPath}`
  const found = await server
    .from('v_notification_channels')
    .select('id')
    .match({ org_id: orgId, name })
    .throwOnError()
  const channel_id = found.data[0]?.id
  const change = channel_id
    ? server.rpc('update_channel', { channel_id, url })
    : server.rpc('create_channel', { org_id: orgId, kind: 'webhook', name, url })
  await change.throwOnError()
}
