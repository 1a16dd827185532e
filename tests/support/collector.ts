import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { json } from 'node:stream/consumers'
import { z } from 'zod'
import { atEndOfFile } from './cleanup.ts'

const value = z
  .looseObject({ stringValue: z.string().optional(), intValue: z.coerce.number().optional() })
  .transform(({ stringValue, intValue }) => stringValue ?? intValue)

const attributes = z
  .array(z.object({ key: z.string(), value }))
  .default([])
  .transform((all) => Object.fromEntries(all.map((each) => [each.key, each.value])))

const span = z.looseObject({
  traceId: z.string(),
  spanId: z.string(),
  parentSpanId: z.string().optional(),
  name: z.string(),
  kind: z.number(),
  attributes,
  events: z.array(z.looseObject({ name: z.string() })).default([]),
  status: z.looseObject({ code: z.number().default(0) }).default({ code: 0 }),
})

const exported = z.looseObject({
  resourceSpans: z.array(z.looseObject({ scopeSpans: z.array(z.looseObject({ spans: z.array(span) })) })), // prettier-ignore
})

export type CollectedSpan = z.infer<typeof span>

export interface Collector {
  /** The endpoint, as `OTEL_EXPORTER_OTLP_ENDPOINT` wants it. */
  url: string
  spans: CollectedSpan[]
}

/** An endpoint that takes traces by OTLP over HTTP, in JSON; it ends with the file. */
export async function startCollector(): Promise<Collector> {
  const spans: CollectedSpan[] = []
  const server = createServer(async (request, response) => {
    if (request.url === '/v1/traces') {
      const { resourceSpans } = exported.parse(await json(request))
      spans.push(
        ...resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap((one) => one.spans)),
      )
    }
    response.writeHead(200, { 'content-type': 'application/json' }).end('{}')
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  atEndOfFile(async () => {
    server.close()
    server.closeAllConnections()
  })
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, spans }
}
