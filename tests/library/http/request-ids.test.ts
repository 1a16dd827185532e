import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  addressOf,
  foldIds,
  requestIdOf,
} from '../../../supabase/functions/_shared/everwatch/http/request.ts'
import { newRequestId } from '../../../supabase/functions/_shared/everwatch/trace/ids.ts'

function request(headers: Record<string, string>): Request {
  return new Request('http://localhost/', { headers })
}

describe('a request’s id', () => {
  it.each(['abc', 'req_01J', '0190f3a2-7c1e-7b54-9f3e-2c1d4e5f6a7b', 'a:b~c.d', 'x'.repeat(128)])(
    'is the caller’s own if that is valid: %s',
    (id) => expect(requestIdOf(request({ 'x-request-id': id }))).toBe(id),
  )

  it.each([
    ['none', {}],
    ['an empty one', { 'x-request-id': '' }],
    ['one that is too long', { 'x-request-id': 'x'.repeat(129) }],
    ['one that could break a log', { 'x-request-id': '{"a":1}' }],
    ['two', { 'x-request-id': 'a, b' }],
  ])('is a new one when the caller sends %s', (_what, headers) => {
    expect(requestIdOf(request(headers))).toMatch(
      /^req_[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
    )
  })

  it('sorts by the time it was made', () => {
    const time = fc.integer({ min: 0, max: 2 ** 48 - 1 })
    fc.assert(
      fc.property(time, time, (a, b) => {
        const [first, second] = [newRequestId(a), newRequestId(b)]
        expect(Number.parseInt(first.slice(4, 17).replace('-', ''), 16)).toBe(a)
        fc.pre(a !== b)
        expect(first < second).toBe(a < b)
      }),
    )
  })

  it('is never used twice', () => {
    const ids = Array.from({ length: 100_000 }, () => newRequestId(1_700_000_000_000))
    expect(new Set(ids).size).toBe(100_000)
  })
})

describe('a caller’s address', () => {
  it.each([
    ['203.0.113.7', '203.0.113.7'],
    ['203.0.113.7, 10.0.0.1', '203.0.113.7'],
    [' 2001:db8::1 , 10.0.0.1', '2001:db8::1'],
    ['::ffff:203.0.113.7', '::ffff:203.0.113.7'],
    ['256.1.1.1', undefined],
    ['1.2.3', undefined],
    ['01.2.3.4', undefined],
    ['fe80::1%eth0', undefined],
    [':::', undefined],
    ['unknown', undefined],
    ["'; drop table orgs; --", undefined],
    ['', undefined],
  ])('of “%s” is %s', (forwarded, address) => {
    expect(addressOf(request({ 'x-forwarded-for': forwarded }))).toBe(address)
  })
})

describe('a route', () => {
  it.each([
    ['/', '/'],
    ['/v1/contacts', '/v1/contacts'],
    ['/v1/contacts/42', '/v1/contacts/:id'],
    ['/v1/contacts/0190f3a2-7c1e-7b54-9f3e-2c1d4e5f6a7b/notes/7', '/v1/contacts/:id/notes/:id'],
    ['/v1/webhooks/wh_456', '/v1/webhooks/:id'],
    ['/v1/webhooks/wh_abc', '/v1/webhooks/wh_abc'],
    ['/files/01ARZ3NDEKTSV4RRFFQ69G5FAV', '/files/:id'],
    ['/files/da39a3ee5e6b4b0d3255bfef95601890afd80709', '/files/:id'],
    ['/rate_limit/per_minute', '/rate_limit/per_minute'],
  ])('of %s is %s', (path, route) => {
    expect(foldIds(path)).toBe(route)
  })
})
