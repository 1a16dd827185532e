import type { Page } from 'playwright-core'
import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { writeSettings } from '../../scripts/stack/settings.ts'
import { expectSeen, startDashboard, type Dashboard } from '../support/browser.ts'
import { addMember, createOrg, type Role } from '../support/fixtures.ts'
import { createChannel } from '../support/notify-stack.ts'
import { startReceiver, type Receiver } from '../support/receiver.ts'

let dashboard: Dashboard
let receiver: Receiver
let orgId: string

beforeAll(async () => {
  dashboard = await startDashboard()
  receiver = await startReceiver()
  await writeSettings(dashboard.db.url, dashboard.functionsUrl)
})
beforeEach(async () => {
  receiver.received.length = 0
  receiver.answer = (_, response) => response.end('ok')
  orgId = await createOrg(dashboard.db, 'Acme')
})

async function visitChannelsAs(role: Role): Promise<Page> {
  const user = await dashboard.signUp()
  await addMember(dashboard.db, orgId, role, user.userId)
  return dashboard.visitAs(user, `/orgs/${orgId}/alerts?tab=channels`)
}

describe('an owner', () => {
  it('adds a webhook, keeps its secret, and sees what the receiver says to a test', async () => {
    const page = await visitChannelsAs('owner')
    await expectSeen(page.getByText('Nobody is told of alerts'))
    await page.getByRole('button', { name: 'Add a channel' }).click()
    await page.getByLabel('Kind').selectOption('Webhook')
    await page.getByLabel('Name').fill('On call')
    await page.getByLabel('Address').fill(receiver.url)
    await page.getByRole('button', { name: 'Add', exact: true }).click()
    await expectSeen(page.getByText(/^whsec_/))
    await page.getByRole('button', { name: 'I have kept it' }).click()

    await page.getByRole('button', { name: 'Send test On call' }).click()
    await expectSeen(page.getByText(/^Delivered: the receiver answered 200 in \d+ ms/))
    expect(receiver.received).toMatchObject([
      { body: { alerts: [{ labels: { alertname: 'test' } }] } },
    ])
    receiver.answer = (_, response) => response.writeHead(403).end('who are you?')
    await page.getByRole('button', { name: 'Send test On call' }).click()
    await expectSeen(
      page.getByText('Not delivered. The receiver answered 403. It said: who are you?'),
    )
  })

  it('is told which setting is wrong', async () => {
    const page = await visitChannelsAs('owner')
    await page.getByRole('button', { name: 'Add a channel' }).click()
    await page.getByLabel('Name').fill('On call')
    await page.getByLabel('Address of the incoming webhook').fill('hooks.slack.com')
    await page.getByRole('button', { name: 'Add', exact: true }).click()
    await expectSeen(page.getByText('secret must be the address of a Slack incoming webhook.'))
  })

  it('switches a channel off and on again', async () => {
    const { id } = await createChannel(dashboard.db, orgId, { name: 'On call', url: receiver.url })
    const page = await visitChannelsAs('owner')
    const enabled = (): Promise<unknown> =>
      dashboard.db.sql`select enabled from monitoring.channels where id = ${id}`
    await page.getByRole('button', { name: 'Switch off On call' }).click()
    await expectSeen(page.getByText('Off', { exact: true }))
    expect(await enabled()).toEqual([{ enabled: false }])
    await page.getByRole('button', { name: 'Switch on On call' }).click()
    await expectSeen(page.getByText('On', { exact: true }))
    expect(await enabled()).toEqual([{ enabled: true }])
  })
})

describe('a member who is no admin', () => {
  it('sees the channels, without their secrets, and is told who may try them', async () => {
    await createChannel(dashboard.db, orgId, {
      name: 'On call',
      url: `${receiver.url}/?key=k3y`,
    })
    const page = await visitChannelsAs('member')
    await expectSeen(page.getByRole('strong'))
    expect(await page.content()).not.toContain('k3y')
    await page.getByRole('button', { name: 'Send test On call' }).click()
    await expectSeen(page.getByText('Only owners and admins of the org may do this.'))
    expect(receiver.received).toHaveLength(0)
  })
})
