import { queryOptions } from '@tanstack/react-query'
import type { Provider } from '@supabase/supabase-js'
import * as z from 'zod/mini'
import type { Project } from '../session/project.ts'
import { understand } from './api.ts'

/** What a project offers to sign in with. */
export interface AuthSettings {
  password: boolean
  providers: Provider[]
  /** Whether it sends mail: without, an address counts as confirmed at once. */
  mails: boolean
}

const answer = z.object({
  external: z.optional(z.record(z.string(), z.boolean())),
  mailer_autoconfirm: z.optional(z.boolean()),
})

const notProviders = new Set(['email', 'phone', 'anonymous_users'])

function isProvider(name: string): name is Provider {
  return !notProviders.has(name)
}

export function authSettingsQuery({ config }: Project) {
  return queryOptions({
    queryKey: ['auth-settings'],
    queryFn: async ({ signal }): Promise<AuthSettings> => {
      const response = await fetch(`${config.url}/auth/v1/settings`, {
        headers: { apikey: config.publishableKey },
        signal,
      })
      if (!response.ok) throw new Error('The project does not answer.')
      const { external = {}, mailer_autoconfirm = false } = understand(
        answer,
        await response.json(),
      )
      const on = Object.keys(external).filter((name) => external[name])
      return {
        password: external['email'] ?? true,
        providers: on.filter(isProvider),
        mails: !mailer_autoconfirm,
      }
    },
    staleTime: Infinity,
    refetchInterval: false,
  })
}
