import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'

import { runProgram } from '../../support/run-program.ts'

/** The events of the envelopes that came. https://develop.sentry.dev/sdk/foundations/transport/envelopes/ */
const events: Record<string, unknown>[] = []

const server = createServer(async (request, response) => {
  const body = await buffer(request)
  const isZipped = request.headers['content-encoding'] === 'gzip'
  const [, ...lines] = (isZipped ? gunzipSync(body) : body).toString().trimEnd().split('\n')
  const parsed = lines.map((line) => JSON.parse(line) as Record<string, unknown>)
  for (const [index, header] of parsed.entries()) {
    if (header['type'] === 'event') events.push(parsed[index + 1] ?? {})
  }
  response.end('{}')
})

beforeAll(async () => {
  await once(server.listen(0, '127.0.0.1'), 'listening')
})

afterAll(() => {
  server.close()
  server.closeAllConnections()
})

beforeEach(() => {
  events.length = 0
})

describe.each(['node', 'deno'] as const)('an app on %s that uses Sentry', (runtime) => {
  it('finds its errors there, with the request they happened in and without secrets', async () => {
    const { port } = server.address() as AddressInfo
    const dsn = `http://public@127.0.0.1:${port}/1`
    const { exitCode } = await runProgram(runtime, 'tests/library/programs/report-errors.ts', {
      SENTRY_DSN: dsn,
      APP_SECRET: 'hunter2',
    })
    expect(exitCode).toBe(0)
    expect(events).toHaveLength(2)
    const failure = events.find(({ level }) => level === 'error')
    const death = events.find(({ level }) => level === 'fatal')
    expect(failure).toMatchObject({
      level: 'error',
      environment: 'test',
      tags: { request_id: 'abc', trace_id: expect.stringMatching(/^[0-9a-f]{32}$/) },
      contexts: {
        everwatch: {
          message: 'Request failed',
          requestId: 'abc',
          method: 'GET',
          path: '/v1/contacts/42',
        },
      },
    })
    expect(failure).toHaveProperty('exception.values', [
      expect.objectContaining({ type: 'Error', value: 'the reason' }),
      expect.objectContaining({ type: 'RangeError', value: 'too far' }),
    ])
    expect(death).toMatchObject({
      level: 'fatal',
      message: 'Out of memory',
      contexts: { everwatch: { apikey: '[redacted]', used: 1 } },
    })
    expect(JSON.stringify(events)).not.toContain('hunter2')
  })
})
