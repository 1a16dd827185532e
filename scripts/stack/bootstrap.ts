import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { getAuthSchemaSql } from '@supabase/lite'
import postgres from 'postgres'
import { platform } from './binaries.ts'

/**
 * What new objects in `public` are granted: `granting` is the older regime, in which the API roles
 * receive everything; `strict` is that of projects made since late October 2026: nothing.
 */
export type PrivilegeRegime = 'granting' | 'strict'

const regimes: Record<PrivilegeRegime, string> = {
  granting: `
    alter default privileges for role postgres in schema public
      grant all on tables to postgres, anon, authenticated, service_role;
    alter default privileges for role postgres in schema public
      grant all on sequences to postgres, anon, authenticated, service_role;
    alter default privileges for role postgres in schema public
      grant all on functions to postgres, anon, authenticated, service_role;`,
  strict: `
    alter default privileges for role postgres revoke execute on functions from public;`,
}

/** Makes an empty database what a new Supabase project is. `url` is the superuser's. */
export async function bootstrapDatabase(url: string, regime?: PrivilegeRegime): Promise<void> {
  const directory = import.meta.dirname
  const sql = postgres(url, { max: 1, onnotice: () => {} })
  try {
    await sql.unsafe(await readFile(join(directory, 'bootstrap.sql'), 'utf8'))
    await sql.unsafe(`
      set role supabase_auth_admin;
      ${getAuthSchemaSql()};
      reset role;
      grant all on all tables in schema auth to postgres;
      grant usage on schema auth to data_api;
      grant select on all tables in schema auth to data_api;`)
    if (platform === 'debian') {
      await sql.unsafe(await readFile(join(directory, 'bootstrap-pg-cron.sql'), 'utf8'))
    }
    if (regime) await applyRegime(url, regime)
  } finally {
    await sql.end()
  }
}

/** Sets what objects made from now on in `public` are granted. */
export async function applyRegime(url: string, regime: PrivilegeRegime): Promise<void> {
  const sql = postgres(url, { max: 1, onnotice: () => {} })
  try {
    await sql.unsafe(regimes[regime])
  } finally {
    await sql.end()
  }
}
