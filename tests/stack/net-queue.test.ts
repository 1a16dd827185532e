import { randomUUID } from 'node:crypto'
import type { ServerResponse } from 'node:http'
import { afterEach, beforeAll, describe, expect, it } from 'vitest'
import { startReceiver, type HttpReceiver } from '../support/http-receiver.ts'
import { queue, startPgNet, type PgNet } from '../support/pg-net.ts'

let net: PgNet
let receiver: HttpReceiver
let held: ServerResponse | undefined
beforeAll(async () => {
  net = await startPgNet()
  receiver = await startReceiver((response, { path }) => {
    if (path === '/held') held = response
    else response.end()
  })
})

const newPath = (): string => `/${randomUUID()}`
const arrived = (path: string): boolean =>
  receiver.received.some((request) => request.path === path)

/** Sends a request and waits for its response: by then the worker has looked at the queue. */
async function sendAnother(): Promise<void> {
  await net.responseTo(await queue(net, 'http_get($1)', receiver.url))
}

describe('a request', () => {
  it('is sent when its transaction commits, and not before', async () => {
    const path = newPath()
    const id = await net.sql.begin(async (sql) => {
      const [row] = await sql<[{ id: string }]>`select net.http_get(${receiver.url + path}) as id`
      await sendAnother()
      expect(arrived(path)).toBe(false)
      return row.id
    })
    await net.responseTo(id)
    expect(arrived(path)).toBe(true)
  })

  it('is never sent when its transaction, or the part that made it, is rolled back', async () => {
    const [kept, undone, lost] = [newPath(), newPath(), newPath()]
    const id = await net.sql.begin(async (sql) => {
      const [row] = await sql<[{ id: string }]>`select net.http_get(${receiver.url + kept}) as id`
      await sql
        .savepoint(async (part) => {
          await part`select net.http_get(${receiver.url + undone})`
          throw new Error('undo')
        })
        .catch(() => {})
      return row.id
    })
    await net.sql
      .begin(async (sql) => {
        await sql`select net.http_get(${receiver.url + lost})`
        throw new Error('undo')
      })
      .catch(() => {})
    await net.responseTo(id)
    await sendAnother()
    expect([kept, undone, lost].map(arrived)).toEqual([true, false, false])
  })

  it('leaves the queue once it has its response', async () => {
    const id = await queue(net, 'http_get($1)', receiver.url)
    await net.responseTo(id)
    expect(await net.sql`select from net.http_request_queue where id = ${id}`).toHaveLength(0)
  })

  it('is not sent when it was deleted from the queue before', async () => {
    const [gone, left] = [newPath(), newPath()]
    const id = await net.sql.begin(async (sql) => {
      const [row] = await sql<[{ gone: string; left: string }]>`
        select net.http_get(${receiver.url + gone}) as gone, net.http_get(${receiver.url + left}) as left`
      await sql`delete from net.http_request_queue where id = ${row.gone}`
      return row.left
    })
    await net.responseTo(id)
    expect([gone, left].map(arrived)).toEqual([false, true])
  })

  it('that was put into the queue by hand is sent when the worker is woken', async () => {
    const path = newPath()
    await net.sql`
      insert into net.http_request_queue (method, url, timeout_milliseconds)
      values ('get', ${receiver.url + path}, 5000)`
    await net.sql`select net.wake()`
    await expect.poll(() => arrived(path), { timeout: 25_000 }).toBe(true)
  })
})

describe('a batch', { timeout: 90_000 }, () => {
  afterEach(() => {
    held?.end()
  })

  it('is of 200 requests, all of which wait for the slowest, as do those behind them', async () => {
    await net.sql`truncate net._http_response`
    const path = newPath()
    const [last] = await net.sql<[{ id: string }]>`
      select max(net.http_get(url, timeout_milliseconds => 60000)) as id
      from (
        select ${`${receiver.url}/held`} as url
        union all
        select ${receiver.url + path} from generate_series(1, 200)
      ) as requests`
    const arrivals = (): number => receiver.received.filter((each) => each.path === path).length
    await expect.poll(arrivals, { timeout: 45_000 }).toBe(199)
    expect(await net.sql`select from net._http_response`).toHaveLength(0)
    expect(await net.sql`select from net.http_request_queue`).toHaveLength(201)

    held?.end()
    await net.responseTo(last.id)
    expect(arrivals()).toBe(200)
    const batches = await net.sql`
      select count(*)::integer as requests from net._http_response group by created order by created`
    expect(batches).toEqual([{ requests: 200 }, { requests: 1 }])
  })
})

describe('a response', () => {
  it('is kept for 6 hours, and goes when the worker next has something to do', async () => {
    await net.sql`
      insert into net._http_response (id, created)
      values (-1, now() - interval '6 hours 1 minute'), (-2, now() - interval '5 hours 59 minutes')`
    await sendAnother()
    expect(await net.sql`select id from net._http_response where id < 0`).toEqual([{ id: '-2' }])
  })

  it('dates from when its batch began, however long it took', async () => {
    const before = await net.sql<[{ at: Date }]>`select clock_timestamp() as at`
    const call = 'http_get($1, timeout_milliseconds => 500)'
    const { created } = await net.responseTo(await queue(net, call, `${receiver.url}/held`))
    const [age] = await net.sql<[{ ms: number }]>`
      select extract(epoch from clock_timestamp() - ${created}::timestamptz)::float * 1000 as ms`
    expect(created.getTime()).toBeGreaterThanOrEqual(before[0].at.getTime())
    expect(age.ms).toBeGreaterThanOrEqual(500)
  })
})
