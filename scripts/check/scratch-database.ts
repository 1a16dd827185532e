import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { bootstrapDatabase } from '../stack/bootstrap.ts'
import { pushMigrations } from '../stack/migrations.ts'
import { findFreePort } from '../stack/ports.ts'
import { startPostgres } from '../stack/postgres.ts'

type Work<T> = (url: string) => Promise<T>

/**
 * Does something with a database that is gone afterwards.
 *
 * @param work gets the superuser's address
 * @param fill makes of a new project what is worked with; by default by the migrations
 */
export async function withScratchDatabase<T>(
  work: Work<T>,
  fill: Work<void> = pushMigrations,
): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'everwatch-check-'))
  const server = await startPostgres({
    directory: join(folder, 'data'),
    port: await findFreePort(),
    settings: { fsync: 'off' },
  })
  try {
    await bootstrapDatabase(server.url, 'strict')
    await fill(server.url)
    return await work(server.url)
  } finally {
    await server.stop()
    await rm(folder, { recursive: true, force: true })
  }
}
