import * as opentelemetry from '@opentelemetry/api'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http'
import { BatchSpanProcessor, NodeTracerProvider } from '@opentelemetry/sdk-trace-node'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import {
  measurePerformance,
  trackQuery,
} from '../../../supabase/functions/_shared/everwatch/middleware.ts'
import { startCollector, type CollectedSpan, type Collector } from '../../support/collector.ts'
import { captureLogger } from '../../support/log-lines.ts'
import { monitored } from '../../support/monitored.ts'
import { runProgram } from '../../support/run-program.ts'

const traceId = '4bf92f3577b34da6a3ce929d0e0e4736'
const callerSpan = '00f067aa0ba902b7'
const headers = { traceparent: `00-${traceId}-${callerSpan}-01`, 'user-agent': 'curl/8' }

// As OTLP numbers them.
const [internal, server, client] = [1, 2, 3]
const [unset, failed] = [0, 2]

let collector: Collector
let provider: NodeTracerProvider

beforeAll(async () => {
  collector = await startCollector()
  // All that an app does to set the SDK up.
  provider = new NodeTracerProvider({
    spanProcessors: [
      new BatchSpanProcessor(new OTLPTraceExporter({ url: `${collector.url}/v1/traces` })),
    ],
  })
  provider.register()
})

afterAll(async () => {
  await provider.shutdown()
  opentelemetry.trace.disable()
  opentelemetry.context.disable()
  opentelemetry.propagation.disable()
})

beforeEach(() => {
  collector.spans.length = 0
})

/** What was exported, by name. */
async function exported(): Promise<Record<string, CollectedSpan>> {
  await provider.forceFlush()
  return Object.fromEntries(collector.spans.map((span) => [span.name, span]))
}

describe('with OpenTelemetry’s SDK for Node', () => {
  it('a request is a server span below its caller’s, and its work is in spans below it', async () => {
    const { ask, logger, lines } = monitored(async (_request, context) => {
      context.logger.info('Working')
      await measurePerformance('compute', async () => logger.info('Computing'), context)
      await trackQuery('cold_contacts', async () => ({ data: [], error: null }), context)
      return new Response(null, { status: 201 })
    })
    await ask('/v1/contacts/42', { method: 'POST', headers })
    const { 'POST /v1/contacts/:id': request, compute, cold_contacts: query } = await exported()
    expect(request).toMatchObject({
      traceId,
      parentSpanId: callerSpan,
      kind: server,
      status: { code: unset },
      attributes: {
        'http.request.method': 'POST',
        'http.route': '/v1/contacts/:id',
        'http.response.status_code': 201,
        'url.path': '/v1/contacts/42',
        'url.scheme': 'http',
        'server.address': 'localhost',
        'user_agent.original': 'curl/8',
      },
    })
    const parentSpanId = request?.spanId
    expect(compute).toMatchObject({ traceId, parentSpanId, kind: internal })
    expect(query).toMatchObject({
      traceId,
      parentSpanId,
      kind: client,
      attributes: { 'db.system.name': 'postgresql', 'db.query.summary': 'cold_contacts' },
    })
    // Each line says in which span it was written.
    expect(lines().map((line) => [line['message'], line['trace_id'], line['span_id']])).toEqual([
      ['Working', traceId, request?.spanId],
      ['Computing', traceId, compute?.spanId],
      ['compute.duration_ms', traceId, compute?.spanId],
      ['query.cold_contacts.duration_ms', traceId, query?.spanId],
      ['Request served', traceId, request?.spanId],
    ])
  })

  it('a failure is recorded with its kind', async () => {
    const { ask } = monitored(async (_request, context) => {
      await trackQuery(
        'broken',
        async () => ({ error: { code: '42P01', message: 'no table' } }),
        context,
      )
      throw new RangeError('too far')
    })
    await ask('/fail')
    const { 'GET /fail': request, broken } = await exported()
    expect(request).toMatchObject({
      status: { code: failed },
      attributes: { 'http.response.status_code': 500, 'error.type': 'RangeError' },
      events: [{ name: 'exception' }],
    })
    expect(broken).toMatchObject({
      status: { code: failed },
      attributes: { 'error.type': '42P01' },
    })
  })

  it('a caller’s mistake is not a failure, and cannot invent span names', async () => {
    const { ask } = monitored(() => new Response(null, { status: 404 }))
    await ask('/nowhere', { method: 'BREW' })
    const { 'HTTP /nowhere': request } = await exported()
    expect(request).toMatchObject({
      status: { code: unset },
      attributes: { 'http.request.method': '_OTHER', 'http.response.status_code': 404 },
    })
  })

  it('below the app’s own span a request is an internal span, so that it is not counted twice', async () => {
    const { ask } = monitored(() => new Response())
    await opentelemetry.trace.getTracer('app').startActiveSpan('outer', async (span) => {
      await ask('/inner')
      span.end()
    })
    const { outer, 'GET /inner': inner } = await exported()
    expect(inner).toMatchObject({ kind: internal, parentSpanId: outer?.spanId })
  })

  it('a span that the runtime began for the request is completed', async () => {
    const { ask } = monitored(() => new Response(null, { status: 503 }))
    await opentelemetry.trace
      .getTracer('http')
      .startActiveSpan('GET', { kind: 1 }, async (span) => {
        await ask('/v1/contacts/42')
        span.setStatus({ code: opentelemetry.SpanStatusCode.ERROR })
        span.end()
      })
    expect(Object.keys(await exported())).toEqual(['GET /v1/contacts/:id'])
  })

  it('the request is served even if a span processor of the app throws', async () => {
    const broken = new NodeTracerProvider({
      spanProcessors: [
        {
          onStart: () => { throw new Error('no') }, // prettier-ignore
          onEnd: () => { throw new Error('no') }, // prettier-ignore
          forceFlush: async () => {},
          shutdown: async () => {},
        },
      ],
    })
    opentelemetry.trace.disable()
    opentelemetry.trace.setGlobalTracerProvider(broken)
    try {
      const { ask } = monitored(() => new Response('fine'))
      expect(await (await ask()).text()).toBe('fine')
      const { logger } = captureLogger()
      expect(await measurePerformance('compute', () => 42, { logger })).toBe(42)
    } finally {
      opentelemetry.trace.disable()
      opentelemetry.trace.setGlobalTracerProvider(provider)
    }
  })
})

describe('with Deno’s own OpenTelemetry', () => {
  it('the request’s span gets its route, and a query is a span below it', async () => {
    const { exitCode, stdout, stderr } = await runProgram(
      'deno',
      'tests/library/programs/serve-traced.ts',
      {
        OTEL_DENO: 'true',
        OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
        OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
        OTEL_DENO_CONSOLE: 'ignore',
      },
    )
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' })
    const { 'GET /v1/contacts/:id': request, cold_contacts: query } = await exported()
    expect(request).toMatchObject({
      kind: server,
      attributes: { 'http.route': '/v1/contacts/:id' },
    })
    expect(query).toMatchObject({ kind: client, parentSpanId: request?.spanId })
    for (const line of stdout.trimEnd().split('\n')) {
      expect(JSON.parse(line)).toMatchObject({ trace_id: request?.traceId })
    }
  })
})
