import type { ChannelKind } from '../data/channels.ts'

interface Field {
  name: 'secret' | 'url' | 'email_from' | 'email_to'
  label: string
  placeholder: string
}

/** What a channel of each kind needs to know. */
export const channelFields: Record<ChannelKind, Field[]> = {
  slack: [
    {
      name: 'secret',
      label: 'Address of the incoming webhook',
      placeholder: 'https://hooks.slack.com/services/…',
    },
  ],
  pagerduty: [{ name: 'secret', label: 'Integration key (Events API v2)', placeholder: '' }],
  email: [
    { name: 'secret', label: 'Key of the mail service (Resend)', placeholder: 're_…' },
    { name: 'email_from', label: 'From', placeholder: 'Alerts <alerts@example.com>' },
    { name: 'email_to', label: 'To, separated by commas', placeholder: 'on-call@example.com' },
  ],
  webhook: [{ name: 'url', label: 'Address', placeholder: 'https://example.com/alerts' }],
}
