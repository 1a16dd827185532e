import { setTimeout as sleep } from 'node:timers/promises'
import { serveHttp, type HttpServer } from '../stack/http.ts'
import { react } from './behaviour.ts'
import { channelPath } from './channels.ts'
import { scenario } from './scenario.ts'

/**
 * Where webhooks are delivered: a server that accepts, refuses and stalls, each path in its own way.
 * Alerts are told there as well.
 */
export function startReceiver(deployedAt: Date): Promise<HttpServer> {
  const webhooks = scenario.flatMap((org) => org.webhooks)
  return serveHttp(async (request) => {
    const path = new URL(request.url).pathname.slice(1)
    if (path === channelPath) return new Response(null, { status: 204 })
    const webhook = webhooks.find((candidate) => candidate.path === path)
    if (!webhook) return new Response('nobody listens here', { status: 404 })
    const reaction = react(webhook.behaviour, new Date(), deployedAt, Math.random)
    if (reaction === 'stall') return untilGivenUp(request.signal)
    await sleep(reaction.afterMs)
    const { status } = reaction
    return new Response(status < 400 ? 'thank you' : 'not today', { status })
  })
}

function untilGivenUp(signal: AbortSignal): Promise<Response> {
  return new Promise((resolve) => {
    signal.addEventListener('abort', () => resolve(new Response(null, { status: 499 })))
  })
}
