// Tracks events with the library, or keeps them in a list as JSON, and prints what each took of time
// and of memory. Usage: node --expose-gc … track-events.ts <everwatch | list> <url> <events>
import { setImmediate as nextTurn } from 'node:timers/promises'
import { createLogger } from '../../../supabase/functions/_shared/everwatch/logger.ts'
import { createMonitoring } from '../../../supabase/functions/_shared/everwatch/metrics.ts'

const [name = '', url = '', count = ''] = process.argv.slice(2)
const events = Number(count)
const webhookId = '0190f3a2-7c1e-7b54-9f3e-2c1d4e5f6a7b'
const logger = createLogger({ level: 'silent' })
const monitoring = createMonitoring({ url, key: 'k', logger })
const list: string[] = []

const track: Record<string, (n: number) => void> = {
  everwatch: (n) => void monitoring.trackWebhookDelivery(webhookId, 'sent', n),
  list: (n) =>
    list.push(
      JSON.stringify({
        type: 'webhook_delivery',
        id: crypto.randomUUID(),
        webhook_id: webhookId,
        status: 'sent',
        duration_ms: n,
        sent_at: new Date().toISOString(),
      }),
    ),
}

const one = track[name]
if (!one) throw new Error(`There is no way ${name}.`)
globalThis.gc?.()
const before = process.memoryUsage().heapUsed
let busyMs = 0
for (let n = 0; n < events;) {
  const start = performance.now()
  for (const turn = n + 100; n < turn; n += 1) one(n)
  busyMs += performance.now() - start
  // As an app that serves requests, it lets others have their turn.
  await nextTurn()
}
globalThis.gc?.()
const bytes = Math.max(0, process.memoryUsage().heapUsed - before) / events
console.log(JSON.stringify({ us: (1000 * busyMs) / events, bytes, kept: list.length }))
process.exit()
