import { queryOptions, useQuery } from '@tanstack/react-query'
import { useApp } from '../app-context.ts'
import type { Project } from '../session/project.ts'
import { useSession } from '../session/session.ts'
import { unwrap } from './api.ts'

function roleQuery({ supabase }: Project, orgId: string, userId: string) {
  return queryOptions({
    // Not by the org first: it is no number on the page, and has no age.
    queryKey: ['role', orgId, userId],
    queryFn: async ({ signal }) => {
      const rows = unwrap(
        await supabase
          .from('org_members')
          .select('role')
          .eq('org_id', orgId)
          .eq('user_id', userId)
          .abortSignal(signal),
      )
      return rows[0]?.role ?? null
    },
  })
}

/**
 * Whether the viewer is an owner or admin of the org, and so is offered what the database lets only
 * those do.
 */
export function useIsAdmin(orgId: string): boolean {
  const { project, session } = useApp()
  const userId = useSession(session)?.user.id ?? ''
  const { data } = useQuery({ ...roleQuery(project, orgId, userId), enabled: userId !== '' })
  return data === 'owner' || data === 'admin'
}
