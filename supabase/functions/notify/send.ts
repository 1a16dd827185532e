import { logger } from '../_shared/everwatch/logger.ts'
import { findAddresses } from './address-guard.ts'
import { emailRequest } from './email.ts'
import type { Message, OutgoingRequest } from './message.ts'
import { judgeAnswer, judgeFailure, type Outcome } from './outcome.ts'
import { pagerdutyRequest } from './pagerduty.ts'
import { slackRequest } from './slack.ts'
import { post } from './transport.ts'
import { webhookRequest } from './webhook.ts'

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
  const { allowed_networks, secrets, timeout_ms } = message
  try {
    const request = await requestFor(message)
    const addresses = await findAddresses(new URL(request.url), allowed_networks)
    const answer = await post(request, addresses, timeout_ms)
    return judgeAnswer(answer, secrets, new Date())
  } catch (error) {
    return judgeFailure(error)
  }
}

async function requestFor(message: Message): Promise<OutgoingRequest> {
  switch (message.channel.kind) {
    case 'slack':
      return slackRequest(message)
    case 'pagerduty':
      return pagerdutyRequest(message)
    case 'email':
      return emailRequest(message)
    case 'webhook':
      return webhookRequest(message, new Date())
  }
}
