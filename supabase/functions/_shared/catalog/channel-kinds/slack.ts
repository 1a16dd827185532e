import type { ChannelKind } from './channel-kind.ts'

export const slack = {
  kind: 'slack',
  label: 'Slack',
  secret: {
    is: 'the address of a Slack incoming webhook',
    pattern: '^https?://[^\\s/?#@]+/\\S+$',
    made: false,
  },
  url: 'secret',
  fields: [
    {
      name: 'secret',
      label: 'Address of the incoming webhook',
      placeholder: 'https://hooks.slack.com/services/…',
    },
  ],
  keepsIncidents: false,
  limits: {
    // So that a channel stays readable; Slack itself takes more.
    alerts: 10,
    header: 150,
    text: 3000,
  },
  docs: '',
} as const satisfies ChannelKind
