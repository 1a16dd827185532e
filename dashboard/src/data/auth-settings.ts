import { queryOptions } from '@tanstack/react-query'
import type { Provider } from '@supabase/supabase-js'
import type { Project } from '../session/project.ts'

/** What a project offers to sign in with. */
export interface AuthSettings {
  password: boolean
  providers: Provider[]
  /** Whether it sends mail: without, an address counts as confirmed at once. */
  mails: boolean
}

const notProviders = new Set(['email', 'phone', 'anonymous_users'])

export function authSettingsQuery({ config }: Project) {
  return queryOptions({
    queryKey: ['auth-settings'],
    queryFn: async ({ signal }): Promise<AuthSettings> => {
      const response = await fetch(`${config.url}/auth/v1/settings`, {
        headers: { apikey: config.publishableKey },
        signal,
      })
      if (!response.ok) throw new Error('The project does not answer.')
      const { external = {}, mailer_autoconfirm = false } = (await response.json()) as {
        external?: Record<string, boolean>
        mailer_autoconfirm?: boolean
      }
      const on = Object.keys(external).filter((name) => external[name])
      return {
        password: external['email'] ?? true,
        providers: on.filter((name) => !notProviders.has(name)) as Provider[],
        mails: !mailer_autoconfirm,
      }
    },
    staleTime: Infinity,
    refetchInterval: false,
  })
}
