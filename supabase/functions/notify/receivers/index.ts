import type { ChannelKindName } from '../../_shared/catalog/channel-kinds/index.ts'
import type { Message, OutgoingRequest } from '../message.ts'
import { discordRequest } from './discord.ts'
import { emailRequest } from './email.ts'
import { pagerdutyRequest } from './pagerduty.ts'
import { slackRequest } from './slack.ts'
import { teamsRequest } from './teams.ts'
import { webhookRequest } from './webhook.ts'

/** Makes a message into the request that its receiver understands, as of `at`. */
type Receiver = (message: Message, at: Date) => OutgoingRequest | Promise<OutgoingRequest>

/** How each kind of channel is told. */
export const receivers: Record<ChannelKindName, Receiver> = {
  slack: slackRequest,
  discord: discordRequest,
  teams: teamsRequest,
  pagerduty: pagerdutyRequest,
  email: emailRequest,
  webhook: webhookRequest,
}
