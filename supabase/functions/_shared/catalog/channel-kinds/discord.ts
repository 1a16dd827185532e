import type { ChannelKind } from './channel-kind.ts'

/**
 * https://discord.com/developers/docs/resources/webhook#execute-webhook
 * https://discord.com/developers/docs/resources/message#embed-object-embed-limits
 */
export const discord = {
  kind: 'discord',
  label: 'Discord',
  secret: {
    is: 'the address of a Discord webhook',
    pattern: '^https?://[^\\s/?#@]+/\\S+$',
    made: false,
  },
  url: 'secret',
  fields: [
    {
      name: 'secret',
      label: 'Address of the webhook',
      placeholder: 'https://discord.com/api/webhooks/…',
    },
  ],
  keepsIncidents: false,
  // Of a webhook that was deleted. Whoever goes on is refused altogether for a while: one org's channel
  // would silence those of all others.
  goneStatus: 404,
  limits: {
    alerts: 10,
    // Of the 2,000 characters of a message's text, escapes may take half.
    title: 900,
    // Together less than the 6,000 that a message's embeds may have.
    description: 4096,
    footer: 256,
  },
  docs: 'a `thread_id` in the address is kept; nobody is mentioned, whatever an alert says',
} as const satisfies ChannelKind
