import { execFile } from 'node:child_process'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { findBinaries } from '../../stack/binaries.ts'
import { findFreePort } from '../../stack/ports.ts'
import { endOrphan, startPostgres, type PostgresServer } from '../../stack/postgres.ts'
import { currentStamp } from '../../stack/stamp.ts'
import { readText, stateFiles } from '../../stack/state.ts'

/** Nothing is worth more than speed while a history is made. */
const loading = {
  fsync: 'off',
  full_page_writes: 'off',
  wal_level: 'minimal',
  max_wal_senders: '0',
  max_wal_size: '16GB',
  shared_buffers: '2GB',
  work_mem: '256MB',
  maintenance_work_mem: '512MB',
  autovacuum: 'off',
}

/** Durable, and with the memory of the smallest hosted project. */
const measuring = {
  fsync: 'on',
  full_page_writes: 'on',
  synchronous_commit: 'on',
  shared_buffers: '128MB',
  max_wal_size: '4GB',
}

const settings = { loading, measuring }

/** What a server is started for. */
export type Purpose = keyof typeof settings

/**
 * Starts the benchmarks' own server. Its folder is kept between runs, as long as the project's SQL
 * stays as it is.
 */
export async function startServer(purpose: Purpose): Promise<PostgresServer> {
  const directory = await prepareFolder()
  const server = await startPostgres({
    directory,
    port: await findFreePort(),
    settings: settings[purpose],
  })
  return {
    ...server,
    stop: async () => {
      await server.stop()
      // What was loaded without waiting for the disk is not to be written while something is measured.
      if (purpose === 'loading' && process.platform !== 'win32') await promisify(execFile)('sync')
    },
  }
}

async function prepareFolder(): Promise<string> {
  const directory = stateFiles.benchPostgres
  const stampFile = join(dirname(directory), 'stamp.json')
  const stamp = JSON.stringify(await currentStamp((await findBinaries()).major), null, 2)
  if ((await readText(stampFile)) !== stamp) {
    await endOrphan(directory)
    await rm(dirname(directory), { recursive: true, force: true })
    await mkdir(dirname(directory), { recursive: true, mode: 0o700 })
    await writeFile(stampFile, stamp, { mode: 0o600 })
  }
  return directory
}
