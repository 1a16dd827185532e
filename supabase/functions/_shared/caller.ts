import { createAdminClient, createContextClient, verifyAuth } from '@supabase/server/core'
import type { SupabaseClient } from '@supabase/supabase-js'
import type { Database } from './database.types.ts'
import { HttpError, internalError, unauthenticated } from './everwatch/http/errors.ts'

export interface Caller {
  mode: 'user' | 'secret'
  /** Asks the database as the caller: row level security applies to a user. */
  database: SupabaseClient<Database>
}

/** What is asked of the database is ours alone, whatever the project has beside it. */
const supabaseOptions = { db: { schema: 'everwatch' } }

/**
 * Who calls: a signed-in user (`Authorization: Bearer`), or the holder of a secret key (`apikey`).
 *
 * @throws {HttpError} 401 without a valid credential, 403 with one of the wrong kind
 */
export async function authenticate(
  request: Request,
  allowed: Caller['mode'][] = ['user', 'secret'],
): Promise<Caller> {
  const caller = await identify(request)
  if (!allowed.includes(caller.mode)) {
    throw new HttpError(403, 'secret_key_required', 'Send a secret key in the apikey header.')
  }
  return caller
}

async function identify(request: Request): Promise<Caller> {
  // Any of a project's secret keys, so that each server may hold one of its own.
  const { data, error } = await verifyAuth(request, { auth: ['user', 'secret:*'] })
  if (error && error.status >= 500) throw internalError(error)
  if (error) throw unauthenticated()
  // One client, of the one who calls: to make one takes longer than to look who calls.
  return data.authMode === 'secret'
    ? {
        mode: 'secret',
        database: createAdminClient<Database>({
          auth: { keyName: data.keyName ?? null },
          supabaseOptions,
        }),
      }
    : {
        mode: 'user',
        database: createContextClient<Database>({ auth: { token: data.token }, supabaseOptions }),
      }
}

/** Asks the database with the secret key, for a caller who is known by other means: a signature. */
export function connectAsService(): SupabaseClient<Database> {
  return createAdminClient<Database>({ supabaseOptions })
}
