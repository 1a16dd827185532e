import { queryOptions } from '@tanstack/react-query'
import * as z from 'zod/mini'
import {
  insightKinds,
  insightsAnswerSchema,
  type InsightsAnswer,
} from '../../../supabase/functions/_shared/insights-answer.ts'
import type { Project } from '../session/project.ts'
import { askFunction, unwrap } from './api.ts'
import { columnsIn, rowsOf, type ColumnsOf } from './rows.ts'

export type Insight = InsightsAnswer['insights'][number]
export type InsightState = 'open' | 'all'

/** What is stated of an org now or, with `all`, was in the last year too: the newest 500. */
export function insightsQuery(project: Project, orgId: string, state: InsightState) {
  return queryOptions({
    queryKey: [orgId, 'insights', state],
    queryFn: async ({ signal }) => {
      const query = { org_id: orgId, state, limit: '500' }
      const answer = await askFunction(project, 'monitoring/insights', insightsAnswerSchema, {
        query,
        signal,
      })
      return { rows: answer.insights }
    },
  })
}

const kindRow = z.object({
  kind: z.enum(insightKinds),
  enabled: z.boolean(),
} satisfies ColumnsOf<'v_insight_kinds'>)

export type InsightKind = z.infer<typeof kindRow>

/** Which kinds of insights are stated of an org. */
export function insightKindsQuery({ supabase }: Project, orgId: string) {
  return queryOptions({
    queryKey: [orgId, 'insights', 'kinds'],
    queryFn: async ({ signal }) =>
      rowsOf(
        kindRow,
        await supabase
          .from('v_insight_kinds')
          .select(columnsIn(kindRow))
          .eq('org_id', orgId)
          .order('kind')
          .abortSignal(signal),
      ),
  })
}

/** Says that somebody has seen it, or takes that back. @throws {ApiError} */
export async function acknowledgeInsight(
  { supabase }: Project,
  insightId: string,
  acknowledged: boolean,
): Promise<void> {
  unwrap(await supabase.rpc('acknowledge_insight', { insight_id: insightId, acknowledged }))
}

/** Says that it was expected, or takes that back. @throws {ApiError} */
export async function expectInsight(
  { supabase }: Project,
  insightId: string,
  expected: boolean,
): Promise<void> {
  unwrap(await supabase.rpc('expect_insight', { insight_id: insightId, expected }))
}

/** Turns a kind of insights on or off for an org. @throws {ApiError} */
export async function setInsightKind(
  { supabase }: Project,
  orgId: string,
  kind: Insight['kind'],
  enabled: boolean,
): Promise<void> {
  unwrap(await supabase.rpc('set_insight_kind', { org_id: orgId, kind, enabled }))
}
