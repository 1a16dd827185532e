import { createClient, isAuthRetryableFetchError, type SupabaseClient } from '@supabase/supabase-js'
import type { Database } from '../../../supabase/functions/_shared/database.types.ts'
import type { Config } from '../config.ts'

/** The project that the page watches, asked as whoever is signed in. */
export interface Project {
  config: Config
  supabase: SupabaseClient<Database>
  /** `fetch` with the user's token, which is renewed when the project says that it has expired. */
  authorizedFetch: typeof fetch
}

export function openProject(config: Config): Project {
  const authorizedFetch: typeof fetch = async (input, init) => {
    const response = await fetch(input, init)
    // A clock that is wrong, or a lid that was closed: the token may be older than we think.
    if (response.status !== 401 || isAuth(input)) return response
    const { data, error } = await supabase.auth.refreshSession()
    // The library keeps a session whose token it takes for valid; the project has just said no.
    if (error && !isAuthRetryableFetchError(error)) await supabase.auth.signOut({ scope: 'local' })
    if (!data.session) return response
    const headers = new Headers(init?.headers)
    headers.set('authorization', `Bearer ${data.session.access_token}`)
    return fetch(input, { ...init, headers })
  }
  const supabase = createClient<Database>(config.url, config.publishableKey, {
    db: { schema: 'everwatch' },
    // Codes come in the query string, and pages are named in the fragment.
    auth: { flowType: 'pkce', storageKey: 'everwatch.session' },
    global: { fetch: authorizedFetch },
  })
  return { config, supabase, authorizedFetch }
}

function isAuth(input: RequestInfo | URL): boolean {
  const url = input instanceof Request ? input.url : String(input)
  return new URL(url).pathname.startsWith('/auth/')
}
