import { randomUUID } from 'node:crypto'
import postgres, { type Sql } from 'postgres'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createDatabase, type TestDatabase } from '../support/database.ts'
import { createOrg, createWebhook, delivery, track } from '../support/fixtures.ts'
import { waitingFor } from '../support/locks.ts'

let db: TestDatabase
/** As many connections of the secret key's role as a test needs. */
let service: Sql
let orgId: string
let webhookId: string

beforeAll(async () => {
  db = await createDatabase()
  service = postgres(db.urlAs('postgres'), { max: 10, connection: { role: 'service_role' } })
  orgId = await createOrg(db)
})
afterAll(() => service.end())
beforeEach(async () => {
  webhookId = await createWebhook(db, orgId)
})

interface Counters {
  consecutive_failures: number
  last_failure_at: Date | null
}

async function counters(): Promise<Counters> {
  const [row] = await db.sql<[Counters]>`
    select consecutive_failures, last_failure_at from everwatch.webhooks where id = ${webhookId}`
  return row
}

/** Where the row is and who wrote it last: the same after as before unless it was written. */
async function version(): Promise<unknown> {
  const [row] = await db.sql`
    select ctid::text, xmin::text from everwatch.webhooks where id = ${webhookId}`
  return row
}

type Status = 'sent' | 'failed' | 'pending'

function insert(sql: Sql | postgres.TransactionSql, status: Status, id: string = randomUUID()) {
  return sql`
    insert into everwatch.webhook_deliveries (id, webhook_id, status, duration_ms)
    values (${id}, ${webhookId}, ${status}, ${status === 'pending' ? null : 10})`
}

describe('a delivery inserted through the Data API', () => {
  it('takes its org from its webhook', async () => {
    await insert(service, 'sent')
    const rows = await db.sql`
      select org_id from everwatch.webhook_deliveries where webhook_id = ${webhookId}`
    expect(rows).toEqual([{ org_id: orgId }])
  })

  it('adds to the run of failures when it failed, and says when', async () => {
    await insert(service, 'failed')
    await insert(service, 'failed')
    const [latest] = await db.sql`
      select max(sent_at) as sent_at from everwatch.webhook_deliveries where webhook_id = ${webhookId}`
    expect(await counters()).toEqual({
      consecutive_failures: 2,
      last_failure_at: latest?.['sent_at'],
    })
  })

  it('ends the run of failures when it was sent, and leaves the time of the last one', async () => {
    await insert(service, 'failed')
    const { last_failure_at } = await counters()
    await insert(service, 'sent')
    expect(await counters()).toEqual({ consecutive_failures: 0, last_failure_at })
  })

  it('counts once it has finished, not while it is pending', async () => {
    const id = randomUUID()
    await insert(service, 'pending', id)
    expect(await counters()).toMatchObject({ consecutive_failures: 0 })
    await service`
      update everwatch.webhook_deliveries set status = 'failed', duration_ms = 5 where id = ${id}`
    expect(await counters()).toMatchObject({ consecutive_failures: 1 })
  })

  it('counts no more when it is deleted: retention does not heal a webhook', async () => {
    await insert(service, 'failed')
    await service`delete from everwatch.webhook_deliveries where webhook_id = ${webhookId}`
    expect(await counters()).toMatchObject({ consecutive_failures: 1 })
  })

  it('counts nothing when its transaction is rolled back', async () => {
    await service
      .begin(async (sql) => {
        await insert(sql, 'failed')
        throw new Error('changed my mind')
      })
      .catch(() => {})
    expect(await counters()).toEqual({ consecutive_failures: 0, last_failure_at: null })
  })

  it.each([
    ['to change its outcome', { status: 'failed' }],
    ['to change its time', { sent_at: new Date(0) }],
    ['to move to another id', { id: randomUUID() }],
  ])('refuses %s once it has finished', async (_, change) => {
    await insert(service, 'sent')
    await expect(
      service`
        update everwatch.webhook_deliveries set ${service(change)} where webhook_id = ${webhookId}`,
    ).rejects.toMatchObject({ code: 'PT409', detail: 'finished' })
  })

  it('refuses to move to another webhook while it is pending', async () => {
    const other = await createWebhook(db, orgId)
    await insert(service, 'pending')
    await expect(
      service`
        update everwatch.webhook_deliveries set webhook_id = ${other}
        where webhook_id = ${webhookId}`,
    ).rejects.toMatchObject({ code: 'PT409' })
  })
})

describe('several deliveries in one statement', () => {
  it.each<[Status[], number, string]>([
    [['failed', 'failed', 'failed'], 3, 'all of them count'],
    [['failed', 'sent', 'failed', 'failed'], 2, 'those after the last success count'],
    [['failed', 'failed', 'sent'], 0, 'a success at the end leaves none'],
    [['sent', 'pending', 'failed', 'pending'], 1, 'pending ones are passed over'],
    [['pending', 'pending'], 0, 'pending ones alone are nothing'],
  ])('%j at one time leave %i: %s', async (statuses, run) => {
    const sent_at = new Date()
    const rows = statuses.map((status) => ({
      webhook_id: webhookId,
      status,
      duration_ms: status === 'pending' ? null : 10,
      sent_at,
    }))
    await service`insert into everwatch.webhook_deliveries ${service(rows)}`
    expect(await counters()).toMatchObject({ consecutive_failures: run })
  })

  it('count by the time at which they were sent before their place in the statement', async () => {
    const rows = [
      { webhook_id: webhookId, status: 'failed', duration_ms: 1, sent_at: new Date(3000) },
      { webhook_id: webhookId, status: 'sent', duration_ms: 1, sent_at: new Date(2000) },
      { webhook_id: webhookId, status: 'failed', duration_ms: 1, sent_at: new Date(1000) },
    ]
    await service`insert into everwatch.webhook_deliveries ${service(rows)}`
    expect(await counters()).toEqual({ consecutive_failures: 1, last_failure_at: new Date(3000) })
  })

  it('never set the time of the last failure back', async () => {
    const row = { webhook_id: webhookId, status: 'failed', duration_ms: 1 }
    await service`
      insert into everwatch.webhook_deliveries ${service({ ...row, sent_at: new Date(9000) })}`
    await service`
      insert into everwatch.webhook_deliveries ${service({ ...row, sent_at: new Date(1000) })}`
    expect(await counters()).toEqual({ consecutive_failures: 2, last_failure_at: new Date(9000) })
  })
})

describe('a healthy webhook', () => {
  it('has its row left alone by a success, however it was tracked', async () => {
    const pending = randomUUID()
    await insert(service, 'pending', pending)
    const before = await version()
    await insert(service, 'sent')
    await track(db, delivery(webhookId), delivery(webhookId))
    await track(db, delivery(webhookId, { id: pending }))
    expect(await version()).toEqual(before)
  })

  it('takes a success while another transaction holds one that it has not committed', async () => {
    await service.begin(async (open) => {
      await insert(open, 'sent')
      await service.begin(async (sql) => {
        await sql`set local lock_timeout = '2s'`
        await insert(sql, 'sent')
      })
    })
    expect(await counters()).toMatchObject({ consecutive_failures: 0 })
  })

  it('takes a failure only after the successes before it have committed', async () => {
    const done: string[] = []
    let failure: Promise<unknown> = Promise.resolve()
    await service.begin(async (open) => {
      await insert(open, 'sent')
      failure = insert(service, 'failed').then(() => done.push('failure'))
      await waitingFor(db, 'advisory')
      done.push('success')
    })
    await failure
    expect(done).toEqual(['success', 'failure'])
    expect(await counters()).toMatchObject({ consecutive_failures: 1 })
  })
})

describe('a transaction that is not one statement at read committed', () => {
  it('fails rather than miss a failure that its snapshot does not show', async () => {
    const late = service.begin('isolation level repeatable read', async (sql) => {
      await sql`select 1`
      await sql`select count(*) from everwatch.webhooks`
      await insert(service, 'failed')
      await insert(sql, 'sent')
    })
    await expect(late).rejects.toMatchObject({ code: '40001' })
    expect(await counters()).toMatchObject({ consecutive_failures: 1 })
  })

  it('counts at repeatable read when nothing happened in between', async () => {
    await insert(service, 'failed')
    await service.begin('isolation level repeatable read', (sql) => insert(sql, 'sent'))
    expect(await counters()).toMatchObject({ consecutive_failures: 0 })
  })

  it('counts its statements one after the other', async () => {
    await service.begin(async (sql) => {
      for (const status of ['sent', 'failed', 'sent', 'failed', 'failed'] as const) {
        await insert(sql, status)
      }
    })
    expect(await counters()).toMatchObject({ consecutive_failures: 2 })
  })

  it('gives way when two want to record a failure after a success', async () => {
    const sessions = await Promise.all([service.reserve(), service.reserve()])
    for (const session of sessions) {
      await session`begin`
      await insert(session, 'sent')
    }
    const results = await Promise.allSettled(
      sessions.map((session) =>
        insert(session, 'failed').finally(() => session`commit`.then(() => session.release())),
      ),
    )
    expect(results.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected'])
    expect(results.find(({ status }) => status === 'rejected')).toMatchObject({
      reason: { code: '40P01' },
    })
    expect(await counters()).toMatchObject({ consecutive_failures: 1 })
  })
})
