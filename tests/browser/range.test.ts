import type { Locator, Page } from 'playwright-core'
import { beforeAll, describe, expect, it } from 'vitest'
import { expectSeen, startDashboard, type Dashboard } from '../support/browser.ts'
import { addMember, createOrg, createWebhook } from '../support/fixtures.ts'
import { addDeliveries, addRequests } from '../support/add-rows.ts'
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
  const webhookId = await createWebhook(db, orgId)
  await addDeliveries(db, webhookId, { count: 10, ago: '30 hours' })
  await addDeliveries(db, webhookId, { count: 12, ago: '2 hours' })
  await addDeliveries(db, webhookId, { count: 3, status: 'failed', ago: '2 hours' })
  await addRequests(db, orgId, { count: 5, resource_type: 'contacts', ago: '50 hours' })
  await addRequests(db, orgId, { resource_type: 'contacts', status_code: 404, ago: '50 hours' })
  await addRequests(db, orgId, { count: 2, resource_type: 'deals', status_code: 500, ago: '5 h' })
  await refresh(db)
})

/** All that a tile says, also to who does not see it. */
async function tile(page: Page, label: string): Promise<string> {
  const found = page.locator('.tile').filter({ has: page.getByText(label, { exact: true }) })
  return ((await found.locator('dd').textContent()) ?? '').replaceAll(/\s+/g, ' ')
}

const hoursAgo = (hours: number): Date => new Date(Date.now() - hours * 3_600_000)

/** As a field for local time takes it, in Berlin. */
const inField = (time: Date): string =>
  time.toLocaleString('sv-SE', { timeZone: 'Europe/Berlin' }).slice(0, 16).replace(' ', 'T')

async function showOwn(page: Page, from: Date, to: Date): Promise<void> {
  await page.getByRole('button', { name: 'Own' }).click()
  await page.getByLabel('From').fill(inField(from))
  await page.getByLabel('To', { exact: true }).fill(inField(to))
  await page.getByRole('button', { name: 'Show', exact: true }).click()
}

describe('the Overview', () => {
  it('compares each number with the range before', async () => {
    const page = await dashboard.visitAs(member, `/orgs/${orgId}`)
    await expect
      .poll(() => tile(page, 'Deliveries'))
      .toMatch(/^15 ↑ up 50% from 10 in the 24 hours before/)
    expect(await tile(page, 'Success rate')).toMatch(/^80% ↓ down 20 pts from 100% in the 24 hours/)
    expect(await tile(page, 'Delivery p95')).toMatch(/steady from 100 ms in the 24 hours before$/)
  })

  it('says nothing where there was nothing before', async () => {
    const page = await dashboard.visitAs(member, `/orgs/${orgId}?range=7d`)
    await expect.poll(() => tile(page, 'Deliveries')).toBe('25 ')
    expect(await tile(page, 'Success rate')).toBe('88% ')
  })
})

describe('a range of one’s own', () => {
  it('is filled in, in the viewer’s zone, and stands in the address in UTC', async () => {
    const page = await dashboard.visitAs(member, `/orgs/${orgId}`)
    const [from, to] = [hoursAgo(31), hoursAgo(29)]
    await showOwn(page, from, to)
    await expect.poll(() => tile(page, 'Deliveries')).toBe('10 ')
    const { searchParams } = new URL(page.url().replace('#', ''))
    const inAddress = ['from', 'to'].map((name) => searchParams.get(name)?.slice(0, 16))
    expect(inAddress).toEqual([from, to].map((time) => time.toISOString().slice(0, 16)))
    await page.reload()
    await expect.poll(() => tile(page, 'Deliveries')).toBe('10 ')
    await page.getByRole('button', { name: '24h' }).click()
    await expect.poll(() => tile(page, 'Deliveries')).toMatch(/^15 /)
  })

  it('has to end after it begins, and is left with Escape', async () => {
    const page = await dashboard.visitAs(member, `/orgs/${orgId}`)
    await page.getByRole('button', { name: 'Own' }).click()
    await page.getByLabel('From').fill('2026-11-02T10:00')
    await page.getByLabel('To', { exact: true }).fill('2026-11-02T09:00')
    await expectSeen(page.getByText('The end must come after the start.'))
    expect(await page.getByRole('button', { name: 'Show', exact: true }).isDisabled()).toBe(true)
    await page.keyboard.press('Escape')
    await page.getByLabel('From').waitFor({ state: 'hidden' })
    expect(page.url()).not.toContain('from=')
  })
})

/** The rows of a part, each as the words in it. */
async function counts(page: Page, name: string): Promise<string[]> {
  const rows = await part(page, name).locator('tbody tr').allInnerTexts()
  return rows.map((row) => row.replaceAll(/\s+/g, ' ').trim())
}

const part = (page: Page, name: string): Locator => page.getByRole('region', { name })

describe('the API’s parts', () => {
  it.each([
    ['range=24h', ['deals 100% 2'], ['500 100% 2'], 1, 'the last 24 hours'],
    ['range=1h', [], [], 0, 'the last hour'],
    [
      'range=7d',
      ['contacts 75% 6', 'deals 25% 2'],
      ['500 67% 2', '404 33% 1'],
      2,
      'the last 7 days',
    ],
  ] as const)('follow the range: %s', async (range, resources, statuses, hours, words) => {
    const page = await dashboard.visitAs(member, `/orgs/${orgId}/api?${range}`)
    await expectSeen(part(page, 'By hour').getByText(`whole hours of ${words}`))
    await expect.poll(() => counts(page, 'By resource')).toEqual(resources)
    expect(await counts(page, 'Errors by status code')).toEqual(statuses)
    expect(await part(page, 'By hour').locator('tbody time').count()).toBe(hours)
  })

  it('follow a range of one’s own', async () => {
    const page = await dashboard.visitAs(member, `/orgs/${orgId}/api`)
    await expect.poll(() => counts(page, 'By resource')).toEqual(['deals 100% 2'])
    await showOwn(page, hoursAgo(52), hoursAgo(48))
    await expect.poll(() => counts(page, 'By resource')).toEqual(['contacts 100% 6'])
    const [row] = await counts(page, 'By hour')
    expect(row).toMatch(/ 6 1 16\.67% 30 ms 404: 1$/)
  })

  it('are read by key when they are more than a page', async () => {
    const orgOfMonth = await createOrg(dashboard.db, 'Busy')
    await addMember(dashboard.db, orgOfMonth, 'viewer', member.userId)
    await dashboard.db.sql`
      insert into everwatch.api_audit_logs (org_id, method, path, status_code, duration_ms, created_at)
      select ${orgOfMonth}, 'GET', '/v1/contacts', 200, 30, now() - n * interval '1 hour'
      from generate_series(0, 718) as n`
    await refresh(dashboard.db)
    const page = await dashboard.visitAs(member, `/orgs/${orgOfMonth}/api?range=30d`)
    await expect.poll(() => counts(page, 'By resource')).toEqual(['unknown 100% 719'])
    const table = page.getByRole('table', { name: 'Requests by hour' })
    expect(await table.getAttribute('aria-rowcount')).toBe('720')
    expect(await table.locator('tbody tr').count()).toBeLessThan(60)
  })
})

describe('a time', () => {
  it('is in the viewer’s zone, and in UTC on hover, wherever there is one', async () => {
    const [{ sent, webhookId }] = await dashboard.db.sql<[{ sent: Date; webhookId: string }]>`
      select sent_at as sent, webhook_id as "webhookId" from everwatch.webhook_deliveries
      where org_id = ${orgId} order by sent_at desc limit 1`
    const inZone = (timeZone: string): string =>
      sent.toLocaleString('en-GB', { dateStyle: 'medium', timeStyle: 'medium', timeZone })
    const page = await dashboard.visitAs(member, `/orgs/${orgId}/webhooks/${webhookId}`, {
      locale: 'en-GB',
    })
    const time = page.getByRole('table', { name: 'Recent deliveries' }).locator('time').first()
    expect(await time.innerText()).toBe(inZone('Europe/Berlin'))
    expect(await time.getAttribute('title')).toBe(`${inZone('UTC')} UTC`)

    for (const name of ['Webhooks', 'API', 'System']) {
      await page.getByRole('link', { name, exact: true }).first().click()
      await expectSeen(page.getByRole('heading', { name, level: 1 }))
      await expectSeen(page.locator('main time').first())
      const titles = await page
        .locator('time')
        .evaluateAll((times) => times.map((each) => (each as HTMLElement).title))
      expect(titles.filter((title) => !title.endsWith(' UTC'))).toEqual([])
    }
  })
})
