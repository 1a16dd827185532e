import { describe, expect, it } from 'vitest'
import { RefusedAddress } from '../../supabase/functions/notify/address-guard.ts'
import { judgeAnswer, judgeFailure } from '../../supabase/functions/notify/outcome.ts'
import { NoAnswer } from '../../supabase/functions/notify/transport.ts'

const now = new Date('2026-06-01T12:00:00Z')

function judge(
  status: number,
  headers: Record<string, string> = {},
  text = '',
): ReturnType<typeof judgeAnswer> {
  return judgeAnswer({ status, headers, text }, ['s3cr3t'], now)
}

describe('an answer of the receiver', () => {
  it.each([
    [200, 'delivered', 'it is taken'],
    [202, 'delivered', 'it is taken, as PagerDuty says it'],
    [204, 'delivered', 'it is taken, without a word'],
    [301, 'retry', 'it has moved: a redirect is not followed'],
    [302, 'retry', 'it is elsewhere for now'],
    [400, 'dead', 'the same request will not get better'],
    [401, 'dead', 'nor will the credential'],
    [404, 'dead', 'nobody is there'],
    [408, 'dead', 'as any other of 4xx'],
    [410, 'gone', 'and nobody ever will be'],
    [429, 'retry', 'it was too much at once'],
    [500, 'retry', 'the receiver broke'],
    [503, 'retry', 'the receiver is overloaded'],
  ])('of %i means %s: %s', (status, result) => {
    expect(judge(status)).toMatchObject({ result, status_code: status })
  })

  it('of the status by which its service says that nobody is there any more means gone', () => {
    const answer = { status: 404, headers: {}, text: '' }
    expect(judgeAnswer(answer, [], now, 404)).toMatchObject({ result: 'gone' })
  })

  it.each([
    [429, '7', 7000],
    [503, '0', 0],
    [429, 'Mon, 01 Jun 2026 12:01:00 GMT', 60_000],
    [429, 'Mon, 01 Jun 2026 11:00:00 GMT', 0],
    [429, 'soon', null],
    [429, '-5', null],
    [500, '7', null],
    [200, '7', null],
  ])('of %i with Retry-After: %s asks to wait %s ms', (status, value, wait) => {
    expect(judge(status, { 'retry-after': value }).retry_after_ms).toBe(wait)
  })

  it.each([
    [429, {}, '{"message": "You are being rate limited.", "retry_after": 64.57}', 64_570],
    [429, { 'retry-after': '65' }, '{"retry_after": 64.57}', 65_000],
    [429, {}, '{"retry_after": "soon"}', null],
    [429, {}, '{"retry_after": -1}', null],
    [429, {}, '{"retry_after":', null],
    [400, {}, '{"retry_after": 1}', null],
  ])('of %i with %j and the body %s asks to wait %s ms', (status, headers, body, wait) => {
    expect(judge(status, headers, body).retry_after_ms).toBe(wait)
  })

  it('is kept, without the secret that some receivers repeat', () => {
    expect(judge(400, {}, 'no such key: s3cr3t').answer).toBe('no such key: [redacted]')
  })

  it.each([
    ['all of it', 'https://hooks.example/api/42/a-key-of-some-length?sig=another%20key-of-length'],
    ['without its host', '/api/42/a-key-of-some-length?sig=another%20key-of-length'],
    ['its path', '/api/42/a-key-of-some-length'],
    ['a key in its path', 'a-key-of-some-length'],
    ['a key in its query', 'another key-of-length'],
  ])('is kept without the address that is the secret: %s', (_part, repeated) => {
    const secret = 'https://hooks.example/api/42/a-key-of-some-length?sig=another%20key-of-length'
    const answer = { status: 404, headers: {}, text: `nobody is at ${repeated}.` }
    expect(judgeAnswer(answer, [secret], now).answer).toBe('nobody is at [redacted].')
  })

  it('is kept as text that the database takes', () => {
    expect(judge(500, {}, 'a\0b\ud800').answer).toBe('ab\ufffd')
  })
})

describe('no answer', () => {
  it.each([
    [new NoAnswer('There was no answer in time.'), 'retry', 'There was no answer in time.'],
    [
      new RefusedAddress('10.0.0.1 is not a public address'),
      'dead',
      '10.0.0.1 is not a public address',
    ],
    [
      Object.assign(new Error('x'), { code: 'ENOTFOUND' }),
      'retry',
      'The name of the host was not found.',
    ],
    [
      new Error('https://hooks.slack.com/services/s3cr3t'),
      'retry',
      'The message could not be sent.',
    ],
  ])('for the reason %s means %s', (error, result, message) => {
    expect(judgeFailure(error)).toMatchObject({ result, status_code: null, error: message })
  })
})
