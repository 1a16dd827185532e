import { beforeAll, describe, expect, it } from 'vitest'
import { startCrashableStack, type CrashableStack } from '../support/crashable-stack.ts'
import { startFaultyReceiver, type FaultyReceiver } from '../support/faulty-receiver.ts'
import { createChannel } from '../support/notify-stack.ts'
import { startReceiver, type Receiver } from '../support/receiver.ts'

const orgs = 20
const webhooksEach = 50

/** For a busy machine; the whole takes half a minute on one that is not. */
const patience = { timeout: 60_000, interval: 20 }

let stack: CrashableStack
let receiver: FaultyReceiver
let elsewhere: Receiver
/** The orgs, each with its channels: one that groups and one that does not, in turn. */
let orgIds: string[]

/** Orgs whose receiver never takes anything, and with which status it says so. */
const refusals = [500, 400, 410]

beforeAll(async () => {
  stack = await startCrashableStack()
  elsewhere = await startReceiver()
  receiver = await startFaultyReceiver(elsewhere.url, ({ path }, response) => {
    const status = refusals[orgIds.indexOf(path.slice(1))]
    if (status !== undefined) response.writeHead(status).end()
    return status !== undefined
  })
  await stack.sql`update everwatch_private.settings set receiver_timeout_ms = 500`
  const made = await stack.sql<{ id: string }[]>`
    insert into everwatch.orgs (name) select 'Org ' || n from generate_series(1, ${orgs}) as n
    returning id`
  orgIds = made.map(({ id }) => id)
  await stack.sql`
    insert into everwatch.webhooks (org_id, url)
    select id, 'https://shop.example/' || n from everwatch.orgs, generate_series(1, ${webhooksEach}) as n`
  for (const [index, id] of orgIds.entries()) {
    const grouping = { group_seconds: index % 5 === 0 ? 0 : 0.2 }
    await createChannel(stack, id, { url: `${receiver.url}/${id}`, ...grouping })
  }
}, 120_000)

/** The tenth failure of each webhook of an org, tracked until it is acknowledged. */
async function failTenTimes(orgId: string): Promise<void> {
  await expect
    .poll(
      () =>
        stack.sql`
          insert into everwatch.webhook_deliveries (webhook_id, status, duration_ms)
          select id, 'failed', 100 from everwatch.webhooks, generate_series(1, 10)
          where org_id = ${orgId} and consecutive_failures = 0`.then(
          () => 'tracked',
          () => 'lost',
        ),
      patience,
    )
    .toBe('tracked')
}

/** How many notifications are still to be sent by a time from now, or being sent. */
async function open(inSeconds: number): Promise<number> {
  const rows = await stack.sql<{ n: number }[]>`
    select count(*)::integer as n from everwatch_private.notifications
    where status = 'sending'
      or (status = 'queued' and due_at <= now() + ${inSeconds} * interval '1 second')`
  return rows[0]?.n ?? 0
}

/** Lets the schedule run at a time from now, until all that is due then has been tried. */
async function runSchedule(inSeconds: number): Promise<void> {
  await expect
    .poll(async () => {
      await stack.sql`
          select everwatch_private.dispatch_notifications(now() + ${inSeconds} * interval '1 second')`
      await expect.poll(() => open(inSeconds), { timeout: 3000 }).toBe(0)
      return true
    }, patience)
    .toBe(true)
}

describe('1,000 alerts at receivers of which every third answer is a fault', () => {
  it('are delivered or dead for a reason, while everything around them is killed', async () => {
    const [first, second, third, fourth] = [0, 1, 2, 3].map((part) =>
      orgIds.slice((part * orgs) / 4, ((part + 1) * orgs) / 4),
    ) as [string[], string[], string[], string[]]

    // The functions die in the middle of a send: the receiver has the request, and nobody the answer.
    receiver.isStalled = true
    await stack.startWorker()
    await Promise.all(first.map(failTenTimes))
    await expect.poll(() => receiver.open, patience).toBeGreaterThan(0)
    await stack.crashFunctions()
    receiver.isStalled = false

    // Postgres dies while deliveries are tracked and outcomes are written.
    const tracking = Promise.all(second.map(failTenTimes))
    await stack.crashPostgres()
    await tracking

    // What fires while pg_net has no worker waits for it.
    await stack.stopWorker()
    await Promise.all(third.map(failTenTimes))
    await stack.startWorker()
    await Promise.all(fourth.map(failTenTimes))

    for (const minutes of [2, 5, 10, 30, 60, 240, 720, 1500, 2300, 3000, 3700]) {
      await runSchedule(minutes * 60)
    }
    await theOutcome()
  }, 240_000)
})

async function theOutcome(): Promise<void> {
  const rows = await stack.sql<
    {
      orgId: string
      fingerprint: string
      status: string
      messageId: string
      error: string | null
    }[]
  >`
    select n.org_id as "orgId", a.fingerprint, n.status, n.message_id as "messageId", n.error
    from everwatch_private.alerts as a
    left join everwatch_private.alert_events as e on e.alert_id = a.id and e.kind = 'fired'
    left join everwatch_private.notifications as n on n.event_id = e.id
    where a.org_id is not null`
  expect(Object.keys(receiver.answers)).toHaveLength(7)
  expect(rows).toHaveLength(orgs * webhooksEach)
  expect(new Set(rows.map(({ status }) => status))).toEqual(new Set(['delivered', 'dead']))
  expect(rows.filter(({ status, error }) => status === 'dead' && !error)).toEqual([])
  const refused = new Set(orgIds.slice(0, refusals.length))
  expect(rows.filter(({ status, orgId }) => refused.has(orgId) !== (status === 'dead'))).toEqual([])

  // What each receiver got of which alert, under which ids.
  const told = new Map<string, Set<string>>()
  for (const { path, headers, body } of receiver.received) {
    for (const { labels, fingerprint } of (body as { alerts: TestAlert[] }).alerts) {
      expect(path).toBe(`/${labels.org_id}`)
      const ids = told.get(fingerprint) ?? new Set()
      told.set(fingerprint, ids.add(String(headers['webhook-id'])))
    }
  }
  for (const { status, fingerprint, messageId } of rows) {
    if (status !== 'delivered') continue
    expect(told.get(fingerprint)).toEqual(new Set([`msg_${messageId}`]))
  }
  expect(elsewhere.received).toEqual([])
}

interface TestAlert {
  labels: { org_id: string }
  fingerprint: string
}
