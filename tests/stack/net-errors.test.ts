import { beforeAll, describe, expect, it } from 'vitest'
import { createDatabase, type TestDatabase } from '../support/database.ts'

let db: TestDatabase
beforeAll(async () => {
  db = await createDatabase()
})

const invalidUrls: [url: string, problem: string][] = [
  ['', 'Bad scheme'],
  ['/path', 'Bad scheme'],
  ['localhost:6666', 'Unsupported URL scheme'],
  ['javascript:alert(1)', 'Unsupported URL scheme'],
  ['http://', 'No host part in the URL'],
  ['http://a b/', 'Bad hostname'],
  ['http://a^b/', 'Bad hostname'],
  ['http://[::1/', 'Bad IPv6 address'],
  ['http://a:99999/', 'Port number was not a decimal number between 0 and 65535'],
  ['http://a:b/', 'Port number was not a decimal number between 0 and 65535'],
  ['http://a/b c', 'Bad path'],
  ['http://a/\n', 'Bad path'],
]

const notNull = (column: string): string =>
  `null value in column "${column}" of relation "http_request_queue" violates not-null constraint`
const contentType = 'Content-Type header must be "application/json"'
const noObject = 'cannot call jsonb_each_text on a non-object'

const failures: [call: string, code: string, message: string][] = [
  ['http_get(null)', '23502', notNull('url')],
  ['http_post(null)', '23502', notNull('url')],
  ['http_delete(null)', '23502', notNull('url')],
  [`http_get('http://a', timeout_milliseconds => null)`, '23502', notNull('timeout_milliseconds')],
  [`http_get('http://a', '[1]')`, '22023', noObject],
  [`http_post('http://a', headers => '[1]')`, '22023', noObject],
  [`http_post('http://a', headers => '{"Content-Type": "text/plain"}')`, 'P0001', contentType],
  [
    `http_post('http://a', headers => '{"content-type": "application/json; charset=utf-8"}')`,
    'P0001',
    contentType,
  ],
  ['http_collect_response(1)', '42601', 'query has no destination for result data'],
]

describe('A request', () => {
  it.each(invalidUrls)('to %j is refused: %s', async (url, problem) => {
    await expect(db.sql`select net.http_get(${url})`).rejects.toMatchObject({
      code: 'XX000',
      message: `invalid URL "${url}": ${problem}`,
    })
  })

  it.each([
    ['http://a', 'http://a/'],
    ['HTTPS://user:pass@EXAMPLE.com:8443/a?b#c', 'https://user:pass@EXAMPLE.com:8443/a?b#c'],
    ['http://[::1]:80/', 'http://[::1]:80/'],
    ['ftp://a/b', 'ftp://a/b'],
  ])('to %j is queued for %s', async (url, queued) => {
    const [row] = await db.sql<[{ id: string }]>`select net.http_get(${url}) as id`
    expect(await db.sql`select url from net.http_request_queue where id = ${row.id}`).toEqual([
      { url: queued },
    ])
  })

  it.each(failures)('by net.%s fails with %s: %s', async (call, code, message) => {
    await expect(db.sql.unsafe(`select net.${call}`)).rejects.toMatchObject({ code, message })
  })

  it('of another method cannot be queued', async () => {
    await expect(
      db.sql`insert into net.http_request_queue (method, url, timeout_milliseconds)
        values ('PUT', 'http://a/', 1)`,
    ).rejects.toMatchObject({ code: '23514' })
  })
})
