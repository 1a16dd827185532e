import { createServer, type IncomingHttpHeaders, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { atEndOfFile } from './cleanup.ts'

/** A request that a receiver got, whatever it answered. */
export interface Received {
  path: string
  headers: IncomingHttpHeaders
  /** As it was sent. */
  text: string
  body: unknown
}

/** Answers a request, or leaves it; by default with 200. */
export type Answering = (request: Received, response: ServerResponse) => void

export interface Receiver {
  url: string
  /** In the order of their arrival. */
  received: Received[]
  /** What it answers from now on. */
  answer: Answering
  server: Server
}

/** Starts a receiver of messages on 127.0.0.1; it ends with the test file. */
export async function startReceiver(): Promise<Receiver> {
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const text = Buffer.concat(chunks).toString('utf8')
    const { url: path = '/', headers } = request
    const got: Received = { path, headers, text, body: JSON.parse(text || 'null') }
    receiver.received.push(got)
    receiver.answer(got, response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const receiver: Receiver = {
    url: `http://127.0.0.1:${port}`,
    received: [],
    answer: (_, response) => response.end('ok'),
    server,
  }
  atEndOfFile(async () => {
    server.closeAllConnections()
    server.close()
  })
  return receiver
}
