import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { atEndOfFile } from './cleanup.ts'

/** A request that has arrived, whole. */
export interface Received {
  method: string
  /** With the query. */
  path: string
  headers: IncomingHttpHeaders
  body: string
}

export interface HttpReceiver {
  /** Without a slash at the end. */
  url: string
  /** In the order in which they arrived. */
  received: Received[]
}

/** Answers a request: by default with 200 and nothing. Not to answer is to hang. */
export type Answer = (response: ServerResponse, request: Received) => void

/** Starts a real HTTP server on 127.0.0.1, which keeps what it receives and ends with the file. */
export async function startReceiver(
  answer: Answer = (response) => response.end(),
): Promise<HttpReceiver> {
  const received: Received[] = []
  const server = createServer(async (message, response) => {
    const { method = '', url: path = '', headers } = message
    const request = { method, path, headers, body: await text(message) }
    received.push(request)
    answer(response, request)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  atEndOfFile(async () => {
    server.closeAllConnections()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  return { url: `http://127.0.0.1:${port}`, received }
}
