import { describe, expect, it } from 'vitest'
import {
  layouts,
  type LayoutName,
} from '../../../supabase/functions/_shared/everwatch/log/layout.ts'
import { captureLogger } from '../../support/log-lines.ts'

describe('a line', () => {
  it('has the time, the level, the message and the context', () => {
    const { logger, line } = captureLogger()
    const before = Date.now()
    logger.info('Operation completed', { userId: '123', attempts: 2, done: true, left: null })
    const { timestamp, ...rest } = line()
    expect(rest).toEqual({
      level: 'INFO',
      message: 'Operation completed',
      context: { userId: '123', attempts: 2, done: true, left: null },
    })
    expect(timestamp).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
    expect(Date.parse(String(timestamp))).toBeGreaterThanOrEqual(before)
  })

  it('has no context when none was given', () => {
    const { logger, lines } = captureLogger()
    logger.info('Started')
    logger.info('Started', {})
    logger.info('Started', { nothing: undefined })
    for (const line of lines()) expect(Object.keys(line)).toEqual(['timestamp', 'level', 'message'])
  })

  it.each(['debug', 'info', 'warn', 'error', 'fatal'] as const)('has its level: %s', (level) => {
    const { logger, line } = captureLogger()
    logger[level]('Something')
    expect(line()['level']).toBe(level.toUpperCase())
  })

  it('has an error’s name, message, stack, code and cause', () => {
    const { logger, line } = captureLogger()
    const cause = new TypeError('no such host', { cause: 'DNS' })
    const error = Object.assign(new Error('request failed', { cause }), { code: 'ECONNREFUSED' })
    logger.error('Operation failed', error, { userId: '123' })
    expect(line()).toMatchObject({
      level: 'ERROR',
      message: 'Operation failed',
      context: { userId: '123' },
      error: {
        name: 'Error',
        message: 'request failed',
        code: 'ECONNREFUSED',
        stack: error.stack,
        cause: { name: 'TypeError', message: 'no such host', cause: 'DNS' },
      },
    })
  })

  it('has each error of an AggregateError', () => {
    const { logger, line } = captureLogger()
    logger.fatal(
      'All failed',
      new AggregateError([new Error('first'), new Error('second')], 'both'),
    )
    expect(line()).toMatchObject({
      error: { name: 'AggregateError', errors: [{ message: 'first' }, { message: 'second' }] },
    })
  })

  it.each([
    ['a text', 'timeout', { message: 'timeout' }],
    ['a number', 42, { message: '42' }],
    ['null', null, { message: 'null' }],
    ['what supabase-js returns', { message: 'no row', code: 'PGRST116' }, { code: 'PGRST116' }],
  ])('has what was thrown even if it is not an Error: %s', (_what, thrown, told) => {
    const { logger, line } = captureLogger()
    logger.error('Operation failed', thrown)
    expect(line()['error']).toMatchObject(told)
  })

  it('takes an error instead of a message, as in promise.catch(logger.error)', async () => {
    const { logger, line } = captureLogger()
    await Promise.reject(new Error('lost')).catch(logger.error)
    expect(line()).toMatchObject({ message: 'lost', error: { name: 'Error', message: 'lost' } })
  })

  it('writes a measurement as metric and value', () => {
    const { logger, line } = captureLogger()
    logger.metric('webhook.created', 1, { plan: 'free' })
    expect(line()).toMatchObject({
      level: 'INFO',
      message: 'webhook.created',
      context: { metric: 'webhook.created', value: 1, plan: 'free' },
    })
  })
})

describe('a request’s logger', () => {
  it('writes its context on each line, and its children add theirs', () => {
    const { logger, lines } = captureLogger({ context: { requestId: 'req_abc123' } })
    const child = logger.child({ path: '/v1/webhooks' })
    const grandchild = child.child({ step: 1 })
    logger.info('a')
    child.info('b', { size: 3 })
    grandchild.info('c')
    expect(lines().map(({ context }) => context)).toEqual([
      { requestId: 'req_abc123' },
      { requestId: 'req_abc123', path: '/v1/webhooks', size: 3 },
      { requestId: 'req_abc123', path: '/v1/webhooks', step: 1 },
    ])
  })

  it('writes a value once: a line’s own wins over a child’s, a child’s over its parent’s', () => {
    const { logger, raw, lines } = captureLogger({ context: { step: 1, path: '/' } })
    logger.child({ step: 2 }).info('child')
    logger.info('line', { step: 3 })
    expect(lines().map(({ context }) => context)).toEqual([
      { step: 2, path: '/' },
      { step: 3, path: '/' },
    ])
    for (const line of raw) expect(line.match(/"step"/g)).toHaveLength(1)
  })

  it('writes its context as it was when the logger was made', () => {
    const context = { requestId: 'first' }
    const { logger, line } = captureLogger({ context })
    context.requestId = 'second'
    logger.info('Served')
    expect(line()['context']).toEqual({ requestId: 'first' })
  })
})

describe('a layout', () => {
  const error = Object.assign(new RangeError('too far'), { code: 'E_FAR' })

  it.each<[LayoutName, object]>([
    [
      'datadog',
      {
        timestamp: expect.any(String),
        status: 'critical',
        message: 'Down',
        context: { a: 1 },
        error: { kind: 'RangeError', message: 'too far', stack: error.stack, code: 'E_FAR' },
      },
    ],
    [
      'cloudwatch',
      {
        timestamp: expect.any(String),
        level: 'FATAL',
        message: 'Down',
        context: { a: 1 },
        errorType: 'RangeError',
        errorMessage: 'too far',
        stackTrace: error.stack,
        error: { code: 'E_FAR' },
      },
    ],
    [
      'gcp',
      {
        time: expect.any(String),
        severity: 'CRITICAL',
        message: 'Down',
        context: { a: 1 },
        stack_trace: error.stack,
        error: { name: 'RangeError', message: 'too far', code: 'E_FAR' },
      },
    ],
  ])('has the field names that %s looks for', (layout, expected) => {
    const { logger, line } = captureLogger({ layout })
    logger.fatal('Down', error, { a: 1 })
    expect(line()).toEqual(expected)
  })

  it.each([
    ['json', { trace_id: 'a'.repeat(32), span_id: '00000000000000ff' }],
    ['datadog', { 'dd.trace_id': '12297829382473034410', 'dd.span_id': '255' }],
    ['cloudwatch', { trace_id: 'a'.repeat(32) }],
    ['gcp', { 'logging.googleapis.com/trace': 'a'.repeat(32) }],
  ] as const)('names the trace as %s looks for it', (layout, expected) => {
    const json = layouts[layout].trace('a'.repeat(32), '00000000000000ff')
    expect(JSON.parse(`{${json.slice(1)}}`)).toMatchObject(expected)
  })
})
