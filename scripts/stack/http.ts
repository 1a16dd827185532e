import { serve } from '@hono/node-server'
import type { AddressInfo } from 'node:net'

/** Something that answers requests of the Fetch standard. */
export type FetchHandler = (request: Request) => Response | Promise<Response>

export interface HttpServer {
  /** For example `http://127.0.0.1:54321`, without a slash at the end. */
  url: string
  stop(): Promise<void>
}

/** Serves a handler on 127.0.0.1. Port 0 takes a free one. @throws when the port is taken */
export function serveHttp(fetch: FetchHandler, port = 0): Promise<HttpServer> {
  return new Promise((resolve, reject) => {
    const server = serve({ fetch, port, hostname: '127.0.0.1' }, (address: AddressInfo) => {
      resolve({
        url: `http://127.0.0.1:${address.port}`,
        stop: () =>
          new Promise((stopped) => {
            server.close(() => stopped())
            if ('closeAllConnections' in server) server.closeAllConnections()
          }),
      })
    })
    server.once('error', reject)
  })
}
