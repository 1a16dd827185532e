import type { ChannelKind } from './channel-kind.ts'

export const pagerduty = {
  kind: 'pagerduty',
  label: 'PagerDuty',
  secret: {
    is: 'the routing key of a PagerDuty integration (Events v2)',
    pattern: '^[A-Za-z0-9]{20,64}$',
    made: false,
  },
  url: { default: 'https://events.pagerduty.com/v2/enqueue' },
  fields: [{ name: 'secret', label: 'Integration key (Events API v2)', placeholder: '' }],
  keepsIncidents: true,
  limits: { alerts: 20, summary: 1024 },
  docs: 'in the EU `url` is `https://events.eu.pagerduty.com/v2/enqueue`',
} as const satisfies ChannelKind
