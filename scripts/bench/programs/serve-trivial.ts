// Serves a trivial handler, with the middleware or without it, on Node or on Deno, until it is ended.
// The first line on standard error is { "port": … }; standard output gets the log.
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import process from 'node:process'
import { getRequestListener } from '@hono/node-server'
import { withMonitoring } from '../../../supabase/functions/_shared/everwatch/middleware.ts'

interface DenoServer {
  addr: { port: number }
}

const { Deno } = globalThis as unknown as {
  Deno?: { serve(options: object, handler: (request: Request) => unknown): DenoServer }
}

const answer = (): Response => Response.json({ hello: 'world' })
const handler = process.argv[2] === 'with' ? withMonitoring(answer) : answer

process.stderr.write(`${JSON.stringify({ port: await serve() })}\n`)

async function serve(): Promise<number> {
  if (Deno) {
    const options = { hostname: '127.0.0.1', port: 0, onListen: () => {} }
    return Deno.serve(options, (request) => handler(request)).addr.port
  }
  const server = createServer(getRequestListener((request) => handler(request)))
  await once(server.listen(0, '127.0.0.1'), 'listening')
  return (server.address() as AddressInfo).port
}
