import { describe, expect, it } from 'vitest'
import { HttpError } from '../../../supabase/functions/_shared/everwatch/middleware.ts'
import { monitored } from '../../support/monitored.ts'

function throwing(thrown: unknown): () => never {
  return () => {
    throw thrown
  }
}

describe('what a handler throws', () => {
  it.each([
    ['an error', new Error('password is hunter2')],
    ['an error of the database', { code: '23505', message: 'password is hunter2' }],
    ['a text', 'password is hunter2'],
    ['nothing', undefined],
    ['null', null],
  ])('is logged, and the answer does not reveal it: %s', async (_what, thrown) => {
    const { ask, lines, tracked } = monitored(throwing(thrown), { orgId: 'org_1' })
    const response = await ask('/', { headers: { 'x-request-id': 'abc' } })
    expect(response.status).toBe(500)
    expect(response.headers.get('x-request-id')).toBe('abc')
    expect(await response.json()).toEqual({
      error: {
        code: 'internal_error',
        message: 'Something went wrong on our side.',
        request_id: 'abc',
      },
    })
    expect(lines().map(({ level, message }) => [level, message])).toEqual([
      ['ERROR', 'Request failed'],
      ['ERROR', 'Request served'],
    ])
    expect(lines()[0]).toHaveProperty('error.message')
    expect(tracked).toMatchObject([{ statusCode: 500 }])
  })

  it('decides the answer when it is an HttpError', async () => {
    const error = new HttpError(404, 'no_such_contact', 'There is no contact 7.', { field: 'id' })
    const { ask, line } = monitored(throwing(error))
    const response = await ask('/', { headers: { 'x-request-id': 'abc' } })
    expect(response.status).toBe(404)
    expect(await response.json()).toEqual({
      error: { code: 'no_such_contact', message: 'There is no contact 7.', request_id: 'abc', field: 'id' }, // prettier-ignore
    })
    expect(line()).toMatchObject({ level: 'WARN', message: 'Request served' })
  })

  it('is the answer when it is a Response', async () => {
    const { ask } = monitored(throwing(new Response('teapot', { status: 418 })))
    const response = await ask()
    expect(response.status).toBe(418)
    expect(await response.text()).toBe('teapot')
  })

  it('counts as our error when the handler returns no Response', async () => {
    const { ask, lines } = monitored(() => undefined as unknown as Response)
    expect((await ask()).status).toBe(500)
    expect(lines()[0]).toMatchObject({ error: { message: 'The handler returned no Response.' } })
  })

  it('does not count as our error when the caller has gone', async () => {
    const { ask, line, tracked } = monitored(
      (request) => {
        request.signal.throwIfAborted()
        return new Response()
      },
      { orgId: 'org_1' },
    )
    const response = await ask('/', { signal: AbortSignal.abort() })
    expect(response.status).toBe(499)
    expect(await response.json()).toMatchObject({ error: { code: 'request_aborted' } })
    expect(line()).toMatchObject({ level: 'WARN', context: { status: 499 } })
    expect(tracked).toMatchObject([{ statusCode: 499 }])
  })

  it.each([
    ['a redirect of Next.js', 'NEXT_REDIRECT;replace;/login;307;', 307],
    ['a redirect to what looks like a status', 'NEXT_REDIRECT;push;/;404;308;', 308],
    ['its “not found”', 'NEXT_HTTP_ERROR_FALLBACK;404', 404],
    ['its sign that a route is dynamic', 'DYNAMIC_SERVER_USAGE', 200],
  ])('reaches the framework when it is meant for it: %s', async (_what, digest, status) => {
    const thrown = Object.assign(new Error('control flow'), { digest })
    const { ask, line, tracked } = monitored(throwing(thrown), { orgId: 'org_1' })
    await expect(ask()).rejects.toBe(thrown)
    expect(line()).toMatchObject({ message: 'Request served', context: { status } })
    expect(tracked).toMatchObject([{ statusCode: status }])
  })
})
