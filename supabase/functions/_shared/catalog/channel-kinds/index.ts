import type { ChannelKind } from './channel-kind.ts'
import { discord } from './discord.ts'
import { email } from './email.ts'
import { pagerduty } from './pagerduty.ts'
import { slack } from './slack.ts'
import { teams } from './teams.ts'
import { webhook } from './webhook.ts'

export type { ChannelField, ChannelKind } from './channel-kind.ts'

/** The kinds of channels, in the order in which a form offers them. There is no other list of them. */
const kinds = { slack, discord, teams, pagerduty, email, webhook }

export type ChannelKindName = keyof typeof kinds

export const channelKinds: {
  readonly [Name in ChannelKindName]: ChannelKind & { kind: Name }
} = kinds

export const channelKindNames = Object.values(channelKinds).map(({ kind }) => kind)
