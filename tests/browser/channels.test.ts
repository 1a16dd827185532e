import type { Page } from 'playwright-core'
import { Webhook } from 'standardwebhooks'
import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { writeSettings } from '../../scripts/stack/settings.ts'
import { channelKinds } from '../../supabase/functions/_shared/catalog/channel-kinds/index.ts'
import { expectSeen, startDashboard, type Dashboard } from '../support/browser.ts'
import { addMember, createOrg, type Role } from '../support/fixtures.ts'
import { createChannel } from '../support/notify-stack.ts'
import { call } from '../support/requests.ts'
import { startReceiver, type Received, type Receiver } from '../support/receiver.ts'

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

  it('is asked for what each kind of channel needs', async () => {
    const page = await visitChannelsAs('owner')
    await page.getByRole('button', { name: 'Add a channel' }).click()
    for (const { label, fields } of Object.values(channelKinds)) {
      await page.getByLabel('Kind').selectOption(label)
      for (const field of fields) await expectSeen(page.getByLabel(field.label, { exact: true }))
    }
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
      dashboard.db.sql`select enabled from everwatch_private.channels where id = ${id}`
    await page.getByRole('button', { name: 'Switch off On call' }).click()
    await expectSeen(page.getByText('Off', { exact: true }))
    expect(await enabled()).toEqual([{ enabled: false }])
    await page.getByRole('button', { name: 'Switch on On call' }).click()
    await expectSeen(page.getByText('On', { exact: true }))
    expect(await enabled()).toEqual([{ enabled: true }])
  })
})

/** The org's channels as they are kept. */
function rows(columns: string): Promise<Record<string, unknown>[]> {
  return dashboard.db.sql.unsafe(
    `select ${columns} from everwatch_private.channels where org_id = '${orgId}'`,
  )
}

describe('an admin', () => {
  it('deletes a channel, asked once more', async () => {
    await createChannel(dashboard.db, orgId, { name: 'On call', url: receiver.url })
    const page = await visitChannelsAs('admin')
    await page.getByRole('button', { name: 'Delete On call' }).click()
    await page.getByRole('button', { name: 'Keep it' }).click()
    await page.getByRole('button', { name: 'Delete for good' }).waitFor({ state: 'hidden' })
    expect(await rows('name')).toEqual([{ name: 'On call' }])
    await page.getByRole('button', { name: 'Delete On call' }).click()
    await page.getByRole('button', { name: 'Delete for good' }).click()
    await expectSeen(page.getByText('Nobody is told of alerts'))
    expect(await rows('name')).toEqual([])
  })

  it('rotates a webhook’s secret: the next test is signed by both, old and new', async () => {
    const { secret = '' } = await createChannel(dashboard.db, orgId, { url: receiver.url })
    const page = await visitChannelsAs('admin')
    await page.getByRole('button', { name: 'Rotate secret On call' }).click()
    await page.getByLabel('The present one signs as well for').selectOption('1 hour')
    await page.getByRole('button', { name: 'Rotate', exact: true }).click()
    const made = await page.getByText(/^whsec_/).innerText()
    await page.getByRole('button', { name: 'I have kept it' }).click()
    await expectSeen(page.getByText('The secret before this one signs until'))
    await page.getByRole('button', { name: 'Send test On call' }).click()
    await expectSeen(page.getByText(/^Delivered/))
    const [{ text, headers }] = receiver.received as [Received]
    for (const each of [secret, made]) {
      expect(() => new Webhook(each).verify(text, headers as Record<string, string>)).not.toThrow()
    }
  })

  it('rotates what others gave to be used, and is told when it cannot be right', async () => {
    await createChannel(dashboard.db, orgId, {
      kind: 'slack',
      secret: 'https://hooks.slack.com/services/T000/B000/old',
    })
    const page = await visitChannelsAs('admin')
    await page.getByRole('button', { name: 'Rotate secret On call' }).click()
    const field = page.getByLabel('Address of the incoming webhook')
    await field.fill('https://example.com/')
    await page.getByRole('button', { name: 'Rotate', exact: true }).click()
    await expectSeen(page.getByText('secret must be the address of a Slack incoming webhook.'))
    await field.fill('https://hooks.slack.com/services/T000/B000/new')
    await page.getByRole('button', { name: 'Rotate', exact: true }).click()
    await field.waitFor({ state: 'hidden' })
    const [kept] = await dashboard.db.sql`
      select decrypted_secret as secret from vault.decrypted_secrets
      where id = (select secret_id from everwatch_private.channels where org_id = ${orgId})`
    expect(kept).toEqual({ secret: 'https://hooks.slack.com/services/T000/B000/new' })
  })

  it('mutes a channel at times of the day, and takes it back', async () => {
    await createChannel(dashboard.db, orgId, { url: receiver.url })
    const page = await visitChannelsAs('admin')
    await page.getByRole('button', { name: 'Mute On call' }).click()
    await page.getByLabel('From', { exact: true }).fill('21:30')
    await page.getByLabel('Sat').check()
    await page.getByLabel('Sun').check()
    await page.getByRole('button', { name: 'Mute then' }).click()
    const words = 'Sat, Sun 21:30–07:00 Europe/Berlin'
    await expectSeen(page.getByText(`muted ${words}`))
    expect(await rows('mute_windows')).toEqual([
      {
        mute_windows: [
          { days: ['sat', 'sun'], from: '21:30', to: '07:00', time_zone: 'Europe/Berlin' },
        ],
      },
    ])
    await page.getByRole('button', { name: `${words} : no longer` }).click()
    await page.getByText(`muted ${words}`).waitFor({ state: 'hidden' })
    expect(await rows('mute_windows')).toEqual([{ mute_windows: [] }])
  })

  it('is told when a time zone is none', async () => {
    await createChannel(dashboard.db, orgId, { url: receiver.url })
    const page = await visitChannelsAs('admin')
    await page.getByRole('button', { name: 'Mute On call' }).click()
    await page.getByLabel('Time zone').fill('Europe/Atlantis')
    await page.getByRole('button', { name: 'Mute then' }).click()
    await expectSeen(page.getByRole('alert').getByText('a time_zone that there is not'))
  })
})

describe.each(['member', 'viewer'] as const)('a %s', (role) => {
  it('sees the channels, without their secrets and without a button', async () => {
    await createChannel(dashboard.db, orgId, { name: 'On call', url: `${receiver.url}/?key=k3y` })
    const page = await visitChannelsAs(role)
    await expectSeen(page.getByText('Owners and admins change them.'))
    await expectSeen(page.getByRole('strong'))
    expect(await page.content()).not.toContain('k3y')
    const panel = page.getByRole('region', { name: 'Channels' })
    expect(await panel.getByRole('button').count()).toBe(0)
  })

  it.each([
    ['update_channel', { enabled: false }],
    ['update_channel', { mute_windows: [] }],
    ['rotate_channel_secret', {}],
    ['delete_channel', {}],
    ['queue_test', {}],
  ])('who asks the API for it is refused: %s %j', async (name, fields) => {
    const { id } = await createChannel(dashboard.db, orgId, { url: receiver.url })
    const user = await dashboard.signUp()
    await addMember(dashboard.db, orgId, role, user.userId)
    const answer = await call(dashboard, name, user, { channel_id: id, ...fields })
    expect(answer).toMatchObject({ status: 403, body: { details: 'not_an_admin' } })
  })
})
