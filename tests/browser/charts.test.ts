import type { Locator, Page } from 'playwright-core'
import { beforeAll, describe, expect, it } from 'vitest'
import { expectSeen, startDashboard, type Dashboard } from '../support/browser.ts'
import { addMember, createOrg, createWebhook } from '../support/fixtures.ts'
import { addHours, scoreAt } from '../support/scored-hours.ts'
import type { TestUser } from '../support/stack.ts'

const hour = 3_600_000
const hours = 120

let dashboard: Dashboard
let member: TestUser
let path: string

beforeAll(async () => {
  dashboard = await startDashboard()
  const { db } = dashboard
  const orgId = await createOrg(db, 'Acme')
  member = await dashboard.signUp()
  await addMember(db, orgId, 'viewer', member.userId)
  const webhookId = await createWebhook(db, orgId)
  const now = new Date(Math.floor(Date.now() / hour) * hour)
  const counts = Array.from({ length: hours }, (_, n) => 20 + (n % 3))
  await addHours(db, webhookId, new Date(now.getTime() - hours * hour), counts)
  await scoreAt(db, now)
  path = `/orgs/${orgId}/webhooks/${webhookId}`
})

/** The chart of deliveries, of a page that shows three side by side. */
const chart = (page: Page): Locator =>
  page.locator('.panel').filter({ hasText: 'Deliveries' }).first().locator('.chart')

describe('what was usual', () => {
  it('is shown as a band, and told of the hour under the pointer, for which nothing moves', async () => {
    const page = await dashboard.visitAs(member, `${path}?range=7d`)
    const legend = chart(page).locator('.chart-legend')
    await expectSeen(legend.getByText('Usual', { exact: true }))
    const plot = chart(page).locator('.plot')
    const place = await plot.boundingBox()
    await plot.hover({ position: { x: place!.width - 40, y: place!.height / 2 } })
    await expectSeen(legend.getByText(/^usually \d+ to \d+$/))
    await expectSeen(legend.locator('time'))
    expect(await plot.boundingBox()).toEqual(place)
  })

  it('is not of parts of an hour, which are not scored', async () => {
    const page = await dashboard.visitAs(member, `${path}?range=1h`)
    await expectSeen(chart(page).locator('.chart-legend').getByText('All'))
    expect(await chart(page).getByText('Usual').count()).toBe(0)
  })
})
