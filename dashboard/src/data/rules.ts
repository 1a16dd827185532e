import { queryOptions } from '@tanstack/react-query'
import type { Project } from '../session/project.ts'
import { unwrap } from './api.ts'

/** One automation rule as it is now, or null when the org has none with this id. */
export function ruleQuery({ supabase }: Project, orgId: string, ruleId: string) {
  return queryOptions({
    queryKey: [orgId, 'rule', ruleId],
    queryFn: async ({ signal }) => {
      const rows = unwrap(
        await supabase
          .from('automation_rules')
          .select(
            'id, name, type, enabled, trigger_count, last_triggered_at, segments(name, member_count)',
          )
          .eq('org_id', orgId)
          .eq('id', ruleId)
          .abortSignal(signal),
      )
      return rows[0] ?? null
    },
  })
}
