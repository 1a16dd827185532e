import type { Locator, Page } from 'playwright-core'
import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { writeSettings } from '../../scripts/stack/settings.ts'
import { startWorker } from '../../scripts/stack/worker/index.ts'
import { expectSeen, startDashboard, type Dashboard } from '../support/browser.ts'
import { atEndOfFile } from '../support/cleanup.ts'
import { addMember, createOrg, type Role } from '../support/fixtures.ts'
import { createChannel, fireAlert } from '../support/notify-stack.ts'
import { claimFirst, finish, outbox } from '../support/outbox.ts'
import { startReceiver, type Receiver } from '../support/receiver.ts'
import { call } from '../support/requests.ts'
import type { TestUser } from '../support/stack.ts'

let dashboard: Dashboard
let receiver: Receiver
let orgId: string
let deadId: string

beforeAll(async () => {
  dashboard = await startDashboard()
  receiver = await startReceiver()
})

/** What a channel that refused is owed; and, on one that is muted, what waits. */
beforeEach(async () => {
  const { db } = dashboard
  receiver.received.length = 0
  orgId = await createOrg(db, 'Acme')
  const refused = await createChannel(db, orgId, { name: 'On call', url: receiver.url })
  const allDay = { from: '00:00', to: '23:59', time_zone: 'UTC' }
  await createChannel(db, orgId, {
    name: 'Office',
    url: receiver.url,
    mute_windows: [allDay, { ...allDay, from: '12:00', to: '11:59' }],
  })
  await fireAlert(db, orgId)
  const message = await claimFirst(db, refused.id)
  await finish(db, message, {
    result: 'dead',
    status_code: 400,
    error: 'The receiver answered 400.',
  })
  deadId = (await outbox(db, refused.id))[0]!.id
})

async function signUp(role: Role): Promise<TestUser> {
  const user = await dashboard.signUp()
  await addMember(dashboard.db, orgId, role, user.userId)
  return user
}

const rowOf = (page: Page, channel: string): Locator =>
  page
    .getByRole('table', { name: 'Notification outbox' })
    .getByRole('row')
    .filter({ hasText: channel })

describe('an admin', () => {
  it('sees what waits and until when, and what is dead and why', async () => {
    const page = await dashboard.visitAs(await signUp('admin'), `/orgs/${orgId}/system`)
    await expectSeen(rowOf(page, 'On call').getByText('Dead', { exact: true }))
    await expectSeen(rowOf(page, 'On call').getByText('The receiver answered 400.'))
    await expectSeen(rowOf(page, 'Office').getByText('Waiting', { exact: true }))
    expect(await rowOf(page, 'Office').innerText()).toMatch(/fired\s+Waiting\s+0\s+in \d+/)
    await page.getByRole('button', { name: 'Dead', exact: true }).click()
    await rowOf(page, 'Office').waitFor({ state: 'hidden' })
    expect(page.url()).toContain('outbox=dead')
  })

  it('has a dead one sent again, and sees that it arrived', async () => {
    await writeSettings(dashboard.db.url, dashboard.functionsUrl)
    const worker = await startWorker({ url: dashboard.db.url })
    atEndOfFile(() => worker.stop())
    const page = await dashboard.visitAs(await signUp('owner'), `/orgs/${orgId}/system`)
    await page.getByRole('button', { name: 'Resend to On call' }).click()
    await expect.poll(() => receiver.received.length).toBe(1)
    await page.getByRole('button', { name: 'Delivered' }).click()
    await page.reload()
    await expectSeen(rowOf(page, 'On call').getByText('Delivered', { exact: true }))
  })

  it('is told why one cannot be sent again', async () => {
    await dashboard.db.sql`
      update everwatch_private.channels set enabled = false where org_id = ${orgId} and name = 'On call'`
    const page = await dashboard.visitAs(await signUp('admin'), `/orgs/${orgId}/system`)
    await page.getByRole('button', { name: 'Resend to On call' }).click()
    await expectSeen(page.getByRole('alert').getByText('Enable the channel first.'))
  })
})

describe.each(['member', 'viewer'] as const)('a %s', (role) => {
  it('sees the outbox without a button, and is refused by the API', async () => {
    const user = await signUp(role)
    const page = await dashboard.visitAs(user, `/orgs/${orgId}/system`)
    await expectSeen(rowOf(page, 'On call').getByText('Dead', { exact: true }))
    expect(await page.getByRole('button', { name: /Resend/ }).count()).toBe(0)
    expect(
      await call(dashboard, 'resend_notification', user, { notification_id: Number(deadId) }),
    ).toMatchObject({ status: 403, body: { details: 'not_an_admin' } })
  })
})

describe('who has nothing in the outbox', () => {
  it('is told so', async () => {
    const user = await dashboard.signUp()
    const calm = await createOrg(dashboard.db, 'Calm')
    await addMember(dashboard.db, calm, 'viewer', user.userId)
    const page = await dashboard.visitAs(user, `/orgs/${calm}/system`)
    await expectSeen(page.getByText('Nothing waits, and none is dead'))
  })
})
