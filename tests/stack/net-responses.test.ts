import { beforeAll, describe, expect, it } from 'vitest'
import { findFreePort } from '../../scripts/stack/ports.ts'
import { startReceiver, type Answer, type HttpReceiver } from '../support/http-receiver.ts'
import { queue, startPgNet, type NetResponse, type PgNet } from '../support/pg-net.ts'

/** How the receiver answers, by path. */
const answers: Record<string, Answer> = {
  '/created': (response) => response.writeHead(201, { 'Content-Type': 'text/plain' }).end('made'),
  '/fails': (response) => response.writeHead(500, { 'X-Reason': 'none' }).end('{"error": "é"}'),
  '/twice': (response) => response.writeHead(200, ['X-A', '1', 'X-A', '2']).end(),
  '/empty': (response) => response.writeHead(204).end(),
  '/nul': (response) => response.end('before\0after'),
  '/closes': (response) => response.destroy(),
  '/breaks-off': (response) => {
    response.writeHead(200, { 'content-length': '100' }).write('half', () => response.destroy())
  },
  '/resets': (response) => response.socket?.resetAndDestroy(),
  '/nonsense': (response) => response.socket?.end('no HTTP at all\r\n\r\n'),
  '/half-http': (response) => response.socket?.end('HTTP/1.1 200 OK\r\nno colon\r\n\r\n'),
  '/hangs': () => {},
}

let net: PgNet
let receiver: HttpReceiver
beforeAll(async () => {
  net = await startPgNet()
  receiver = await startReceiver((response, { path }) => answers[path]?.(response, received(path)))
})

const received = (path: string) => receiver.received.findLast((request) => request.path === path)!

async function get(path: string, timeout = 5000): Promise<NetResponse> {
  const call = `http_get($1, timeout_milliseconds => ${timeout})`
  return net.responseTo(await queue(net, call, `${receiver.url}${path}`))
}

const failure = { status_code: null, content_type: null, headers: null, content: null }

describe('an answer', () => {
  it('is kept with its status, headers and content', async () => {
    expect(await get('/created')).toMatchObject({
      status_code: 201,
      content_type: 'text/plain',
      headers: { 'Content-Type': 'text/plain' },
      content: 'made',
      timed_out: false,
      error_msg: null,
    })
  })

  it('of failure is kept alike, and nothing is tried again', async () => {
    expect(await get('/fails')).toMatchObject({
      status_code: 500,
      content_type: null,
      headers: { 'X-Reason': 'none' },
      content: '{"error": "é"}',
      timed_out: false,
      error_msg: null,
    })
    await get('/created')
    expect(receiver.received.filter(({ path }) => path === '/fails')).toHaveLength(1)
  })

  it.each([
    ['has no content when it is empty', '/empty', { status_code: 204, content: null }],
    ['ends at the first NUL, which text cannot hold', '/nul', { content: 'before' }],
    ['keeps the last of headers of one name', '/twice', { headers: { 'X-A': '2' } }],
  ])('%s', async (_reason, path, response) => {
    expect(await get(path)).toMatchObject({ ...response, error_msg: null })
  })
})

describe('a request that fails', () => {
  it.each([
    ['closes at once', '/closes', 'Server returned nothing (no headers, no data)'],
    ['breaks off', '/breaks-off', 'Transferred a partial file'],
    ['resets the connection', '/resets', 'Failure when receiving data from the peer'],
    ['speaks no HTTP', '/nonsense', 'Unsupported protocol'],
    ['speaks HTTP badly', '/half-http', 'Weird server reply'],
  ])('since the receiver %s is kept with the reason', async (_reason, path, error_msg) => {
    expect(await get(path)).toMatchObject({ ...failure, timed_out: false, error_msg })
  })

  it('since nobody listens is kept with the reason', async () => {
    const id = await queue(net, 'http_get($1)', `http://127.0.0.1:${await findFreePort()}`)
    expect(await net.responseTo(id)).toMatchObject({
      ...failure,
      timed_out: false,
      error_msg: "Couldn't connect to server",
    })
  })

  it.each([
    ['the host has no address', 'http://nowhere.invalid', "Couldn't resolve host name"],
    ['the protocol is not HTTP', 'ftp://127.0.0.1/', 'Unsupported protocol'],
    ['the protocol reads files', 'file:///etc/hostname', 'Unsupported protocol'],
  ])('since %s is kept with the reason', async (_reason, url, error_msg) => {
    const id = await queue(net, 'http_get($1)', url)
    expect(await net.responseTo(id)).toMatchObject({ ...failure, timed_out: false, error_msg })
  })

  it('since TLS meets plain HTTP is kept with the reason', async () => {
    const id = await queue(net, 'http_get($1)', receiver.url.replace('http:', 'https:'))
    expect(await net.responseTo(id)).toMatchObject({ ...failure, error_msg: 'SSL connect error' })
  })

  it('since the receiver takes too long is kept with how long each step took', async () => {
    const response = await get('/hangs', 500)
    expect(response).toMatchObject({ ...failure, timed_out: true })
    const [, ...times] =
      /^Timeout of 500 ms reached\. Total time: (\d+\.\d{6}) ms \(DNS time: (\d+\.\d{6}) ms, TCP\/SSL handshake time: (\d+\.\d{6}) ms, HTTP Request\/Response time: (\d+\.\d{6}) ms\)$/.exec(
        response.error_msg ?? '',
      ) ?? []
    const [total = 0, lookup = 0, handshake = 0, exchange = 0] = times.map(Number)
    expect(total).toBeGreaterThanOrEqual(500)
    expect(exchange).toBeGreaterThan(0)
    expect(lookup + handshake + exchange).toBeCloseTo(total, 0)
  })
})
