import { queryOptions } from '@tanstack/react-query'
import type { Project } from '../session/project.ts'
import { unwrap } from './api.ts'
import { now } from './clock.ts'

export interface Silence {
  id: string
  matchers: Record<string, string>
  reason: string
  created_at: string
  ends_at: string
}

/** The silences that are in force, the one that ends first above. */
export function silencesQuery({ supabase }: Project, orgId: string) {
  return queryOptions({
    queryKey: [orgId, 'alerts', 'silences'],
    queryFn: async ({ signal }) =>
      unwrap(
        await supabase
          .from('v_silences')
          .select('id, matchers, reason, created_at, ends_at')
          .eq('org_id', orgId)
          .eq('active', true)
          .order('ends_at')
          .limit(500)
          .abortSignal(signal),
      ) as unknown as Silence[],
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
