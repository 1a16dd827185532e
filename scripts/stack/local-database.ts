import { rm } from 'node:fs/promises'
import { findBinaries } from './binaries.ts'
import { bootstrapDatabase } from './bootstrap.ts'
import { pushMigrations } from './migrations.ts'
import { endOrphan, startPostgres, type PostgresServer } from './postgres.ts'
import { currentStamp, findObstacle, readStamp, writeStamp } from './stamp.ts'
import { stateFiles } from './state.ts'
import { UserError } from './user-error.ts'

/**
 * Starts the project's database on its port, made or brought up to date where that is needed.
 *
 * @throws {UserError} when the data folder was made by a version that this one cannot continue
 */
export async function startLocalDatabase(port: number): Promise<PostgresServer> {
  const { major } = await findBinaries()
  const [before, now] = [await readStamp(), await currentStamp(major)]
  const obstacle = before && findObstacle(before, now)
  if (obstacle) {
    throw new UserError(
      `The data in .everwatch/ cannot be used: ${obstacle}. Run: npm run reset && npm start`,
    )
  }
  await endOrphan(stateFiles.postgres)
  // Without a stamp the first start did not get to its end: nothing in the folder is worth keeping.
  if (!before) await rm(stateFiles.postgres, { recursive: true, force: true })

  const server = await startPostgres({ directory: stateFiles.postgres, port })
  try {
    if (!before) await bootstrapDatabase(server.url, 'granting')
    if (JSON.stringify(before) !== JSON.stringify(now)) {
      await pushMigrations(server.url)
      await writeStamp(now)
    }
  } catch (error) {
    await server.stop()
    throw error
  }
  return server
}
