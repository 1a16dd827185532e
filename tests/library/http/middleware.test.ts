import { describe, expect, it } from 'vitest'
import type { RequestContext } from '../../../supabase/functions/_shared/everwatch/middleware.ts'
import { monitored } from '../../support/monitored.ts'

const uuid = '0190f3a2-7c1e-7b54-9f3e-2c1d4e5f6a7b'

describe('a handler', () => {
  it('is told about the request it serves', async () => {
    let context: RequestContext | undefined
    const { ask } = monitored((_request, given) => {
      context = given
      return new Response()
    })
    const before = Date.now()
    await ask(`/v1/contacts/${uuid}?page=2`, {
      method: 'POST',
      headers: { 'x-request-id': 'abc', 'x-forwarded-for': '203.0.113.7, 10.0.0.1', 'user-agent': 'curl/8' }, // prettier-ignore
    })
    expect(context).toMatchObject({
      requestId: 'abc',
      method: 'POST',
      path: `/v1/contacts/${uuid}`,
      route: '/v1/contacts/:id',
      ip: '203.0.113.7',
      userAgent: 'curl/8',
    })
    expect(context?.startTime).toBeGreaterThanOrEqual(before)
  })

  it('has a logger whose lines name the request', async () => {
    const { ask, lines } = monitored((_request, { logger }) => {
      logger.info('Working', { step: 1 })
      return new Response()
    })
    await ask('/a', { headers: { 'x-request-id': 'abc' } })
    expect(lines()[0]).toMatchObject({
      message: 'Working',
      context: { requestId: 'abc', method: 'GET', path: '/a', step: 1 },
      trace_id: expect.stringMatching(/^[0-9a-f]{32}$/),
      span_id: expect.stringMatching(/^[0-9a-f]{16}$/),
    })
  })

  it('gets the arguments of its framework', async () => {
    const { withMonitoring } =
      await import('../../../supabase/functions/_shared/everwatch/middleware.ts')
    const GET = withMonitoring(
      async (_request, _context, { params }: { params: Promise<{ id: string }> }) =>
        Response.json(await params),
      { logger: monitored(() => new Response()).logger },
    )
    const response = await GET(new Request('http://localhost/'), {
      params: Promise.resolve({ id: '7' }),
    })
    expect(await response.json()).toEqual({ id: '7' })
  })
})

describe('an answer', () => {
  it('carries the request’s id and how long it took, beside its own headers', async () => {
    const { ask } = monitored(
      () =>
        new Response('made', {
          status: 201,
          headers: { 'server-timing': 'db;dur=5', etag: '"1"' },
        }),
    )
    const response = await ask('/', { headers: { 'x-request-id': 'abc' } })
    expect(response.status).toBe(201)
    expect(response.headers.get('etag')).toBe('"1"')
    expect(response.headers.get('x-request-id')).toBe('abc')
    expect(response.headers.get('server-timing')).toMatch(/^db;dur=5, total;dur=\d+(\.\d+)?$/)
    expect(await response.text()).toBe('made')
  })

  it('gets its headers even if they cannot be set on the response itself', async () => {
    const { ask } = monitored(() => Response.redirect('http://localhost/b', 303))
    const response = await ask('/')
    expect(response.status).toBe(303)
    expect(response.headers.get('location')).toBe('http://localhost/b')
    expect(response.headers.get('x-request-id')).toMatch(/^req_/)
  })

  it('keeps each of several cookies', async () => {
    const answer = Response.redirect('http://localhost/b', 303)
    const headers = new Headers(answer.headers)
    headers.append('set-cookie', 'a=1')
    headers.append('set-cookie', 'b=2')
    const { ask } = monitored(() => new Response(null, { status: 303, headers }))
    expect((await ask()).headers.getSetCookie()).toEqual(['a=1', 'b=2'])
  })

  it('streams: its body is the handler’s own and is not read', async () => {
    let pulled = 0
    const body = new ReadableStream<Uint8Array>(
      {
        pull: (controller) => {
          pulled += 1
          controller.enqueue(new Uint8Array([pulled]))
        },
      },
      { highWaterMark: 0 },
    )
    const { ask } = monitored(() => new Response(body))
    const response = await ask()
    expect(pulled).toBe(0)
    const reader = response.body?.getReader()
    expect((await reader?.read())?.value).toEqual(new Uint8Array([1]))
    expect(pulled).toBe(1)
    await reader?.cancel()
  })
})

describe('a request', () => {
  it.each([
    [200, 'INFO'],
    [304, 'INFO'],
    [404, 'WARN'],
    [503, 'ERROR'],
  ])('that ends in %i is logged as %s', async (status, level) => {
    const { ask, line } = monitored(() => new Response(null, { status }))
    await ask(`/v1/contacts/${uuid}`)
    expect(line()).toMatchObject({
      level,
      message: 'Request served',
      context: { path: `/v1/contacts/${uuid}`, route: '/v1/contacts/:id', status },
    })
    expect(line()['context']).toHaveProperty('durationMs', expect.any(Number))
    expect(line()).not.toHaveProperty('error')
  })

  it('of a known org is tracked with its route', async () => {
    const { ask, tracked } = monitored(
      (_request, context) => {
        context.apiKeyId = uuid
        return new Response(null, { status: 404 })
      },
      { orgId: 'org_1', resourceType: 'contacts' },
    )
    await ask(`/v1/contacts/${uuid}`, { method: 'DELETE', headers: { 'user-agent': 'curl/8' } })
    expect(tracked).toEqual([
      {
        orgId: 'org_1',
        method: 'DELETE',
        path: '/v1/contacts/:id',
        statusCode: 404,
        durationMs: expect.any(Number),
        requestId: expect.stringMatching(/^req_/),
        resourceType: 'contacts',
        apiKeyId: uuid,
        ip: undefined,
        userAgent: 'curl/8',
        bytesOut: undefined,
      },
    ])
  })

  it.each<[string, number | undefined, RequestInit, ResponseInit]>([
    ['which its answer says', 5, {}, { headers: { 'content-length': '5' } }],
    ['none, as its answer says', 0, {}, { headers: { 'content-length': '0' } }],
    ['which nobody says', undefined, {}, {}],
    ['in words', undefined, {}, { headers: { 'content-length': 'five' } }],
    ['less than none', undefined, {}, { headers: { 'content-length': '-5' } }],
    ['more than a body has', undefined, {}, { headers: { 'content-length': '1000000000001' } }],
    ['a fraction', undefined, {}, { headers: { 'content-length': '5.5' } }],
    ['said twice', undefined, {}, { headers: [['content-length', '5'], ['content-length', '5']] }], // prettier-ignore
    ['of an answer to GET', undefined, { method: 'HEAD' }, { headers: { 'content-length': '5' } }],
    ['of what is not modified', undefined, {}, { status: 304, headers: { 'content-length': '5' } }],
  ])('is tracked with its bytes out, %s: %s', async (_, bytesOut, request, answer) => {
    const body = answer.status === 304 ? null : 'hello'
    const { ask, tracked } = monitored(() => new Response(body, answer), { orgId: 'org_1' })
    const response = await ask('/', request)
    expect(tracked).toMatchObject([{ bytesOut }])
    expect(await response.text()).toBe(body ?? '')
  })

  it('is tracked with the route from its router and the org from its handler', async () => {
    const { ask, tracked } = monitored((_request, context) => {
      context.orgId = 'org_2'
      context.route = '/people/:name'
      return new Response()
    })
    await ask('/people/ann')
    expect(tracked).toMatchObject([{ orgId: 'org_2', path: '/people/:name' }])
  })

  it('of an unknown org is not tracked', async () => {
    const { ask, tracked } = monitored(() => new Response())
    await ask()
    expect(tracked).toEqual([])
  })

  it.each([
    ['throws', () => { throw new Error('down') }], // prettier-ignore
    ['rejects', () => Promise.reject(new Error('down'))],
    ['never answers', () => new Promise<void>(() => {})],
    ['answers nothing', () => undefined as unknown as Promise<void>],
  ])('is answered even if tracking it %s', async (_how, trackAPIRequest) => {
    const { ask } = monitored(() => new Response('fine'), {
      orgId: 'org_1',
      monitoring: { trackAPIRequest },
    })
    expect(await (await ask()).text()).toBe('fine')
  })
})
