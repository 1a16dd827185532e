import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createDatabase, type TestDatabase } from '../support/database.ts'
import { addOneOfEach, createOrg, type Role } from '../support/fixtures.ts'
import { createChannel, fireAlert, fireAlerts } from '../support/notify-stack.ts'
import { claim, claimFirst, finish, outbox, states } from '../support/outbox.ts'

let db: TestDatabase
let orgId: string
let channelId: string
let secret: string | undefined
beforeAll(async () => {
  db = await createDatabase()
})
beforeEach(async () => {
  orgId = await createOrg(db)
  ;({ id: channelId, secret } = await createChannel(db, orgId, { url: 'https://receiver.example' }))
})

const failed = { result: 'retry', status_code: 500, error: 'The receiver answered 500.' }

describe('a claim', () => {
  it('gives one sender what it needs, and nobody else the same', async () => {
    await fireAlert(db, orgId)
    const [owed] = await outbox(db, channelId)
    const claims = await Promise.all([
      claim(db, owed!.id),
      claim(db, owed!.id),
      claim(db, owed!.id),
    ])
    const [message, ...others] = claims.flatMap((work) => work.message ?? [])
    expect(others).toEqual([])
    expect(message).toMatchObject({
      attempt: 1,
      org_name: 'Acme',
      secrets: [secret],
      channel: { kind: 'webhook', url: 'https://receiver.example' },
      alerts: [{ type: 'webhook_failure', kind: 'fired', value: 10 }],
    })
    expect(await states(db, channelId)).toEqual(['fired sending'])
  })

  it('gives both secrets while one is being rotated, and the new one alone after that', async () => {
    await fireAlert(db, orgId)
    const [{ result }] = await db.asService(
      (sql) => sql<[{ result: { secret: string } }]>`
        select everwatch.rotate_channel_secret(${channelId}, overlap_hours => 1) as result`,
    )
    const message = await claimFirst(db, channelId)
    expect(message.secrets).toEqual([result.secret, secret])
    await finish(db, message, failed)
    expect((await claimFirst(db, channelId, 3700)).secrets).toEqual([result.secret])
  })

  it('of what is not there, not due or over gives nothing', async () => {
    await fireAlert(db, orgId)
    const message = await claimFirst(db, channelId)
    expect(await claim(db, 0)).toEqual({})
    await finish(db, message, failed)
    expect(await claim(db, message.notification_id)).toEqual({})
    await finish(db, await claimFirst(db, channelId, 10), { result: 'delivered' }, 10)
    expect(await claim(db, message.notification_id, 86_400)).toEqual({})
  })

  it('of a channel that a person disabled drops what waits', async () => {
    await fireAlerts(db, orgId, [{}, {}])
    await db.asService(
      (sql) => sql`select everwatch.update_channel(${channelId}, enabled => false)`,
    )
    const [owed] = await outbox(db, channelId)
    expect(await claim(db, owed!.id)).toEqual({})
    expect(await states(db, channelId)).toEqual(['fired dropped', 'fired dropped'])
  })

  it.each(['anon', 'authenticated'])('is not for %s', async (role) => {
    const [row] = await db.sql`
      select bool_or(has_function_privilege(${role}, oid, 'execute')) as may from pg_proc
      where proname in ('claim_notification', 'finish_notification', 'accept_notification_call')`
    expect(row?.['may']).toBe(false)
  })
})

describe('an attempt that failed', () => {
  it('is followed by others, each later than the one before, eight in all', async () => {
    await fireAlert(db, orgId)
    const waits = [5, 30, 120, 600, 1800, 7200, 21_600]
    let clock = 0
    for (const [index, wait] of waits.entries()) {
      const message = await claimFirst(db, channelId, clock)
      expect(message.attempt).toBe(index + 1)
      const before = Date.now() + clock * 1000
      await finish(db, message, failed, clock)
      const [owed] = await outbox(db, channelId)
      const seconds = (owed!.due_at.getTime() - before) / 1000
      expect(seconds).toBeGreaterThanOrEqual(wait - 1)
      expect(seconds).toBeLessThanOrEqual(wait * 1.2 + 2)
      clock += wait * 1.2 + 2
    }
    await finish(db, await claimFirst(db, channelId, clock), failed, clock)
    expect(await outbox(db, channelId)).toMatchObject([
      { status: 'dead', attempts: 8, status_code: 500, error: 'The receiver answered 500.' },
    ])
  })

  it('keeps its id, its text and its place', async () => {
    await fireAlert(db, orgId)
    const first = await claimFirst(db, channelId)
    await finish(db, first, failed)
    const second = await claimFirst(db, channelId, 10)
    expect(second).toEqual({ ...first, attempt: 2 })
  })

  it('hands its sender the next, when that is soon', async () => {
    await fireAlert(db, orgId)
    const message = await claimFirst(db, channelId)
    const { next } = await finish(db, message, failed)
    expect(next?.notification_id).toBe(message.notification_id)
    expect(next?.wait_ms).toBeGreaterThanOrEqual(4900)
    expect(next?.wait_ms).toBeLessThanOrEqual(6100)
  })

  it.each([
    [60_000, 60, 'as long as the receiver asks'],
    [10, 5, 'no shorter than it would have waited'],
    [86_400_000, 3600, 'an hour at most'],
  ])('with Retry-After of %i ms waits %i s: %s', async (retry_after_ms, seconds) => {
    await fireAlert(db, orgId)
    await finish(db, await claimFirst(db, channelId), { ...failed, retry_after_ms })
    const [owed] = await outbox(db, channelId)
    const waits = (owed!.due_at.getTime() - Date.now()) / 1000
    expect(waits).toBeGreaterThan(seconds - 2)
    expect(waits).toBeLessThan(seconds * 1.2 + 1)
  })

  it('for good is dead at once', async () => {
    await fireAlert(db, orgId)
    await finish(db, await claimFirst(db, channelId), { ...failed, result: 'dead' })
    expect(await states(db, channelId)).toEqual(['fired dead'])
  })

  it('with 410 disables the channel, and what it was still owed is dead, and said so', async () => {
    await fireAlerts(db, orgId, [{}, {}])
    await finish(db, await claimFirst(db, channelId), {
      ...failed,
      result: 'gone',
      status_code: 410,
    })
    expect(await states(db, channelId)).toEqual(['fired dead', 'fired dead'])
    const [channel] = await db.sql`
      select enabled, disabled_because from everwatch.v_notification_channels where id = ${channelId}`
    expect(channel).toEqual({
      enabled: false,
      disabled_because: 'The receiver answered 410: nobody is there any more.',
    })
  })
})

describe('a sender that falls silent', () => {
  it('loses its lease after a minute, and another takes over', async () => {
    await fireAlert(db, orgId)
    const first = await claimFirst(db, channelId)
    await db.sql`select everwatch_private.dispatch_notifications(now() + interval '50 seconds')`
    expect(await states(db, channelId)).toEqual(['fired sending'])
    await db.sql`select everwatch_private.dispatch_notifications(now() + interval '70 seconds')`
    expect(await claimFirst(db, channelId, 70)).toEqual({ ...first, attempt: 2 })
  })

  it('is not asked for ever', async () => {
    await fireAlert(db, orgId)
    for (let attempt = 1; attempt <= 8; attempt += 1) {
      await claimFirst(db, channelId, attempt * 100)
      await db.sql`
        select everwatch_private.dispatch_notifications(now() + make_interval(secs => ${attempt * 100 + 70}))`
    }
    expect(await outbox(db, channelId)).toMatchObject([
      { status: 'dead', error: 'The sender did not say what became of it.' },
    ])
  })

  it('may still say that it delivered, but not that it failed', async () => {
    await fireAlert(db, orgId)
    const first = await claimFirst(db, channelId)
    await db.sql`select everwatch_private.dispatch_notifications(now() + interval '70 seconds')`
    const second = await claimFirst(db, channelId, 70)
    await finish(db, first, { ...failed, result: 'dead' }, 70)
    expect(await states(db, channelId)).toEqual(['fired sending'])
    await finish(db, first, { result: 'delivered', status_code: 200 }, 70)
    expect(await states(db, channelId)).toEqual(['fired delivered'])
    await finish(db, second, failed, 70)
    expect(await states(db, channelId)).toEqual(['fired delivered'])
  })
})

/** Asks to send the first notification again: `ok`, or why not. */
async function resend(userId: string): Promise<string> {
  const [owed] = await outbox(db, channelId)
  return db
    .asUser(userId, (sql) => sql`select everwatch.resend_notification(${owed!.id})`)
    .then(
      () => 'ok',
      ({ code }: { code: string }) => code,
    )
}

describe('a dead notification', () => {
  it.each<[Role, string, string]>([
    ['owner', 'ok', 'fired queued'],
    ['admin', 'ok', 'fired queued'],
    ['member', 'PT403', 'fired dead'],
    ['viewer', 'PT403', 'fired dead'],
  ])('is sent again by %s: %s', async (role, expected, state) => {
    const people = await addOneOfEach(db, orgId)
    await fireAlert(db, orgId)
    await finish(db, await claimFirst(db, channelId), { ...failed, result: 'dead' })
    expect(await resend(people[role])).toBe(expected)
    expect(await states(db, channelId)).toEqual([state])
  })

  it('keeps its id', async () => {
    const { owner } = await addOneOfEach(db, orgId)
    await fireAlert(db, orgId)
    const first = await claimFirst(db, channelId)
    await finish(db, first, { ...failed, result: 'dead' })
    expect(await resend(owner)).toBe('ok')
    expect(await claimFirst(db, channelId)).toEqual(first)
  })

  it('of another org stays so', async () => {
    const stranger = (await addOneOfEach(db, await createOrg(db))).owner
    await fireAlert(db, orgId)
    await finish(db, await claimFirst(db, channelId), { ...failed, result: 'dead' })
    expect(await resend(stranger)).toBe('PT403')
  })

  it('is the only one that is sent again, and on a channel that works', async () => {
    const { owner } = await addOneOfEach(db, orgId)
    await fireAlert(db, orgId)
    expect(await resend(owner)).toBe('PT409')
    await finish(db, await claimFirst(db, channelId), { ...failed, result: 'gone' })
    expect(await resend(owner)).toBe('PT409')
    await db.asUser(
      owner,
      (sql) => sql`select everwatch.update_channel(${channelId}, enabled => true)`,
    )
    expect(await resend(owner)).toBe('ok')
  })
})
