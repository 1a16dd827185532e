import { beforeAll, describe, expect, it } from 'vitest'
import { startReceiver, type HttpReceiver } from '../support/http-receiver.ts'
import { queue, startPgNet, type NetResponse, type PgNet } from '../support/pg-net.ts'

let net: PgNet
let receiver: HttpReceiver
let other: HttpReceiver
beforeAll(async () => {
  net = await startPgNet()
  other = await startReceiver()
  // `/302/to/…` leads to `…`, as it stands.
  receiver = await startReceiver((response, { path }) => {
    const [, status, location] = /^\/(3\d\d)\/to\/(.*)$/.exec(path) ?? []
    if (!status) return response.end('arrived')
    const target = location === 'other' ? other.url : (location ?? '')
    response.writeHead(Number(status), target === '' ? {} : { 'X-Hop': 'first', location: target })
    response.end('moved')
  })
})

/** Sends `net.<call>`, in which $1 is the receiver's address. */
async function send(call: string): Promise<NetResponse> {
  return net.responseTo(await queue(net, call, receiver.url))
}

describe('a redirect', () => {
  it('is followed: the answer is the last one’s, but for the headers, which are the first’s', async () => {
    expect(await send(`http_get($1 || '/302/to//301/to//end')`)).toMatchObject({
      status_code: 200,
      content: 'arrived',
      headers: { 'X-Hop': 'first', location: '/301/to//end' },
    })
    expect(receiver.received.slice(-3).map(({ path }) => path)).toEqual([
      '/302/to//301/to//end',
      '/301/to//end',
      '/end',
    ])
  })

  it.each([
    ['301 makes a GET of a POST', 301, `http_post($1 || $2, '{"a": 1}')`, 'GET', ''],
    ['302 makes a GET of a POST', 302, `http_post($1 || $2, '{"a": 1}')`, 'GET', ''],
    ['303 makes a GET of a POST', 303, `http_post($1 || $2, '{"a": 1}')`, 'GET', ''],
    ['307 keeps a POST', 307, `http_post($1 || $2, '{"a": 1}')`, 'POST', '{"a": 1}'],
    ['308 keeps a POST', 308, `http_post($1 || $2, '{"a": 1}')`, 'POST', '{"a": 1}'],
    ['303 empties a DELETE', 303, `http_delete($1 || $2, body => '{"a": 1}')`, 'DELETE', ''],
    ['307 keeps a DELETE', 307, `http_delete($1 || $2, body => '{"a": 1}')`, 'DELETE', '{"a": 1}'],
  ])('of %s', async (_reason, status, call, method, body) => {
    await send(call.replace('$2', `'/${status}/to//end'`))
    expect(receiver.received.at(-1)).toMatchObject({ path: '/end', method, body })
  })

  it('to another host takes the headers along, but for credentials', async () => {
    const headers = '{"Authorization": "secret", "Cookie": "secret", "X-Key": "kept"}'
    await send(`http_get($1 || '/302/to/other', headers => '${headers}')`)
    expect(other.received.at(-1)?.headers).toMatchObject({ 'x-key': 'kept' })
    expect(JSON.stringify(other.received)).not.toContain('secret')
  })

  it('to nowhere is the answer itself', async () => {
    expect(await send(`http_get($1 || '/302/to/')`)).toMatchObject({
      status_code: 302,
      content: 'moved',
    })
  })

  it('to another protocol fails', async () => {
    expect(await send(`http_get($1 || '/302/to/ftp://127.0.0.1/')`)).toMatchObject({
      status_code: null,
      error_msg: 'Unsupported protocol',
    })
  })

  it('that never ends is ended by the timeout at the latest', async () => {
    const loop = await startReceiver((response, { path }) => {
      response.writeHead(302, { location: path }).end()
    })
    const id = await queue(net, 'http_get($1, timeout_milliseconds => 300)', loop.url)
    expect(await net.responseTo(id)).toMatchObject({
      status_code: null,
      error_msg: expect.any(String) as string,
    })
  })
})
