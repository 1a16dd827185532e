import type { ChannelKind } from './channel-kind.ts'

/** https://learn.microsoft.com/microsoftteams/platform/webhooks-and-connectors/how-to/add-incoming-webhook */
export const teams = {
  kind: 'teams',
  label: 'Microsoft Teams',
  secret: {
    is: 'the address of a workflow of Microsoft Teams',
    pattern: '^https?://[^\\s/?#@]+/\\S+$',
    made: false,
  },
  url: 'secret',
  fields: [
    {
      name: 'secret',
      label: 'Address of the workflow (“When a Teams webhook request is received”)',
      placeholder: 'https://….environment.api.powerplatform.com/…',
    },
  ],
  keepsIncidents: false,
  // A message may have about 28 KB with what Teams adds: some saw it refuse more than 21.
  limits: { alerts: 10, bytes: 20_000 },
  docs: 'the workflow’s template is “Send webhook alerts to a channel”, open to anyone who knows the address',
} as const satisfies ChannelKind
