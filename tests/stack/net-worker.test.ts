import { beforeAll, describe, expect, it } from 'vitest'
import { startReceiver, type HttpReceiver } from '../support/http-receiver.ts'
import { queue, startPgNet, type PgNet } from '../support/pg-net.ts'

let net: PgNet
let receiver: HttpReceiver
beforeAll(async () => {
  net = await startPgNet()
  receiver = await startReceiver((response, { path }) => {
    if (path === '/slow') setTimeout(() => response.end(), 300)
    else response.end()
  })
})

/** The process of the worker's session; undefined while there is none. */
async function workerPid(): Promise<number | undefined> {
  const [row] = await net.superuser<{ pid: number }[]>`
    select pid from pg_stat_activity
    where application_name like 'pg_net %' and datname = current_database()`
  return row?.pid
}

describe('a worker that runs', () => {
  it('is found to be up', async () => {
    await expect(net.sql`select net.wait_until_running()`).resolves.toHaveLength(1)
    await expect(net.sql`select net.check_worker_is_up()`).resolves.toHaveLength(1)
  })

  it('seems down to a role that may not see the sessions of others', async () => {
    const check = net.sql.begin(async (sql) => {
      await sql`set local role authenticated`
      await sql`select net.check_worker_is_up()`
    })
    await expect(check).rejects.toThrow('the pg_net background worker is not up')
  })

  it('begins anew when it is asked to, by any role, but ends its batch first', async () => {
    const before = await workerPid()
    const id = await queue(net, 'http_get($1)', `${receiver.url}/slow`)
    await expect.poll(() => receiver.received.at(-1)?.path, { timeout: 25_000 }).toBe('/slow')
    const [row] = await net.sql.begin(async (sql) => {
      await sql`set local role anon`
      return sql`select net.worker_restart() as reloaded`
    })
    expect(row).toEqual({ reloaded: true })
    expect(await net.responseTo(id)).toMatchObject({ status_code: 200 })
    await expect.poll(workerPid, { timeout: 25_000 }).toBeUndefined()
    await expect.poll(workerPid, { timeout: 25_000 }).toEqual(expect.any(Number))
    expect(await workerPid()).not.toBe(before)
    expect(receiver.received.filter(({ path }) => path === '/slow')).toHaveLength(1)
  })

  it('sends nothing any more once a request has headers that are no object, until it is gone', async () => {
    const [row] = await net.sql<[{ bad: string; behind: string }]>`
      select net.http_get(${receiver.url}, headers => '[1]') as bad,
        net.http_get(${`${receiver.url}/behind`}) as behind`
    await expect.poll(workerPid, { timeout: 25_000 }).toBeUndefined()
    expect(receiver.received.some(({ path }) => path === '/behind')).toBe(false)
    expect(await net.sql`select from net.http_request_queue`).toHaveLength(2)

    await net.sql`delete from net.http_request_queue where id = ${row.bad}`
    expect(await net.responseTo(row.behind)).toMatchObject({ status_code: 200 })
  })
})

describe('a worker that does not run', () => {
  // The real one ends its batch first, and breaks one off only when storing a response fails.
  it('has broken a batch off, which is sent again, whole, once it is back', async () => {
    const [answered, slow] = [`${receiver.url}/answered`, `${receiver.url}/slow`]
    const arrivals = (): string[] => receiver.received.slice(before).map(({ path }) => path)
    const before = receiver.received.length
    const [row] = await net.sql<[{ id: string }]>`
      select net.http_get(${answered}), net.http_get(${slow}) as id`
    await expect.poll(arrivals, { timeout: 25_000 }).toHaveLength(2)
    await net.stopWorker()
    await net.startWorker()
    expect(await net.responseTo(row.id)).toMatchObject({ status_code: 200 })
    expect(arrivals().toSorted()).toEqual(['/answered', '/answered', '/slow', '/slow'])
  })

  it('is found to be down, and sends what has waited once it is back', async () => {
    await net.stopWorker()
    const id = await queue(net, 'http_get($1)', `${receiver.url}/waited`)
    const check = (): Promise<unknown> =>
      net.sql`select net.check_worker_is_up()`.catch((error: unknown) => error)
    // The server ends its session a moment after it has gone.
    await expect.poll(check).toMatchObject({
      code: 'P0001',
      message: 'the pg_net background worker is not up',
      detail: expect.stringContaining('cannot process requests') as string,
      hint: expect.stringContaining('internal tables') as string,
    })
    expect(receiver.received.some(({ path }) => path === '/waited')).toBe(false)

    await net.startWorker()
    await net.sql`select net.wait_until_running()`
    expect(await net.responseTo(id)).toMatchObject({ status_code: 200 })
  })
})
