import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { getRequestListener } from '@hono/node-server'
import { withSupabase } from '@supabase/server'
import { Hono } from 'hono'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { makeKeys } from '../../../scripts/stack/keys.ts'
import { jsonWebKeySet } from '../../../scripts/stack/signing-key.ts'
import {
  withMonitoring,
  type FetchHandler,
} from '../../../supabase/functions/_shared/everwatch/middleware.ts'
import { captureLogger } from '../../support/log-lines.ts'

describe('within Node’s http', () => {
  const { logger, lines } = captureLogger()
  let aborted = false
  const handler = withMonitoring(
    async (request, context) => {
      if (context.path === '/wait') {
        await once(request.signal, 'abort')
        aborted = true
        request.signal.throwIfAborted()
      }
      if (context.path === '/echo') return new Response(request.body)
      return Response.json({ ip: context.ip })
    },
    { logger },
  )
  const server = createServer(getRequestListener((request) => handler(request)))
  let url: string

  beforeAll(async () => {
    await once(server.listen(0, '127.0.0.1'), 'listening')
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  })
  afterAll(() => server.close())

  it('answers', async () => {
    const headers = { 'x-request-id': 'abc', 'x-forwarded-for': '203.0.113.7' }
    const response = await fetch(url, { headers })
    expect(await response.json()).toEqual({ ip: '203.0.113.7' })
    expect(response.headers.get('x-request-id')).toBe('abc')
    expect(response.headers.get('server-timing')).toMatch(/^total;dur=/)
  })

  it('passes a body on while it arrives', async () => {
    const bytes = crypto.getRandomValues(new Uint8Array(50_000))
    const response = await fetch(`${url}/echo`, { method: 'POST', body: bytes })
    expect(new Uint8Array(await response.arrayBuffer())).toEqual(bytes)
  })

  it('tells the handler that the caller has gone', async () => {
    const controller = new AbortController()
    const answer = fetch(`${url}/wait`, { signal: controller.signal })
    await once(server, 'request')
    controller.abort()
    await expect(answer).rejects.toThrow('aborted')
    await expect.poll(() => aborted).toBe(true)
    await expect.poll(() => lines().at(-1)?.['context']).toMatchObject({ status: 499 })
  })
})

describe('together with Hono', () => {
  const app = new Hono()
  app.get('/contacts/:id', (c) => c.json({ id: c.req.param('id') }))
  app.get('/fail', () => {
    throw new Error('no')
  })

  app.onError((error, c) => c.text(error.message, 500))

  it('wraps a whole app', async () => {
    const { logger, lines } = captureLogger()
    const fetch = withMonitoring((request) => app.fetch(request), { logger })
    const response = await fetch(new Request('http://localhost/contacts/7'))
    expect(await response.json()).toEqual({ id: '7' })
    expect(response.headers.get('x-request-id')).toMatch(/^req_/)
    expect((await fetch(new Request('http://localhost/fail'))).status).toBe(500)
    expect(lines().map(({ context }) => context)).toMatchObject([
      { route: '/contacts/:id', status: 200 },
      { route: '/fail', status: 500 },
    ])
  })

  it('wraps one route', async () => {
    const { logger, line } = captureLogger()
    const listNotes = withMonitoring(() => Response.json([]), { logger })
    const one = new Hono().get('/notes', (c) => listNotes(c.req.raw))
    expect(await (await one.request('/notes')).json()).toEqual([])
    expect(line()).toMatchObject({ context: { path: '/notes', status: 200 } })
  })
})

describe('together with withSupabase', () => {
  const keys = makeKeys()
  const env = {
    url: 'http://localhost',
    publishableKeys: { default: keys.publishableKey },
    secretKeys: { default: keys.secretKey },
    jwks: JSON.parse(jsonWebKeySet(keys)),
  }
  // Node 20 has no WebSocket, without which a client is not made.
  const supabaseOptions = { realtime: { transport: EventTarget as unknown as typeof WebSocket } }
  const options = { auth: 'secret' as const, env, supabaseOptions }
  const { logger } = captureLogger()

  it.each<[string, FetchHandler]>([
    [
      'around it',
      withMonitoring(
        withSupabase(options, async (_request, { authMode }) => Response.json({ authMode })),
        { logger },
      ),
    ],
    [
      'within it, and passes the caller’s context on',
      withSupabase(
        options,
        withMonitoring(
          (_request, _context, { authMode }: { authMode: string }) => Response.json({ authMode }),
          { logger },
        ),
      ),
    ],
  ])('works %s', async (_where, handler) => {
    const headers = { apikey: keys.secretKey }
    const response = await handler(new Request('http://localhost/', { headers }))
    expect(await response.json()).toEqual({ authMode: 'secret' })
    expect(response.headers.get('x-request-id')).toMatch(/^req_/)
    expect((await handler(new Request('http://localhost/'))).status).toBe(401)
  })
})
