import type { Page } from 'playwright-core'
import { beforeAll, describe, expect, it } from 'vitest'
import { expectSeen, startDashboard, type Dashboard } from '../support/browser.ts'
import { addMember, createOrg, createWebhook } from '../support/fixtures.ts'
import { addDeliveries } from '../support/add-rows.ts'
import type { TestUser } from '../support/stack.ts'
import { refresh } from '../support/views.ts'

let dashboard: Dashboard
let orgId: string
let member: TestUser

beforeAll(async () => {
  dashboard = await startDashboard()
  const { db } = dashboard
  orgId = await createOrg(db, 'Acme')
  member = await dashboard.signUp()
  await addMember(db, orgId, 'viewer', member.userId)
  const alpha = await createWebhook(db, orgId, { url: 'https://alpha.example' })
  await addDeliveries(db, alpha, { status: 'failed', ago: '2 hours' })
  await addDeliveries(db, alpha, { count: 9 })
  const beta = await createWebhook(db, orgId, { url: 'https://beta.example' })
  await addDeliveries(db, beta, { durations: Array<number>(15).fill(2000), ago: '3 hours' })
  await addDeliveries(db, beta, { status: 'failed', durations: Array<number>(5).fill(2000) })
  const gamma = await createWebhook(db, orgId, { url: 'https://gamma.example' })
  await addDeliveries(db, gamma, { durations: [500], ago: '2 days' })
  await addDeliveries(db, gamma, { status: 'failed', durations: Array<number>(10).fill(500) })
  await createWebhook(db, orgId, { url: 'https://delta.example', enabled: false })
  await refresh(db)
})

const table = (page: Page) => page.getByRole('table', { name: 'Webhooks' })

/** The first letters of the webhooks that are listed, in their order. */
async function listed(page: Page): Promise<string> {
  const names = await table(page).getByRole('link').allInnerTexts()
  return names.map((name) => name[0]).join('')
}

describe('the list of webhooks', () => {
  it.each([
    ['Webhook', 'abdg', 'by name'],
    ['Health', 'dabg', 'disabled, healthy, warning, critical'],
    ['Success', 'abgd', '90%, 75%, 9%, and none last'],
    ['p95', 'bgad', '2 s, 500 ms, 100 ms, and none last'],
    ['Failures 24 h', 'gbad', '10, 5, 1, 0'],
    ['Last success', 'gbad', 'longest ago first, and never last'],
  ])('is sorted by %s: %s (%s), and the other way round', async (head, order) => {
    const page = await dashboard.visitAs(member, `/orgs/${orgId}/webhooks?sort=run`)
    const column = table(page).getByRole('columnheader', { name: head, exact: true })
    await column.getByRole('button').click()
    await expect.poll(() => listed(page)).toBe(order)
    await column.getByRole('button').click()
    const known = [...(order.endsWith('d') ? order.slice(0, -1) : order)].toReversed().join('')
    const hasNoneLast = ['Success', 'p95', 'Last success'].includes(head)
    const reversed = hasNoneLast ? `${known}d` : [...order].toReversed().join('')
    await expect.poll(() => listed(page)).toBe(reversed)
  })

  it.each([
    ['Find a webhook', 'ALPH', 'a', 'part of the address, in any case'],
    ['Success below', '80', 'bg', 'not the one without a rate'],
    ['p95 from', '1500', 'b', 'as slow as that, or slower'],
    ['Failures 24 h from', '10', 'g', 'as many as that, or more'],
    ['No success for', '24', 'dg', 'longer ago than that, or never'],
  ])('shows by "%s" %s: %s (%s)', async (label, value, found) => {
    const page = await dashboard.visitAs(member, `/orgs/${orgId}/webhooks?sort=url`)
    await page.getByLabel(label).fill(value)
    await expect.poll(() => listed(page)).toBe(found)
  })

  it('shows those of one health, and says how many there are of each', async () => {
    const page = await dashboard.visitAs(member, `/orgs/${orgId}/webhooks`)
    await page.getByRole('button', { name: 'Critical 1' }).click()
    await expect.poll(() => listed(page)).toBe('g')
    await page.getByRole('button', { name: 'All', exact: true }).click()
    await expect.poll(() => listed(page)).toBe('gbad')
  })

  it('is narrowed by several at once, at an address that shows the same again', async () => {
    const page = await dashboard.visitAs(member, `/orgs/${orgId}/webhooks?sort=url`)
    await page.getByLabel('Success below').fill('80.5')
    await page.getByLabel('Failures 24 h from').fill('6')
    await expect.poll(() => listed(page)).toBe('g')
    expect(page.url()).toContain('success=80.5&failures=6')
    await page.reload()
    await expect.poll(() => listed(page)).toBe('g')
    expect(await page.getByLabel('Success below').inputValue()).toBe('80.5')
    await page.getByRole('button', { name: 'Clear thresholds' }).click()
    await expect.poll(() => listed(page)).toBe('abdg')
  })

  it('says so when none is like that, and takes no nonsense from the address', async () => {
    const page = await dashboard.visitAs(member, `/orgs/${orgId}/webhooks?failures=999`)
    await expectSeen(page.getByText('None is like that'))
    await page.goto(`${dashboard.apiUrl}/#/orgs/${orgId}/webhooks?failures=many&p95=-1&sort=url`)
    await expect.poll(() => listed(page)).toBe('abdg')
    await page.goto(`${dashboard.apiUrl}/#/orgs/${orgId}/webhooks?find=42`)
    await expectSeen(page.getByText('None is like that'))
    await page.goto(`${dashboard.apiUrl}/#/orgs/${orgId}?range=2y&from=x&to=7`)
    await expectSeen(page.getByRole('img', { name: /^Deliveries: All 40/ }))
  })
})
