import { inspect } from 'node:util'
import { App } from '@supabase/lite'
import { createPostgresConnection } from '@supabase/lite/postgres'
import type { FetchHandler } from './http.ts'
import postgres, { type PostgresType } from 'postgres'
import type { Keys } from './keys.ts'
import { exposedSchemas } from './project.ts'
import { withRole } from './urls.ts'

/** Sign-up, sign-in and sessions at `/auth/v1`, as `@supabase/lite` serves them. */
export function createAuthApi(superuserUrl: string, keys: Keys): Api {
  return createApi(withRole(superuserUrl, 'supabase_auth_admin'), keys)
}

/**
 * The Data API at `/rest/v1`. Its login role is no superuser and obeys row level security; for each
 * request it takes the caller's role, as PostgREST does.
 */
export function createDataApi(superuserUrl: string, keys: Keys, schemas?: string[]): Api {
  return createApi(withRole(superuserUrl, 'data_api'), keys, schemas)
}

export interface Api {
  fetch: FetchHandler
  stop(): Promise<void>
}

/** How long a request may take to finish when it is stopped; the connection's own `close` would wait for ever. */
const graceSeconds = 5

function createApi(url: string, keys: Keys, schemas = exposedSchemas()): Api {
  const connection = createPostgresConnection({ url, postgresOptions: { types: { jsonb, bytea } } })
  // Left to itself it asks whether any table has row level security, takes roles only if so, and
  // then grants all tables to the API roles, which hides a grant that a migration forgot.
  if (!Reflect.has(connection, 'rlsState')) throw new Error('@supabase/lite has no rlsState')
  Reflect.set(connection, 'rlsState', 'active')
  connection.normalizeDbError = printRefusalShort
  const app = new App({
    connection,
    auth: {
      enabled: true,
      jwt_secret: keys.jwtSecret,
      publishable_key: keys.publishableKey,
      secret_key: keys.secretKey,
      email: { enable_confirmations: false },
    },
    api: { enabled: true, schemas },
  })
  return {
    fetch: (request) => app.fetch(request),
    stop: () => connection.driver.end({ timeout: graceSeconds }),
  }
}

/** The Data API writes a function's JSON arguments itself; the driver would quote that once more. */
const jsonb: PostgresType = {
  to: 3802,
  from: [3802],
  serialize: (value) => (typeof value === 'string' ? value : JSON.stringify(value)),
  parse: (text: string): unknown => JSON.parse(text),
}

/** As in PostgREST, bytes are the text by which Postgres knows them, `\x0123`; not that text's bytes. */
const bytea: PostgresType = {
  to: 17,
  from: [17],
  serialize: (value) => String(value),
  parse: (text: string): unknown => text,
}

/** What the caller is told, and can mend: ours, a right that is missing, a value that is wrong. */
const refusal = /^(PT4\d\d|42501|2[23]...)$/

/** The server prints each error that it answers with: a refusal as one line, without a stack. */
function printRefusalShort(error: unknown): unknown {
  if (!(error instanceof postgres.PostgresError) || !refusal.test(error.code)) return error
  const line = `The Data API refused: ${error.message} (${error.code})`
  return Object.defineProperty(error, inspect.custom, { value: () => line })
}
