import { queryOptions } from '@tanstack/react-query'
import type { Project } from '../session/project.ts'
import { unwrap } from './api.ts'

export interface Org {
  id: string
  name: string
}

/** The orgs of which the user is a member. */
export function orgsQuery({ supabase }: Project) {
  return queryOptions({
    queryKey: ['orgs'],
    queryFn: async ({ signal }): Promise<Org[]> =>
      unwrap(await supabase.from('orgs').select('id, name').order('name').abortSignal(signal)),
    staleTime: 300_000,
    refetchInterval: false,
  })
}

/** Makes an org with the user as its owner. @returns its id */
export async function createOrg({ supabase }: Project, name: string): Promise<string> {
  return unwrap(await supabase.rpc('create_org', { name }))
}
