import { channelKinds } from '../_shared/catalog/channel-kinds/index.ts'
import { logger } from '../_shared/everwatch/logger.ts'
import { findAddresses } from './address-guard.ts'
import type { Message } from './message.ts'
import { judgeAnswer, judgeFailure, type Outcome } from './outcome.ts'
import { receivers } from './receivers/index.ts'
import { post } from './transport.ts'

/** Sends a message once. Never throws: what went wrong is the outcome. */
export async function send(message: Message): Promise<Outcome & { duration_ms: number }> {
  const started = performance.now()
  const outcome = await attempt(message)
  const duration_ms = Math.round(performance.now() - started)
  logger.info('Notification sent', {
    messageId: message.message_id,
    channel: message.channel.kind,
    attempt: message.attempt,
    result: outcome.result,
    status: outcome.status_code,
    durationMs: duration_ms,
  })
  return { ...outcome, duration_ms }
}

async function attempt(message: Message): Promise<Outcome> {
  const { allowed_networks, channel, secrets, timeout_ms } = message
  try {
    const request = await receivers[channel.kind](message, new Date())
    const addresses = await findAddresses(new URL(request.url), allowed_networks)
    const answer = await post(request, addresses, timeout_ms)
    return judgeAnswer(answer, secrets, new Date(), channelKinds[channel.kind].goneStatus)
  } catch (error) {
    return judgeFailure(error)
  }
}
