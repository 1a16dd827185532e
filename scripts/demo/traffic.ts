// The demo's application, a process of its own with the environment that any server has which uses
// Everwatch: SUPABASE_URL and SUPABASE_SECRET_KEY. It delivers webhooks, runs rules and calls its own
// API until its input closes. What it logs goes to .everwatch/demo.log.
import { setMaxListeners } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { z } from 'zod'
import { createMonitoring } from '../../supabase/functions/_shared/everwatch/metrics.ts'
import { nextArrival } from './arrivals.ts'
import { deliveryEvent, deliveryMessage, deliveryTimeoutMs, runOutcome } from './events.ts'
import { startPortal } from './portal.ts'
import { pick } from '../random.ts'
import { resources, scenario, type DemoOrg, type DemoWebhook } from './scenario.ts'
import { demoApiKey } from './tenants.ts'

const environment = z
  .object({
    DEMO_RECEIVER_URL: z.url(),
    DEMO_ORG_IDS: z
      .string()
      .transform((text) => z.record(z.string(), z.uuid()).parse(JSON.parse(text))),
  })
  .parse(process.env)

const monitoring = createMonitoring()
const stopping = new AbortController()
// Each source listens while it sleeps, which is no leak.
setMaxListeners(0, stopping.signal)
const portal = await startPortal(environment.DEMO_ORG_IDS, monitoring)
const sources = scenario.flatMap((org) => [
  ...org.webhooks.map((webhook) => repeat(webhook.deliveriesPerHour, () => deliver(webhook))),
  ...org.rules.map((rule) => repeat(rule.runsPerHour, () => run(rule))),
  repeat(org.requestsPerHour, () => request(org)),
])
for await (const _ of process.stdin);
stopping.abort()
await Promise.all(sources)
await portal.stop()
await monitoring.flush()

/**
 * Does something again and again, as often as `perHour` says, each at its time, however long it takes.
 * The first comes within seconds, so that who looks sees it move.
 */
async function repeat(perHour: number, work: () => Promise<void>): Promise<void> {
  if (perHour === 0) return
  const running = new Set<Promise<void>>()
  let at = new Date(Date.now() + 3000 * Math.random())
  while (await comes(at)) {
    const job = work().finally(() => running.delete(job))
    running.add(job)
    at = nextArrival(perHour, new Date(), Math.random)
  }
  await Promise.all(running)
}

/** Waits for a time. @returns false when the traffic ends before it */
function comes(at: Date): Promise<boolean> {
  const { signal } = stopping
  return sleep(at.getTime() - Date.now(), true, { signal }).catch(() => false)
}

async function deliver(webhook: DemoWebhook): Promise<void> {
  const message = deliveryMessage(Math.random)
  const started = performance.now()
  const outcome = await fetch(`${environment.DEMO_RECEIVER_URL}/${webhook.path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: message.body,
    signal: AbortSignal.timeout(deliveryTimeoutMs),
  }).then(
    async (response) => {
      const text = await response.text()
      return { status: response.status, error: response.ok ? undefined : text }
    },
    (error: unknown) => ({ status: undefined, error: String(error) }),
  )
  const durationMs = Math.round(performance.now() - started)
  await monitoring.track([deliveryEvent(webhook, message, { ...outcome, durationMs })])
}

async function run(rule: DemoOrg['rules'][number]): Promise<void> {
  const { status, contacts, durationMs, error } = runOutcome(rule, Math.random)
  await sleep(durationMs)
  await monitoring.trackRuleExecution(rule.id, status, durationMs, contacts, error)
}

async function request(org: DemoOrg): Promise<void> {
  const path = `/v1/${pick(resources, Math.random)}/${crypto.randomUUID()}`
  const headers = { authorization: `Bearer ${demoApiKey(org)}`, 'user-agent': 'demo/1.0' }
  const response = await fetch(`${portal.url}${path}`, { headers })
  await response.body?.cancel()
}
