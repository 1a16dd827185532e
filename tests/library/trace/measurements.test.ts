import { describe, expect, it } from 'vitest'
import {
  measurePerformance,
  trackQuery,
} from '../../../supabase/functions/_shared/everwatch/middleware.ts'
import { captureLogger } from '../../support/log-lines.ts'

describe('an operation that is measured', () => {
  it('gives its result, and its duration is logged', async () => {
    const { logger, line } = captureLogger({ context: { requestId: 'req_1' } })
    expect(await measurePerformance('compute', async () => 42, { logger })).toBe(42)
    const { message, context } = line()
    expect(message).toBe('compute.duration_ms')
    expect(context).toEqual({
      requestId: 'req_1',
      metric: 'compute.duration_ms',
      value: expect.any(Number),
    })
  })

  it('throws what it threw, and that is logged', async () => {
    const error = new Error('no')
    for (const work of [
      () => Promise.reject(error),
      () => {
        throw error
      },
    ]) {
      // prettier-ignore
      const { logger, line } = captureLogger()
      await expect(measurePerformance('compute', work, { logger })).rejects.toBe(error)
      expect(line()).toMatchObject({
        level: 'ERROR',
        message: 'compute failed',
        context: { durationMs: expect.any(Number) },
        error: { message: 'no' },
      })
    }
  })
})

describe('a query that is tracked', () => {
  it('gives its result, and its duration is logged', async () => {
    const { logger, line } = captureLogger()
    const answer = { data: [1], error: null }
    expect(await trackQuery('cold_contacts', () => answer, { logger })).toBe(answer)
    expect(line()).toMatchObject({ context: { metric: 'query.cold_contacts.duration_ms' } })
  })

  it('is logged as failed when its result holds an error, as with supabase-js', async () => {
    const { logger, lines } = captureLogger()
    const answer = { data: null, error: { code: '42P01', message: 'no such table' } }
    expect(await trackQuery('cold_contacts', async () => answer, { logger })).toBe(answer)
    expect(lines()[1]).toMatchObject({
      level: 'ERROR',
      message: 'query.cold_contacts failed',
      error: { code: '42P01' },
    })
  })
})
