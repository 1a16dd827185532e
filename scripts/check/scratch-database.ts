import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { bootstrapDatabase } from '../stack/bootstrap.ts'
import { pushMigrations } from '../stack/migrations.ts'
import { findFreePort } from '../stack/ports.ts'
import { startPostgres } from '../stack/postgres.ts'

/** Does something with a migrated database that is gone afterwards. `url` is the superuser's. */
export async function withScratchDatabase<T>(work: (url: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'everwatch-check-'))
  const server = await startPostgres({
    directory: join(folder, 'data'),
    port: await findFreePort(),
    settings: { fsync: 'off' },
  })
  try {
    await bootstrapDatabase(server.url, 'strict')
    await pushMigrations(server.url)
    return await work(server.url)
  } finally {
    await server.stop()
    await rm(folder, { recursive: true, force: true })
  }
}
