/** What there is to know of a kind of channel. Plain data: the database, the forms and the docs are made of it. */
export interface ChannelKind {
  kind: string
  /** What people call it. */
  label: string
  secret: {
    /** What it is, to end the sentence "secret must be …" or "secret is …". */
    is: string
    /** What it must match, as Postgres and JavaScript both read it. */
    pattern: string
    /** Whether we make it, where none is given: it signs what we send, as Standard Webhooks says. */
    made: boolean
  }
  /** Where messages go: to the address that is the secret, to one that must be given, or to a service. */
  url: 'secret' | 'required' | { default: string }
  /** What a form asks for, beside a name. */
  fields: readonly ChannelField[]
  /** Whether it is told one event of one incident at a time: opened, acknowledged, resolved. */
  keepsIncidents: boolean
  /** The status by which its service says that an address is gone for good; 410 where none is named. */
  goneStatus?: number
  /** How much a message may hold; `alerts` are listed at most. */
  limits: { readonly alerts: number; readonly [what: string]: number }
  /** What else the table in docs/alerts.md says; may be empty. */
  docs: string
}

export interface ChannelField {
  name: 'secret' | 'url' | 'email_from' | 'email_to'
  label: string
  placeholder: string
}
