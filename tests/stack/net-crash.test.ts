import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import postgres, { type Sql } from 'postgres'
import { beforeAll, describe, expect, it } from 'vitest'
import { bootstrapDatabase } from '../../scripts/stack/bootstrap.ts'
import { findFreePort } from '../../scripts/stack/ports.ts'
import { startPostgres, type PostgresServer } from '../../scripts/stack/postgres.ts'
import { startWorker } from '../../scripts/stack/worker/index.ts'
import { atEndOfFile } from '../support/cleanup.ts'
import { startReceiver, type HttpReceiver } from '../support/http-receiver.ts'

let server: PostgresServer
let sql: Sql
let receiver: HttpReceiver

// A server of its own, since all the others' sessions end with it.
beforeAll(async () => {
  const folder = await mkdtemp(join(tmpdir(), 'everwatch-crash-'))
  server = await startPostgres({
    directory: join(folder, 'data'),
    port: await findFreePort(),
  })
  await bootstrapDatabase(server.url)
  sql = postgres(server.url, { max: 1, onnotice: () => {} })
  await sql`create extension if not exists pg_net with schema extensions`
  await sql`create table public.ledger (id bigint)`
  const worker = await startWorker({ url: server.url, onError: () => {} })
  receiver = await startReceiver()
  atEndOfFile(async () => {
    await worker.stop()
    await sql.end()
    await server.stop()
    await rm(folder, { recursive: true })
  })
})

/** Keeps the worker from taking anything out of the queue, until the server crashes. */
async function holdWorker(): Promise<void> {
  const holder = postgres(server.url, { max: 1, onnotice: () => {} })
  atEndOfFile(() => holder.end({ timeout: 0 }))
  await holder`begin`
  await holder`lock table net._http_response in access exclusive mode`
}

/** Kills a session as the system would that is out of memory: Postgres ends all, and recovers. */
async function crash(): Promise<void> {
  const [session] = await sql<[{ pid: number }]>`select pg_backend_pid() as pid`
  process.kill(session.pid, 'SIGKILL')
}

/** How many responses there are; undefined while nobody can be asked. */
async function countResponses(): Promise<number | undefined> {
  const rows = await sql`select from net._http_response`.catch(() => undefined)
  return rows?.length
}

describe('a crash of Postgres', { timeout: 90_000 }, () => {
  it('empties the queue and the responses, and begins their ids anew', async () => {
    const [sent] = await sql<[{ id: string }]>`select net.http_get(${receiver.url}) as id`
    await expect
      .poll(() => sql`select status_code from net._http_response where id = ${sent.id}`, {
        timeout: 25_000,
      })
      .toEqual([{ status_code: 200 }])
    await holdWorker()
    await sql`select net.http_get(${`${receiver.url}/lost`})`
    await sql`insert into public.ledger values (1)`

    await crash()
    await expect.poll(countResponses, { timeout: 25_000 }).toBe(0)
    expect(await sql`select from net.http_request_queue`).toHaveLength(0)
    expect(await sql`select from public.ledger`).toHaveLength(1)
    expect(await sql`select net.http_get(${`${receiver.url}/again`}) as id`).toEqual([{ id: '1' }])
  })

  it('is survived by the worker, which sends what is queued from then on', async () => {
    await expect
      .poll(() => receiver.received.map(({ path }) => path), { timeout: 25_000 })
      .toEqual(['/', '/again'])
  })
})
