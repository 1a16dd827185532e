import { platform } from './binaries.ts'
import { startFunctions, type FunctionsOptions, type FunctionsServer } from './functions.ts'
import { serveDashboard } from './dashboard.ts'
import { startGateway } from './gateway.ts'
import type { Keys } from './keys.ts'
import { createAuthApi, createDataApi } from './lite.ts'
import { findFreePort } from './ports.ts'
import { startPostgrest } from './postgrest.ts'
import { jsonWebKeySet, nameSigningKey } from './signing-key.ts'

export interface ProjectApi {
  url: string
  functionsUrl: string
  /** Settles when the edge functions' process has ended, whoever ended it. */
  exited: Promise<void>
  stop(): Promise<void>
}

export interface ApiOptions {
  /** Default: a free one. */
  port?: number
  /** Which server is the Data API: `@supabase/lite`, or PostgREST's own binary. */
  dataApi?: 'lite' | 'postgrest'
  /** The schemas that the Data API serves. Default: those of `supabase/config.toml`. */
  schemas?: string[]
  /** Takes each line that the edge functions log. */
  log?: (line: string) => void
  /** Hosts the edge functions. Default: the project's, in one process. */
  hostFunctions?: (options: FunctionsOptions) => Promise<FunctionsHost>
  /** The folder of the built dashboard, to be served at `/`. */
  dashboard?: string
}

export type FunctionsHost = Pick<FunctionsServer, 'url' | 'exited' | 'stop'>

/** Everything that answers HTTP for a migrated database: gateway, auth, Data API, edge functions. */
export async function startApi(
  superuserUrl: string,
  keys: Keys,
  options: ApiOptions = {},
): Promise<ProjectApi> {
  const { port = await findFreePort(), hostFunctions = startFunctions } = options
  const { dataApi = platform === 'debian' ? 'postgrest' : 'lite' } = options
  const url = `http://127.0.0.1:${port}`
  const auth = createAuthApi(superuserUrl, keys)
  const rest =
    dataApi === 'postgrest'
      ? await startPostgrest(superuserUrl, keys, options.schemas)
      : createDataApi(superuserUrl, keys, options.schemas)
  const functions = await hostFunctions({
    env: functionsEnvironment(url, keys),
    ...(options.log && { log: options.log }),
  })
  const gateway = await startGateway(
    {
      auth: nameSigningKey(auth.fetch, keys),
      rest: rest.fetch,
      functionsUrl: functions.url,
      ...(options.dashboard !== undefined && {
        dashboard: serveDashboard(options.dashboard, { url, publishableKey: keys.publishableKey }),
      }),
    },
    port,
  )
  return {
    url,
    functionsUrl: `${url}/functions/v1`,
    exited: functions.exited,
    stop: async () => {
      await gateway.stop()
      await Promise.all([functions.stop(), rest.stop(), auth.stop()])
    },
  }
}

/** The variables that the hosted platform gives to every function. */
function functionsEnvironment(url: string, keys: Keys): Record<string, string> {
  return {
    SUPABASE_URL: url,
    SUPABASE_PUBLISHABLE_KEYS: JSON.stringify({ default: keys.publishableKey }),
    SUPABASE_SECRET_KEYS: JSON.stringify({ default: keys.secretKey }),
    SUPABASE_JWKS: jsonWebKeySet(keys),
  }
}
