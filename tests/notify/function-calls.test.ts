import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import postgres from 'postgres'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { startWorker } from '../../scripts/stack/worker/index.ts'
import { createDatabase, type TestDatabase } from '../support/database.ts'

let db: TestDatabase
let superuser: postgres.Sql
let functions: Server
let status = 202

beforeAll(async () => {
  db = await createDatabase()
  superuser = postgres(db.url, { max: 1, onnotice: () => {} })
  functions = createServer((_request, response) => {
    if (status === 0) response.socket?.destroy()
    else response.writeHead(status).end()
  })
  await new Promise<void>((resolve) => functions.listen(0, '127.0.0.1', resolve))
  const { port } = functions.address() as AddressInfo
  await db.sql`update everwatch_private.settings set functions_url = ${`http://127.0.0.1:${port}`}`
})
afterAll(async () => {
  functions.close()
  await superuser.end()
})
beforeEach(async () => {
  status = 202
  await db.sql`delete from everwatch_private.function_calls`
})

const outcomes = async (inMinutes = 0): Promise<readonly object[]> => {
  await db.sql`select everwatch_private.record_call_outcomes(now() + ${inMinutes} * interval '1 minute')`
  return db.sql<object[]>`
    select outcome, status_code, error from everwatch_private.function_calls order by id`
}
const call = (): Promise<unknown> => db.sql`select everwatch_private.call_function('/notify', '{}')`

describe('a call of an edge function', () => {
  let worker: Awaited<ReturnType<typeof startWorker>>
  beforeAll(async () => {
    worker = await startWorker({ url: db.url })
  })
  afterAll(() => worker.stop())

  it.each([
    [202, { outcome: 'answered', status_code: 202, error: null }],
    [500, { outcome: 'answered', status_code: 500, error: null }],
    [0, { outcome: 'failed', status_code: null, error: expect.any(String) as string }],
  ])('that is answered with %i has its true outcome', async (answer, expected) => {
    status = answer
    await call()
    await expect.poll(() => outcomes(), { timeout: 10_000 }).toEqual([expected])
  })

  it('by a scheduled job names the job’s run', async () => {
    await db.sql`update everwatch_private.settings set heartbeat_url = 'https://beat.example'`
    await db.sql.begin(async (sql) => {
      // As pg_cron records it: the run, by the process that it is.
      await superuser`
        insert into cron.job_run_details (jobid, runid, job_pid, status, username, start_time)
        values (1, 4711, ${(await sql`select pg_backend_pid() as pid`)[0]?.['pid'] as number}, 'running',
          'postgres', now())`
      await sql`select everwatch_private.send_heartbeat()`
    })
    const [row] = await db.sql`select path, cron_run_id from everwatch_private.function_calls`
    expect(row).toEqual({ path: '/notify/heartbeat', cron_run_id: '4711' })
  })
})

describe('a call that has no answer', () => {
  it('is pending while it waits for pg_net', async () => {
    await call()
    expect(await outcomes(60)).toMatchObject([{ outcome: 'pending' }])
  })

  it('is lost when pg_net has forgotten it, as after a crash', async () => {
    await call()
    await db.sql`delete from net.http_request_queue`
    expect(await outcomes(4)).toMatchObject([{ outcome: 'pending' }])
    expect(await outcomes(6)).toMatchObject([{ outcome: 'lost' }])
  })

  it('is lost when another has its number, for pg_net counts from 1 again', async () => {
    await call()
    await superuser`alter sequence net.http_request_queue_id_seq restart with 1`
    await db.sql`delete from net.http_request_queue`
    await db.sql`delete from net._http_response`
    await db.sql`update everwatch_private.function_calls set request_id = 1 where true`
    await call()
    expect(await outcomes()).toMatchObject([{ outcome: 'lost' }, { outcome: 'pending' }])
  })
})

describe('the record', () => {
  it('is kept for 30 days', async () => {
    await call()
    await db.sql`select everwatch_private.trim_notifications(now() + interval '29 days')`
    expect(await outcomes()).toHaveLength(1)
    await db.sql`select everwatch_private.trim_notifications(now() + interval '31 days')`
    expect(await outcomes()).toHaveLength(0)
  })

  it('is of nothing until the operator has said where the functions are', async () => {
    await db.sql`update everwatch_private.settings set functions_url = null`
    await call()
    expect(await outcomes()).toEqual([])
  })

  it.each([
    'abc.supabase.co',
    'ftp://abc',
    'https://abc/functions/v1/',
    'https://me@abc/',
    'https://abc/?x',
  ])('is of nothing at %s, which is not where functions are', async (url) => {
    const attempt = db.sql`update everwatch_private.settings set functions_url = ${url}`
    await expect(attempt).rejects.toMatchObject({ code: '23514' })
  })
})
