import { queryOptions } from '@tanstack/react-query'
import * as z from 'zod/mini'
import type { Project } from '../session/project.ts'
import { unwrap } from './api.ts'
import { now } from './clock.ts'
import { columnsIn, rowsOf, type ColumnsOf } from './rows.ts'

const silenceRow = z.object({
  id: z.string(),
  matchers: z.record(z.string(), z.string()),
  reason: z.string(),
  ends_at: z.string(),
} satisfies ColumnsOf<'v_silences'>)

export type Silence = z.infer<typeof silenceRow>

/** The silences that are in force, the one that ends first above. */
export function silencesQuery({ supabase }: Project, orgId: string) {
  return queryOptions({
    queryKey: [orgId, 'alerts', 'silences'],
    queryFn: async ({ signal }) =>
      rowsOf(
        silenceRow,
        await supabase
          .from('v_silences')
          .select(columnsIn(silenceRow))
          .eq('org_id', orgId)
          .eq('active', true)
          .order('ends_at')
          .limit(500)
          .abortSignal(signal),
      ),
  })
}

/** Holds back what matching alerts would tell, for so many milliseconds. @throws {ApiError} */
export async function silence(
  { supabase }: Project,
  orgId: string,
  matchers: Record<string, string>,
  forMs: number,
  reason: string,
): Promise<void> {
  const until = new Date(now() + forMs).toISOString()
  unwrap(await supabase.rpc('silence_alerts', { org_id: orgId, matchers, until, reason }))
}

/** Ends a silence before its time. @throws {ApiError} */
export async function endSilence({ supabase }: Project, silenceId: string): Promise<void> {
  unwrap(await supabase.rpc('end_silence', { silence_id: silenceId }))
}
