import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { longestLine } from '../../../supabase/functions/_shared/everwatch/log/line.ts'
import { captureLogger } from '../../support/log-lines.ts'

const circular: Record<string, unknown> = { name: 'a' }
circular['self'] = { inner: [circular] }

const throwing = {
  good: 1,
  get bad(): never {
    throw new Error('no')
  },
}

class Odd extends Error {
  override get message(): string {
    throw new Error('not even this')
  }
}

function deep(levels: number): object {
  let value = {}
  for (let level = 0; level < levels; level += 1) value = { down: value }
  return value
}

describe('a value that JSON cannot express', () => {
  it.each([
    ['a reference to itself', circular, { name: 'a', self: { inner: ['[circular]'] } }],
    ['a BigInt', 2n ** 70n, '1180591620717411303424'],
    ['a symbol', Symbol('s'), 'Symbol(s)'],
    ['a function', () => 1, '[function]'],
    ['not a number', Number.NaN, null],
    ['infinity', -Infinity, null],
    ['a getter that throws', throwing, { good: 1, bad: '[unreadable]' }],
    ['a toJSON that throws', { toJSON: () => throwing.bad }, '[unreadable]'],
    ['a toJSON without end', { toJSON: () => ({ ...endless }) }, '[omitted]'],
    ['a proxy that refuses', new Proxy({}, { ownKeys: () => throwing.bad }), '[unreadable]'],
    ['a revoked proxy', revoked(), '[unreadable]'],
    ['an error whose message throws', new Odd(), '[unreadable]'],
    ['half of a surrogate pair', 'a\ud800b', 'a\ufffdb'],
    ['control characters', 'a\u0000\u001b[31m\nb', 'a\u0000\u001b[31m\nb'],
    ['a date', new Date(0), '1970-01-01T00:00:00.000Z'],
    ['a date that is none', new Date(Number.NaN), null],
    ['a map', new Map<unknown, unknown>([['a', 1], [2, 'b']]), { a: 1, 2: 'b' }], // prettier-ignore
    ['a set', new Set([1, 'a']), [1, 'a']],
    ['headers', new Headers({ accept: '*/*' }), { accept: '*/*' }],
    ['bytes', new Uint8Array(1e6), '[1000000 bytes]'],
    ['holes in a list', [undefined, , 1], [null, null, 1]], // oxlint-disable-line no-sparse-arrays
    ['an object without a prototype', Object.create(null, { a: { value: 1, enumerable: true } }), { a: 1 }], // prettier-ignore
    ['a member named __proto__', JSON.parse('{"__proto__":{"a":1}}'), JSON.parse('{"__proto__":{"a":1}}')], // prettier-ignore
  ])('is written in words: %s', (_what, value, said) => {
    const { logger, line } = captureLogger()
    logger.info('Odd', { value })
    expect(line()['context']).toEqual({ value: said })
  })

  it('is written too when it is the error, and the context stays as it is', () => {
    const { logger, lines } = captureLogger()
    logger.error('Odd', circular, { a: 1 })
    logger.error('Odd', throwing)
    logger.info('Odd', throwing)
    logger.child(throwing).info('Odd')
    expect(lines().map(({ context, error }) => [context, error])).toMatchObject([
      [{ a: 1 }, { name: 'a' }],
      [undefined, { good: 1, bad: '[unreadable]' }],
      [{ good: 1, bad: '[unreadable]' }, undefined],
      [{ good: 1, bad: '[unreadable]' }, undefined],
    ])
  })

  it('is left out below the eighth level', () => {
    const { logger, raw } = captureLogger()
    logger.info('Deep', { value: deep(100_000) })
    expect(raw[0]).toContain('"down":"[omitted]"')
  })

  it('may log while it is being read', () => {
    const { logger, lines } = captureLogger()
    const chatty = {
      get name(): string {
        logger.info('I am read', { by: circular })
        return 'chatty'
      },
    }
    logger.info('Reading', { chatty, after: 'the rest' })
    expect(lines().map(({ message }) => message)).toEqual(['I am read', 'Reading'])
    expect(lines()[1]).toMatchObject({ context: { chatty: { name: 'chatty' }, after: 'the rest' } })
  })
})

const endless = {
  toJSON(): object {
    return { ...endless }
  },
}

function revoked(): object {
  const { proxy, revoke } = Proxy.revocable({}, {})
  revoke()
  return proxy
}

describe('a line that would be too long', () => {
  const long = 'x'.repeat(1024 * 1024)
  const everywhere = Object.fromEntries(Array.from({ length: 5000 }, (_, n) => [`key${n}`, long]))

  it.each([
    ['a message of a megabyte', long, {}],
    ['a message that grows when it is written', '\u0000'.repeat(1024 * 1024), {}],
    ['a value of a megabyte', 'Long', { value: long }],
    ['thousands of values', 'Long', everywhere],
    ['a name of a megabyte', 'Long', { [long]: 1 }],
    ['a list of a million', 'Long', { list: Array.from({ length: 1e6 }, (_, n) => n / 7) }],
    ['a map of many', 'Long', { map: new Map(Object.entries(everywhere)) }],
    ['many lists', 'Long', { lists: Array.from({ length: 1000 }, () => [[], [[]], {}]) }],
  ])('is cut and marked as cut: %s', (_what, message, context) => {
    for (const error of [undefined, new Error(long, { cause: new Error(long) })]) {
      const { logger, raw, line } = captureLogger({ context: { requestId: 'req_1' } })
      logger.error(message, error, context)
      expect(raw[0]?.length).toBeLessThanOrEqual(longestLine)
      expect(line()).toMatchObject({ level: 'ERROR', truncated: true })
      expect(String(line()['message'])).toContain(message.slice(0, 100))
    }
  })

  it('is cut when its logger’s context is too long', () => {
    const { logger, raw, line } = captureLogger({ context: everywhere })
    logger.child({ a: 1 }).info('Long', { b: 2 })
    expect(raw[0]?.length).toBeLessThanOrEqual(longestLine)
    expect(line()).toMatchObject({ message: 'Long', truncated: true })
  })

  it('is neither cut nor marked when it just fits', () => {
    const { logger, raw, line } = captureLogger()
    logger.info('Fits', { value: 'x'.repeat(7900) })
    expect(raw[0]).toContain('x'.repeat(7900))
    expect(line()).not.toHaveProperty('truncated')
  })
})

describe('whatever is logged', () => {
  it('never throws, and is one line of JSON within the limit', () => {
    fc.assert(
      fc.property(
        fc.anything({ withBigInt: true, withMap: true, withSet: true, withDate: true, withNullPrototype: true, withObjectString: true, withSparseArray: true, withTypedArray: true, maxDepth: 6 }), // prettier-ignore
        fc.anything({ withBigInt: true }),
        fc.string({ unit: 'binary', maxLength: 200 }),
        (context, error, message) => {
          const { logger, raw, line } = captureLogger()
          logger.error(message, error, context as Record<string, unknown>)
          expect(raw[0]).not.toMatch(/[\n\r]/)
          expect(raw[0]?.isWellFormed()).toBe(true)
          expect(raw[0]?.length).toBeLessThanOrEqual(longestLine)
          expect(line()['level']).toBe('ERROR')
          expect(logger.stats().failures).toBe(0)
        },
      ),
      { numRuns: 300 },
    )
  })

  it.each([
    ['nothing', undefined],
    ['null', null],
    ['an object', { a: 1 }],
    ['a symbol', Symbol('s')],
    ['what cannot be a text', { toString: () => throwing.bad }],
  ])('may have %s as its message', (_what, message) => {
    const { logger } = captureLogger()
    expect(() => logger.info(message as unknown as string)).not.toThrow()
  })
})
