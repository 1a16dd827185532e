// Serves one request as an edge function does, on Deno with its own OpenTelemetry; `telemetry.test.ts`
// reads what it exports and prints.
import {
  trackQuery,
  withMonitoring,
} from '../../../supabase/functions/_shared/everwatch/middleware.ts'

interface Server {
  addr: { port: number }
  shutdown(): Promise<void>
}

const { Deno } = globalThis as unknown as {
  Deno: { serve(options: object, handler: (request: Request) => Promise<Response>): Server }
}

const handler = withMonitoring(async (_request, context) => {
  await trackQuery('cold_contacts', async () => ({ data: [], error: null }), context)
  return new Response()
})

const server = Deno.serve({ hostname: '127.0.0.1', port: 0, onListen: () => {} }, (request) =>
  handler(request),
)
const response = await fetch(`http://127.0.0.1:${server.addr.port}/v1/contacts/42`)
await response.body?.cancel()
await server.shutdown()
