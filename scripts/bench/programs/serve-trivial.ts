// Serves a trivial handler on Node or on Deno, with the middleware of a module that is named or without
// any, until it is ended. The first line on standard error is { "port": … }; standard output gets the log.
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import process from 'node:process'
import { getRequestListener } from '@hono/node-server'
import type * as Middleware from '../../../supabase/functions/_shared/everwatch/middleware.ts'

interface DenoServer {
  addr: { port: number }
}

const { Deno } = globalThis as unknown as {
  Deno?: { serve(options: object, handler: (request: Request) => unknown): DenoServer }
}

const answer = (): Response => Response.json({ hello: 'world' })
const [, , middleware] = process.argv
const handler = middleware === undefined ? answer : await monitored(middleware)

process.stderr.write(`${JSON.stringify({ port: await serve() })}\n`)

async function monitored(module: string): Promise<(request: Request) => Promise<Response>> {
  const { withMonitoring } = (await import(module)) as typeof Middleware
  return withMonitoring(answer)
}

async function serve(): Promise<number> {
  if (Deno) {
    const options = { hostname: '127.0.0.1', port: 0, onListen: () => {} }
    return Deno.serve(options, (request) => handler(request)).addr.port
  }
  const server = createServer(getRequestListener((request) => handler(request)))
  await once(server.listen(0, '127.0.0.1'), 'listening')
  return (server.address() as AddressInfo).port
}
