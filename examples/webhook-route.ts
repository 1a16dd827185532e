// A route that delivers a webhook and tracks how that went. As a route handler of Next.js, an edge
// function or any other Fetch-style handler: `export const POST = deliverWebhook(webhook)`.
import { logger } from 'everwatch/logger'
import { trackWebhookDelivery } from 'everwatch/metrics'

export interface Webhook {
  id: string
  url: string
}

export function deliverWebhook(webhook: Webhook): (request: Request) => Promise<Response> {
  return async (request) => {
    const startTime = Date.now()
    try {
      const body = await request.arrayBuffer()
      const response = await fetch(webhook.url, { method: 'POST', body })
      await trackWebhookDelivery(
        webhook.id,
        response.ok ? 'sent' : 'failed',
        Date.now() - startTime,
        response.ok ? undefined : await response.text(),
        body.byteLength,
      )
      return Response.json({ success: response.ok })
    } catch (error) {
      logger.error('Webhook delivery failed', error, { webhookId: webhook.id })
      await trackWebhookDelivery(webhook.id, 'failed', Date.now() - startTime, String(error))
      throw error
    }
  }
}
