import { channelKinds } from '../../supabase/functions/_shared/catalog/channel-kinds/index.ts'
import type { ChannelKind } from '../../supabase/functions/_shared/catalog/channel-kinds/index.ts'
import { insertRows } from './insert-rows.ts'
import { markdownTable } from './markdown-table.ts'

const kinds: ChannelKind[] = Object.values(channelKinds)

/** The rows of `everwatch_private.channel_kinds`. */
export function channelKindRows(): string {
  return insertRows(
    'everwatch_private.channel_kinds',
    kinds.map(({ kind, secret, url, fields, keepsIncidents }) => ({
      kind,
      secret_is: secret.is,
      secret_pattern: secret.pattern,
      secret_is_made: secret.made,
      url_is_secret: url === 'secret',
      default_url: typeof url === 'object' ? url.default : null,
      fields: fields.map(({ name }) => name),
      keeps_incidents: keepsIncidents,
    })),
  )
}

/** The table of kinds in docs/alerts.md. */
export function channelKindTable(): string {
  return markdownTable(
    ['kind', '', '`secret`', '`url`', 'alerts in a message', 'more'],
    kinds.map((each) => [
      `\`${each.kind}\``,
      each.label,
      each.secret.made ? `${each.secret.is}; made when left out` : each.secret.is,
      urlInWords(each),
      String(each.limits.alerts),
      each.docs,
    ]),
  )
}

function urlInWords({ url }: ChannelKind): string {
  if (url === 'secret') return 'none: it is the secret'
  return url === 'required' ? 'where it is sent, https' : `\`${url.default}\` when left out`
}
