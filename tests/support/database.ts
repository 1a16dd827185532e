import { randomUUID } from 'node:crypto'
import postgres, { type Sql, type TransactionSql } from 'postgres'
import { inject } from 'vitest'
import { applyRegime, type PrivilegeRegime } from '../../scripts/stack/bootstrap.ts'
import { withDatabase, withRole } from '../../scripts/stack/urls.ts'
import { atEndOfFile } from './cleanup.ts'

type Work<T> = (sql: TransactionSql) => Promise<T>

/** A migrated database of a test file's own. */
export interface TestDatabase {
  name: string
  /** The superuser's address. */
  url: string
  /** The address for another login role. */
  urlAs(role: string): string
  /** Acts as `postgres`, which owns our objects and sees every row. */
  sql: Sql
  /** One transaction as a signed-in user, as the Data API would run it. */
  asUser<T>(userId: string, work: Work<T>): Promise<T>
  /** One transaction as a caller without a session. */
  asAnonymous<T>(work: Work<T>): Promise<T>
  /** One transaction as the holder of the secret key. */
  asService<T>(work: Work<T>): Promise<T>
  /** A user who can sign in; returns the id. */
  createUser(email?: string): Promise<string>
}

export interface DatabaseOptions {
  regime?: PrivilegeRegime
  /** False leaves it as a new project's is, before the first push. */
  migrated?: boolean
}

/** Clones the template of a regime; the database goes when the test file ends. */
export async function createDatabase(options: DatabaseOptions = {}): Promise<TestDatabase> {
  const { regime = 'granting', migrated = true } = options
  const server = inject('serverUrl')
  const name = `test_${randomUUID().replaceAll('-', '')}`
  const admin = postgres(server, { max: 1, onnotice: () => {} })
  const template = migrated ? `template_${regime}` : 'base'
  await admin`create database ${admin(name)} template ${admin(template)} owner postgres`
  const url = withDatabase(server, name)
  await (migrated ? claimJobs(url) : applyRegime(url, regime))
  const urlAs = (role: string): string => withRole(url, role)
  const sql = postgres(urlAs('postgres'), { max: 10, onnotice: () => {} })
  const api = postgres(urlAs('authenticator'), { max: 5, onnotice: () => {} })

  atEndOfFile(async () => {
    await Promise.all([sql, api].map((client) => client.end({ timeout: 5 })))
    await admin`drop database ${admin(name)} with (force)`
    await admin.end()
  })

  const as = async <T>(role: string, claims: object, work: Work<T>): Promise<T> => {
    const result = await api.begin(async (transaction) => {
      await transaction`
        select set_config('role', ${role}, true),
          set_config('request.jwt.claims', ${JSON.stringify({ role, ...claims })}, true)`
      return { value: await work(transaction) }
    })
    return (result as { value: T }).value
  }

  return {
    name,
    url,
    urlAs,
    sql,
    asUser: (userId, work) => as('authenticated', { sub: userId }, work),
    asAnonymous: (work) => as('anon', {}, work),
    asService: (work) => as('service_role', {}, work),
    createUser: async (email) => {
      const id = randomUUID()
      await sql`insert into auth.users (id, email) values (${id}, ${email ?? `${id}@example.com`})`
      return id
    },
  }
}

/**
 * A clone's jobs are its own: a scheduler that serves it would else run them in the template. Real
 * pg_cron schedules all for the one database that it was made for.
 */
export async function claimJobs(url: string): Promise<void> {
  const superuser = postgres(url, { max: 1, onnotice: () => {} })
  await superuser`update cron.job set database = current_database()`
  await superuser.end()
}
