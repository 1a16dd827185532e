import { queryOptions } from '@tanstack/react-query'
import type { z } from 'zod'
import type { answers } from '../../../supabase/functions/_shared/metrics-answer.ts'
import type { Project } from '../session/project.ts'
import { askFunction } from './api.ts'

type Answer = z.infer<(typeof answers)['alerts']>
export type Alert = Answer['alerts']['alerts'][number]

/** What is wrong now, critical first. */
export function openAlertsQuery(project: Project, orgId: string) {
  return queryOptions({
    queryKey: [orgId, 'alerts'],
    queryFn: async ({ signal }) => {
      const query = { type: 'alerts', org_id: orgId, limit: '500' }
      const { alerts } = await askFunction<Answer>(project, 'monitoring/metrics', query, signal)
      return { rows: alerts.alerts, critical: alerts.critical, warning: alerts.warning }
    },
  })
}
