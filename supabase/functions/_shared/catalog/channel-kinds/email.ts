import type { ChannelKind } from './channel-kind.ts'

export const email = {
  kind: 'email',
  label: 'Email',
  secret: {
    is: 'the key of the mail service, of 8 to 200 characters',
    pattern: '^[!-~]{8,200}$',
    made: false,
  },
  url: { default: 'https://api.resend.com/emails' },
  fields: [
    { name: 'secret', label: 'Key of the mail service (Resend)', placeholder: 're_…' },
    { name: 'email_from', label: 'From', placeholder: 'Alerts <alerts@example.com>' },
    { name: 'email_to', label: 'To, separated by commas', placeholder: 'on-call@example.com' },
  ],
  keepsIncidents: false,
  limits: { alerts: 50, subject: 200 },
  docs: '`email_from`, `email_to` (up to 50 addresses); `url` may be of another service that speaks Resend’s API',
} as const satisfies ChannelKind
