import { beforeAll, describe, expect, it } from 'vitest'
import { startReceiver, type HttpReceiver, type Received } from '../support/http-receiver.ts'
import { queue, startPgNet, type PgNet } from '../support/pg-net.ts'

let net: PgNet
let receiver: HttpReceiver
beforeAll(async () => {
  net = await startPgNet()
  receiver = await startReceiver()
})

/** Sends `net.<call>`, in which $1 is the receiver's address, and returns what arrived. */
async function send(call: string): Promise<Received> {
  await net.responseTo(await queue(net, call, receiver.url))
  return receiver.received.at(-1)!
}

/** Versions of libcurl differ in how they write the digits of an encoded byte. */
const lowerCodes = (path: string): string => path.replace(/%../g, (code) => code.toLowerCase())

describe('net.http_get', () => {
  it('sends a GET, as libcurl would', async () => {
    expect(await send(`http_get($1)`)).toEqual({
      method: 'GET',
      path: '/',
      headers: expect.objectContaining({
        host: new URL(receiver.url).host,
        accept: '*/*',
        'user-agent': 'pg_net/0.20.4',
      }) as object,
      body: '',
    })
  })

  it.each([
    ['adds parameters to the query', `$1 || '/a?b=c', '{"d": 1, "e": "f"}'`, '/a?b=c&d=1&e=f'],
    ['encodes what is reserved', `$1, '{"a b&": "c=d/é+"}'`, '/?a%20b%26=c%3Dd%2F%C3%A9%2B'],
    ['leaves unreserved characters', `$1, '{"A-z": "0.9_~"}'`, '/?A-z=0.9_~'],
    ['leaves out a parameter that is null', `$1, '{"a": null, "b": 2}'`, '/?b=2'],
    ['sends no fragment', `$1 || '/a#b'`, '/a'],
    ['leaves the address as it was encoded', `$1 || '/a%20b?c=%2F'`, '/a%20b?c=%2F'],
  ])('%s', async (_reason, args, path) => {
    expect(lowerCodes((await send(`http_get(${args})`)).path)).toBe(lowerCodes(path))
  })

  it('sends the headers that are given, and no header that is null or empty', async () => {
    const { headers } = await send(
      `http_get($1, headers => '{"X-Text": "a b", "X-Number": 1, "X-Null": null, "X-Empty": ""}')`,
    )
    expect(headers).toMatchObject({ 'x-text': 'a b', 'x-number': '1' })
    expect(headers).not.toHaveProperty('x-null')
    expect(headers).not.toHaveProperty('x-empty')
  })

  it('sends its own headers otherwise when they are given, or not when they are empty', async () => {
    const { headers } = await send(`http_get($1, headers => '{"Accept": "", "Host": "other"}')`)
    expect(headers).not.toHaveProperty('accept')
    expect(headers.host).toBe('other')
  })
})

describe('net.http_post', () => {
  it('sends JSON, as Postgres writes jsonb and not as it was typed', async () => {
    const request = await send(`http_post($1, '{"b":1,  "a":"é", "b":2}')`)
    expect(request).toMatchObject({ method: 'POST', body: '{"a": "é", "b": 2}' })
    expect(request.headers).toMatchObject({
      'content-type': 'application/json',
      'content-length': '19',
    })
  })

  it.each([
    ['an empty object by default', `http_post($1)`, '{}'],
    ['any JSON', `http_post($1, '[1, "two", null]')`, '[1, "two", null]'],
    ['nothing for a null', `http_post($1, null)`, ''],
  ])('sends %s', async (_reason, call, body) => {
    expect(await send(call)).toMatchObject({ method: 'POST', body })
  })

  it('adds the type of the content to headers without it, whatever its case', async () => {
    const added = await send(`http_post($1, headers => '{"X-Id": "1"}')`)
    expect(added.headers).toMatchObject({ 'x-id': '1', 'content-type': 'application/json' })
    const given = await send(`http_post($1, headers => '{"CONTENT-TYPE": "application/json"}')`)
    expect(given.headers['content-type']).toBe('application/json')
  })

  it('sends JSON as a form when the headers are null', async () => {
    const { headers } = await send('http_post($1, headers => null)')
    expect(headers['content-type']).toBe('application/x-www-form-urlencoded')
  })

  it('adds parameters to the query', async () => {
    expect((await send(`http_post($1, params => '{"a": "b"}')`)).path).toBe('/?a=b')
  })
})

describe('net.http_delete', () => {
  it('sends a DELETE without a body by default', async () => {
    expect(await send(`http_delete($1, '{"a": "b"}')`)).toMatchObject({
      method: 'DELETE',
      path: '/?a=b',
      body: '',
    })
  })

  it('sends the JSON that is given', async () => {
    expect(await send(`http_delete($1, body => '{"a":1}')`)).toMatchObject({
      method: 'DELETE',
      body: '{"a": 1}',
    })
  })
})
