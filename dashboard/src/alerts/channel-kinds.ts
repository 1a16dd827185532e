import type { ChannelKind } from '../data/channels.ts'

/** The kinds of channels, in words. */
export const channelKinds: Record<ChannelKind, string> = {
  slack: 'Slack',
  pagerduty: 'PagerDuty',
  email: 'Email',
  webhook: 'Webhook',
}
