import { alertTypes } from '../../supabase/functions/_shared/catalog/alert-types/index.ts'
import type { AlertType } from '../../supabase/functions/_shared/catalog/alert-types/index.ts'
import { insertRows } from './insert-rows.ts'
import { markdownTable } from './markdown-table.ts'
import { withDefaults } from './with-defaults.ts'

const types: AlertType[] = alertTypes

/** The rows of `everwatch_private.alert_policies`: the default policy of each type. */
export function alertPolicyRows(): string {
  return insertRows(
    'everwatch_private.alert_policies',
    types.map((each) => ({
      type: each.type,
      scope: each.scope,
      unit: each.unit,
      warning: each.warning ?? null,
      critical: each.critical ?? null,
      recovery: each.recovery ?? null,
      minimum_sample: each.minimumSample ?? 0,
      pending_for: each.pendingFor ?? '0',
      keep_firing_for: each.keepFiringFor ?? '0',
      inhibited_by: [...(each.inhibitedBy ?? [])],
      judge_order: each.judgeOrder ?? 0,
      prepare: each.prepare ?? null,
    })),
  )
}

/** The table of types in docs/alerts.md. */
export function alertTypeTable(): string {
  return markdownTable(
    ['`type`', 'warning', 'critical', 'measured', 'recovers', 'least sample', 'kept firing for'],
    types.map((each) => {
      const { type, warning, critical, docs, keepFiringFor } = each
      return [
        `\`${type}\``,
        String(warning ?? ''),
        String(critical ?? ''),
        docs.measured,
        withDefaults(docs.recovers, each),
        withDefaults(docs.sample ?? '', each),
        keepFiringFor ?? '',
      ]
    }),
  )
}
