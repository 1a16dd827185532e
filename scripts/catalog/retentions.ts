import { retentions } from '../../supabase/functions/_shared/catalog/retentions.ts'
import { insertRows } from './insert-rows.ts'
import { markdownTable } from './markdown-table.ts'

/** The rows of `everwatch_private.retentions`. */
export function retentionRows(): string {
  return insertRows(
    'everwatch_private.retentions',
    retentions.map(({ kind, usual, least, most, setting }) => ({
      kind,
      usual,
      least,
      most,
      setting: setting ?? null,
    })),
  )
}

/** The table of retentions in docs/operations.md. */
export function retentionTable(): string {
  return markdownTable(
    ['`kind`', 'kept for', 'what', 'may be', 'set as'],
    retentions.map(({ kind, usual, least, most, leastBecause, what, setting }) => [
      `\`${kind}\``,
      usual,
      what,
      `${least} to ${most}${leastBecause ? `: ${leastBecause}` : ''}`,
      setting ? `\`rollup_settings.${setting}\`` : '`retentions.kept_for`',
    ]),
  )
}
