import type { ChannelKind } from './channel-kind.ts'

export const webhook = {
  kind: 'webhook',
  label: 'Webhook',
  secret: {
    is: 'whsec_ and the base64 of 24 to 64 bytes',
    // Three bytes are four characters: 8 to 20 such groups and a rest, or 21 and a rest of one byte.
    pattern:
      '^whsec_(([A-Za-z0-9+/]{4}){8,20}([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?|([A-Za-z0-9+/]{4}){21}([A-Za-z0-9+/]{2}==)?)$',
    made: true,
  },
  url: 'required',
  fields: [{ name: 'url', label: 'Address', placeholder: 'https://example.com/alerts' }],
  keepsIncidents: false,
  // As many as the database tells a sender of.
  limits: { alerts: 100 },
  docs: '',
} as const satisfies ChannelKind
