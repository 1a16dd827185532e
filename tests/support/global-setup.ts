import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import postgres from 'postgres'
import type { TestProject } from 'vitest/node'
import { platform } from '../../scripts/stack/binaries.ts'
import { applyRegime, bootstrapDatabase } from '../../scripts/stack/bootstrap.ts'
import { pushMigrations } from '../../scripts/stack/migrations.ts'
import { findFreePort } from '../../scripts/stack/ports.ts'
import { startPostgres, type PostgresServer } from '../../scripts/stack/postgres.ts'
import { withDatabase } from '../../scripts/stack/urls.ts'

declare module 'vitest' {
  export interface ProvidedContext {
    /** The superuser's address of the server that all test files share. */
    serverUrl: string
  }
}

/** A server nobody keeps: speed over durability. */
const throwaway = { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' }

/**
 * One server for the whole run, with a migrated template for each regime of default privileges;
 * each test file clones one (`createDatabase`), which takes a fraction of a second.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), 'everwatch-test-'))
  const server = await startServer(join(folder, 'data'))
  const stop = async (): Promise<void> => {
    await server.stop()
    await rm(folder, { recursive: true, force: true })
  }
  try {
    await makeTemplates(server.url)
  } catch (error) {
    await stop()
    throw error
  }
  project.provide('serverUrl', server.url)
  return stop
}

/**
 * Real pg_cron can be created in one database of a server only, and its scheduler stays connected
 * to that one, so that it could not be a template. The base is made first, under its name; then the
 * server starts again with `postgres` as the scheduler's.
 */
async function startServer(directory: string): Promise<PostgresServer> {
  const port = await findFreePort()
  const options = { directory, port, settings: { ...throwaway, max_connections: '200' } }
  if (platform === 'embedded') {
    const server = await startPostgres(options)
    await createBase(server.url)
    return server
  }
  const cron = { 'cron.host': '127.0.0.1', 'cron.timezone': 'GMT' }
  const first = await startPostgres({
    ...options,
    settings: { ...options.settings, ...cron, 'cron.database_name': 'base' },
  })
  await createBase(first.url)
  await first.stop()
  const second = await startPostgres({
    ...options,
    settings: { ...options.settings, ...cron, 'cron.database_name': 'postgres' },
  })
  await bootstrapDatabase(second.url)
  return second
}

async function createBase(url: string): Promise<void> {
  await execute(url, 'create database base')
  await bootstrapDatabase(withDatabase(url, 'base'))
}

async function makeTemplates(url: string): Promise<void> {
  for (const regime of ['granting', 'strict'] as const) {
    const template = `template_${regime}`
    await execute(url, `create database ${template} template base owner postgres`)
    await applyRegime(withDatabase(url, template), regime)
    await pushMigrations(withDatabase(url, template))
  }
}

async function execute(url: string, statement: string): Promise<void> {
  const sql = postgres(url, { max: 1, onnotice: () => {} })
  await sql.unsafe(statement)
  await sql.end()
}
