import type { ServerResponse } from 'node:http'
import type { Received, Receiver } from './receiver.ts'
import { startReceiver } from './receiver.ts'

export interface FaultyReceiver extends Receiver {
  /** While true it answers nothing. */
  isStalled: boolean
  /** Requests that it has not answered yet. */
  open: number
  /** How many of its answers were of which kind. */
  answers: Record<string, number>
}

const faults: Record<string, (response: ServerResponse, elsewhere: string) => void> = {
  broken: (response) => response.writeHead(500).end('broken'),
  busy: (response) => response.writeHead(429, { 'retry-after': '1' }).end(),
  silent: () => {},
  reset: (response) => response.socket?.resetAndDestroy(),
  elsewhere: (response, location) => response.writeHead(302, { location }).end(),
  slow: (response) => response.writeHead(200).write('I am'),
}

/**
 * Starts a receiver of which every third answer is a fault, each kind in its turn.
 *
 * @param elsewhere where its redirects lead
 * @param override answers a request in another way
 */
export async function startFaultyReceiver(
  elsewhere: string,
  override: (request: Received, response: ServerResponse) => boolean,
): Promise<FaultyReceiver> {
  const receiver = Object.assign(await startReceiver(), {
    isStalled: false,
    open: 0,
    answers: {},
  }) as FaultyReceiver
  const kinds = Object.keys(faults)
  let count = 0
  receiver.answer = (request, response) => {
    receiver.open += 1
    response.once('close', () => (receiver.open -= 1))
    if (receiver.isStalled || override(request, response)) return
    count += 1
    const kind = count % 3 === 0 ? (kinds[(count / 3) % kinds.length] as string) : 'fine'
    receiver.answers[kind] = (receiver.answers[kind] ?? 0) + 1
    if (kind === 'fine') response.end('ok')
    else faults[kind]?.(response, elsewhere)
  }
  return receiver
}
