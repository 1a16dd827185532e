import { z } from 'zod'
import {
  largestBatch,
  trackAnswerSchema,
  type TrackedEvent,
} from '../../supabase/functions/_shared/events.ts'
import { nextArrival } from './arrivals.ts'
import { limitReport, limitWindowOf, pastDelivery, pastRequest, pastRun } from './events.ts'
import { seededRandom, type Random } from '../random.ts'
import { uuidOf } from './made-up.ts'
import { deploy, deployedBefore, scenario } from './scenario.ts'

/** Long enough that a deploy is compared with the same hour of the days before. */
const lengthMs = 5 * 86_400_000

interface TimedEvent {
  at: Date
  event: TrackedEvent
}

export interface HistoryOptions {
  functionsUrl: string
  secretKey: string
  orgIds: Record<string, string>
  until: Date
  signal: AbortSignal
  progress(done: number, total: number): void
}

/**
 * Tracks five days of traffic through the same function as all other traffic, oldest first. When it
 * is interrupted and made again, what was stored is not stored twice.
 */
export async function makeHistory(options: HistoryOptions): Promise<void> {
  const events = inventHistory(options)
  for (let done = 0; done < events.length; done += largestBatch) {
    options.signal.throwIfAborted()
    options.progress(done, events.length)
    const batch = events.slice(done, done + largestBatch)
    await sendBatch(
      options,
      batch.map(({ event }) => event),
    )
  }
  options.progress(events.length, events.length)
}

function inventHistory({ orgIds, until }: HistoryOptions): TimedEvent[] {
  const random = seededRandom(until.getTime())
  const between = { from: new Date(until.getTime() - lengthMs), until, random }
  const deployedAt = deployedBefore(until)
  const events: TimedEvent[] = []
  const add = (at: Date, event: TrackedEvent): void => {
    events.push({ at, event: { ...event, id: uuidOf(`history/${events.length}`) } })
  }
  for (const org of scenario) {
    const orgId = z.string().parse(orgIds[org.name])
    for (const webhook of org.webhooks) {
      for (const at of arrivals(webhook.deliveriesPerHour, between)) {
        add(at, pastDelivery(webhook, at, deployedAt, random))
      }
    }
    for (const rule of org.rules) {
      for (const at of arrivals(rule.runsPerHour, between)) add(at, pastRun(rule, at, random))
    }
    const requests = [...arrivals(org.requestsPerHour, between)]
    for (const at of requests) add(at, pastRequest(org, orgId, at, random))
    add(deployedAt, {
      type: 'deploy',
      org_id: orgId,
      ...deploy,
      at: deployedAt.toISOString(),
    })
    const used = requests.filter((at) => at >= limitWindowOf(until)).length
    add(until, limitReport(org, orgId, until, used))
  }
  return events.toSorted((left, right) => left.at.getTime() - right.at.getTime())
}

function* arrivals(
  perHour: number,
  { from, until, random }: { from: Date; until: Date; random: Random },
): Generator<Date> {
  if (perHour === 0) return
  let at = nextArrival(perHour, from, random)
  while (at < until) {
    yield at
    at = nextArrival(perHour, at, random)
  }
}

async function sendBatch(
  { functionsUrl, secretKey, signal }: HistoryOptions,
  events: TrackedEvent[],
): Promise<void> {
  const response = await fetch(`${functionsUrl}/track`, {
    method: 'POST',
    headers: { apikey: secretKey, 'content-type': 'application/json' },
    body: JSON.stringify({ events }),
    signal,
  })
  const text = await response.text()
  if (!response.ok) throw new Error(`history was refused with ${response.status}: ${text}`)
  const [rejection] = trackAnswerSchema.parse(JSON.parse(text)).rejected
  if (rejection) throw new Error(`history was refused: ${rejection.field} ${rejection.message}`)
}
