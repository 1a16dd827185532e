import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { afterEach } from 'vitest'
import type { TrackedEvent } from '../../supabase/functions/_shared/everwatch/track/event.ts'

type Reply = (events: TrackedEvent[], response: ServerResponse) => void

/** A server in the place of `track`, which answers as it is told to. */
export interface TrackServer {
  url: string
  /** The batches that came, and when. */
  batches: { events: TrackedEvent[]; at: number; apikey: string | undefined }[]
  events(): TrackedEvent[]
  /** How it answers from now on. Default: everything is accepted. */
  reply: Reply
  close(): void
}

export const acceptAll: Reply = (events, response) => {
  response.end(JSON.stringify({ accepted: events.length, rejected: [] }))
}

export function answer(status: number, headers: Record<string, string> = {}, body = '{}'): Reply {
  return (_events, response) => response.writeHead(status, headers).end(body)
}

const started: TrackServer[] = []

afterEach(() => {
  for (const server of started.splice(0)) server.close()
})

/** Starts a server for a test; it ends with the test. */
export async function startTrackServer(): Promise<TrackServer> {
  const batches: TrackServer['batches'] = []
  const receive = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { events } = JSON.parse(await text(request)) as { events: TrackedEvent[] }
    batches.push({ events, at: Date.now(), apikey: request.headers['apikey'] as string })
    track.reply(events, response)
  }
  const server = createServer((request, response) => void receive(request, response))
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const close = (): void => {
    server.close()
    server.closeAllConnections()
  }
  const track: TrackServer = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    batches,
    events: () => batches.flatMap(({ events }) => events),
    reply: acceptAll,
    close,
  }
  started.push(track)
  return track
}
