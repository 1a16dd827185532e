import { describe, expect, it } from 'vitest'
import type { RequestContext } from '../../../supabase/functions/_shared/everwatch/middleware.ts'
import { traceOf } from '../../../supabase/functions/_shared/everwatch/trace/request.ts'
import { monitored } from '../../support/monitored.ts'

const traceId = '4bf92f3577b34da6a3ce929d0e0e4736'
const spanId = '00f067aa0ba902b7'

function trace(traceparent: string): ReturnType<typeof traceOf> {
  return traceOf(new Request('http://localhost/', { headers: { traceparent } }))
}

describe('a trace', () => {
  it.each([
    ['as it is sent', `00-${traceId}-${spanId}-01`, '01'],
    ['that is not recorded', `00-${traceId}-${spanId}-00`, '00'],
    ['in a version to come', `cc-${traceId}-${spanId}-01-what-else`, '01'],
  ])('is continued %s', (_what, traceparent, flags) => {
    const own = trace(traceparent)
    expect(own).toEqual({ traceId, spanId: expect.stringMatching(/^[0-9a-f]{16}$/), flags })
    expect(own.spanId).not.toBe(spanId)
  })

  it.each([
    ['nothing is sent', ''],
    ['the trace’s id is zero', `00-${'0'.repeat(32)}-${spanId}-01`],
    ['the span’s id is zero', `00-${traceId}-${'0'.repeat(16)}-01`],
    ['the version is none', `ff-${traceId}-${spanId}-01`],
    ['the version has no more', `00-${traceId}-${spanId}-01-what-else`],
    ['capitals are sent', `00-${traceId.toUpperCase()}-${spanId}-01`],
    ['it is too short', `00-${traceId.slice(1)}-${spanId}-01`],
  ])('is a new one when %s', (_what, traceparent) => {
    const own = trace(traceparent)
    expect(own.traceId).toMatch(/^[0-9a-f]{32}$/)
    expect(own.traceId).not.toBe(traceId)
    expect(own.flags).toBe('01')
  })

  it('is on each line of its request, and can be sent on', async () => {
    let context: RequestContext | undefined
    const { ask, lines } = monitored((_request, given) => {
      context = given
      given.logger.info('Working')
      return new Response()
    })
    await ask('/', { headers: { traceparent: `00-${traceId}-${spanId}-01` } })
    const [version, , ownSpan, flags] = context?.traceparent.split('-') ?? []
    expect([version, flags]).toEqual(['00', '01'])
    for (const line of lines()) expect(line).toMatchObject({ trace_id: traceId, span_id: ownSpan })
  })
})
