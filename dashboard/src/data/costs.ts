import { infiniteQueryOptions, keepPreviousData } from '@tanstack/react-query'
import {
  costsAnswerSchema,
  type CostsAnswer,
} from '../../../supabase/functions/_shared/costs-answer.ts'
import type { Project } from '../session/project.ts'
import { queryOf, type Range } from '../time/range.ts'
import { askFunction } from './api.ts'
import { refetchNearTop } from './paging.ts'

export type Usage = CostsAnswer['total']
export type ResourceCosts = CostsAnswer['resources'][number]

/** What is paid for: whose costs, added up, are what something costs. */
export const costItems = [
  { field: 'disk_cost', name: 'Disk' },
  { field: 'function_cost', name: 'Calls' },
  { field: 'egress_cost', name: 'Egress' },
] as const satisfies { field: keyof Usage; name: string }[]

/** What is known to be paid for something, in all; null when nothing is known. */
export function costOf(usage: Usage): number | null {
  const known = costItems.map(({ field }) => usage[field]).filter((cost) => cost !== null)
  return known.length > 0 ? known.reduce((sum, cost) => sum + cost, 0) : null
}

/** What an org holds, did in a range and pays for it, in all and by resource, a page at a time. */
export function costsQuery(project: Project, orgId: string, range: Range) {
  return infiniteQueryOptions({
    queryKey: [orgId, 'costs', range],
    queryFn: ({ pageParam: after, signal }) =>
      askFunction(project, 'monitoring/costs', costsAnswerSchema, {
        query: { org_id: orgId, after, ...queryOf(range) },
        signal,
      }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ next }) => next,
    refetchInterval: refetchNearTop,
    // What was shown stays until the new range is there: no flicker.
    placeholderData: keepPreviousData,
  })
}
