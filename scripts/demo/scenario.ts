import type { Behaviour } from './behaviour.ts'
import { uuidOf } from './made-up.ts'

export interface DemoWebhook {
  id: string
  /** Path of its receiver. */
  path: string
  behaviour: Behaviour
  enabled: boolean
  deliveriesPerHour: number
}

export interface DemoRule {
  id: string
  name: string
  type: string
  segmentId: string
  runsPerHour: number
  failureRate: number
}

export interface DemoOrg {
  name: string
  email: string
  webhooks: DemoWebhook[]
  segments: { id: string; name: string; memberCount: number }[]
  rules: DemoRule[]
  apiKeyId: string
  requestsPerHour: number
  /** Requests that the API allows this org in ten minutes. */
  requestLimit: number
  /** Which share of its deliveries is to succeed. */
  objective: number
}

/** What the two organisations of the demo have, so that each kind of health, and isolation, is seen. */
export const scenario: DemoOrg[] = [
  {
    name: 'Acme',
    email: 'ada@acme.example',
    webhooks: [
      webhook('acme', 'crm/contacts', 'slowed', 180),
      webhook('acme', 'warehouse/events', 'flaky', 30),
      webhook('acme', 'mailer/campaigns', 'stalling', 25),
      webhook('acme', 'partners/zapier', 'outages', 60),
      webhook('acme', 'legacy/import', 'gone', 30),
      webhook('acme', 'archive/backup', 'silent', 0),
      { ...webhook('acme', 'sandbox/tests', 'steady', 0), enabled: false },
    ],
    segments: [
      segment('acme', 'Cold contacts', 1240),
      segment('acme', 'Key accounts', 86),
      segment('acme', 'Trial users', 412),
    ],
    rules: [
      rule('acme', 'Warm up cold contacts', 'warmth_threshold', 'Cold contacts', 6, 0.02),
      rule('acme', 'Remind after 30 days', 'no_touch_days', 'Key accounts', 3, 0),
      rule('acme', 'Welcome on stage change', 'stage_change', 'Trial users', 12, 0.05),
    ],
    apiKeyId: uuidOf('acme/key'),
    requestsPerHour: 100,
    requestLimit: 20,
    // Since a receiver has moved away more fails than that allows: its budget lasts for another day.
    objective: 0.925,
  },
  {
    name: 'Globex',
    email: 'grace@globex.example',
    webhooks: [
      webhook('globex', 'billing/invoices', 'steady', 24),
      webhook('globex', 'support/tickets', 'flaky', 12),
    ],
    segments: [segment('globex', 'Renewals', 58)],
    rules: [rule('globex', 'Ask for a renewal', 'no_touch_days', 'Renewals', 4, 0.01)],
    apiKeyId: uuidOf('globex/key'),
    requestsPerHour: 30,
    requestLimit: 60,
    objective: 0.9,
  },
]

function webhook(
  org: string,
  path: string,
  behaviour: Behaviour,
  deliveriesPerHour: number,
): DemoWebhook {
  return { id: uuidOf(`${org}/${path}`), path, behaviour, enabled: true, deliveriesPerHour }
}

function segment(org: string, name: string, memberCount: number): DemoOrg['segments'][number] {
  return { id: uuidOf(`${org}/${name}`), name, memberCount }
}

function rule(
  org: string,
  name: string,
  type: string,
  segmentName: string,
  runsPerHour: number,
  failureRate: number,
): DemoRule {
  const segmentId = uuidOf(`${org}/${segmentName}`)
  return { id: uuidOf(`${org}/${name}`), name, type, segmentId, runsPerHour, failureRate }
}

export const eventTypes = ['contact.created', 'contact.updated', 'deal.stage_changed'] as const

/** How long a window of the API's rate limits is, in seconds. */
export const limitWindowSeconds = 600

/** The sender's new version, from when on some deliveries take longer. */
export const deploy = { service: 'sender', version: 'v2.4.0' }

/**
 * When it was deployed: at the last of three hours that are busy enough to be compared, if there is
 * an hour of traffic since.
 */
export function deployedBefore(historyUntil: Date): Date {
  const hour = 3_600_000
  const latest = historyUntil.getTime() - 65 * 60_000
  const deployedAt = new Date(latest - (latest % hour))
  while (![7, 13, 19].includes(deployedAt.getUTCHours())) {
    deployedAt.setTime(deployedAt.getTime() - hour)
  }
  return deployedAt
}

/** What is asked for at the portal's API. */
export const resources = ['contacts', 'deals', 'webhooks', 'segments'] as const
