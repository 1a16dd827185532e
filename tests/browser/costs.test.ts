import type { Page } from 'playwright-core'
import { beforeAll, describe, expect, it } from 'vitest'
import { findings } from '../support/axe.ts'
import { expectSeen, startDashboard, type Dashboard } from '../support/browser.ts'
import { measure } from '../support/costs.ts'
import {
  addMember,
  apiRequest,
  createOrg,
  createRule,
  createWebhook,
  track,
} from '../support/fixtures.ts'
import { addDeliveries, addExecutions } from '../support/add-rows.ts'
import { statement, stateInsights } from '../support/insights.ts'
import type { TestUser } from '../support/stack.ts'

const saving = 'https://acme.example/busy fails each time: disabling it would free 1.2 MB.'

let dashboard: Dashboard
let acme: string
let globex: string
let member: TestUser
let other: TestUser

beforeAll(async () => {
  dashboard = await startDashboard()
  const { db } = dashboard
  acme = await createOrg(db, 'Acme')
  globex = await createOrg(db, 'Globex')
  member = await memberOf(acme)
  other = await memberOf(globex)
})

async function memberOf(orgId: string): Promise<TestUser> {
  const user = await dashboard.signUp()
  await addMember(dashboard.db, orgId, 'viewer', user.userId)
  return user
}

const visit = (user: TestUser, orgId: string, query = ''): Promise<Page> =>
  dashboard.visitAs(user, `/orgs/${orgId}/costs${query}`)

/** What stands in a tile, its figure first. */
const tile = (page: Page, label: string): Promise<string[]> =>
  page.locator('.tile', { hasText: label }).getByRole('definition').allInnerTexts()

const table = (page: Page) => page.getByRole('table', { name: 'Costs by resource' })

/** The cells of the row of a resource, by their columns. */
async function rowOf(page: Page, name: string): Promise<Record<string, string>> {
  const cells = await table(page)
    .getByRole('row')
    .filter({ hasText: name })
    .getByRole('cell')
    .allInnerTexts()
  const heads = await table(page).getByRole('columnheader').allInnerTexts()
  return Object.fromEntries(heads.map((head, n) => [head, cells[n] ?? '']))
}

describe('before anything was measured', () => {
  it('a member is told so, and shown nothing as nothing', async () => {
    const page = await visit(member, acme)
    await expectSeen(page.getByText('Nothing has been measured yet'))
    expect(await page.locator('main').innerText()).not.toMatch(/\$|\b0\b/)
    expect(await findings(page)).toEqual([])
  })
})

describe('once it was measured, a member', () => {
  let webhookId: string
  let ruleId: string

  beforeAll(async () => {
    const { db } = dashboard
    webhookId = await createWebhook(db, acme, { url: 'https://acme.example/busy' })
    ruleId = await createRule(db, acme, { name: 'Wake up' })
    await addDeliveries(db, webhookId, { count: 2000, ago: '3 days' })
    await addExecutions(db, ruleId, { count: 500, ago: '3 hours' })
    const created_at = new Date(Date.now() - 3 * 86_400_000).toISOString()
    await track(db, ...Array.from({ length: 40 }, () => apiRequest(acme, { created_at })))
    const theirs = await createWebhook(db, globex, { url: 'https://globex.example/' })
    await addDeliveries(db, theirs, { count: 10, ago: '3 days' })
    await db.sql`update everwatch_private.prices set included = 0, price = 10000`
    await measure(db)
    await stateInsights(db, 'regression', [statement(acme, { sentence: 'It became slower.' })])
    await stateInsights(db, 'cost', [statement(acme, { sentence: saving, severity: 'info' })])
  })

  it('reads what the org holds, did and pays for in 30 days, and as of when', async () => {
    const page = await visit(member, acme)
    await expectSeen(table(page))
    expect(await tile(page, 'Events')).toEqual(['2,540'])
    expect(await tile(page, 'Rows')).toEqual(['2,540'])
    expect(await tile(page, 'Function calls')).toEqual(['40'])
    const [bytes, measured] = await tile(page, 'Bytes at rest')
    expect(bytes).toMatch(/^[\d.]+ [kM]B$/)
    expect(measured).toMatch(/^numbers of \d+ (s|min) ago$/)
    const [cost = '', items = ''] = await tile(page, 'Cost')
    const [all = 0, ...parts] = `${cost} ${items}`.match(/[\d.]+/g)?.map(Number) ?? []
    expect(items).toMatch(/^Disk \$[\d.]+ · Calls \$0\.40/)
    expect(parts[0]).toBeGreaterThan(0)
    const sum = parts.reduce((total, part) => total + part, 0)
    expect(all).toBeCloseTo(sum, 1)
  })

  it('reads of each resource what it holds and did, those that hold most first', async () => {
    const page = await visit(member, acme)
    await expectSeen(table(page))
    const names = await table(page).getByRole('row').allInnerTexts()
    expect(names[1]).toContain('Webhook acme.example/busy')
    expect(await rowOf(page, 'Webhook acme.example/busy')).toMatchObject({
      Rows: '2,000',
      Events: '2,000',
      Time: '3.3 min',
      Cost: expect.stringMatching(/^\$[\d.]+$/),
    })
    expect(await rowOf(page, 'Rule Wake up')).toMatchObject({ Rows: '500', Events: '500' })
    expect(await rowOf(page, 'Route GET /v1/contacts')).toMatchObject({
      Events: '40',
      'Function calls': '40',
    })
    await expectSeen(table(page).getByText('All else of Acme'))
  })

  it('is shown a dash for what is not known: what webhooks and rules call', async () => {
    const page = await visit(member, acme)
    await expectSeen(table(page))
    for (const name of ['Webhook acme.example/busy', 'Rule Wake up'])
      expect(await rowOf(page, name)).toMatchObject({ 'Function calls': '–' })
  })

  it('chooses another time, which changes what was done and not what is held', async () => {
    const page = await visit(member, acme)
    await expectSeen(table(page))
    const [bytes] = await tile(page, 'Bytes at rest')
    await page.getByRole('button', { name: '24h' }).click()
    await expect.poll(() => tile(page, 'Events')).toEqual(['500'])
    expect(page.url()).toContain('range=24h')
    expect((await tile(page, 'Bytes at rest'))[0]).toBe(bytes)
    await page.getByRole('button', { name: '30d' }).click()
    await expect.poll(() => tile(page, 'Events')).toEqual(['2,540'])
    expect(page.url()).not.toContain('range')
  })

  it.each([
    ['acme.example/busy', () => webhookId],
    ['Wake up', () => ruleId],
  ])('goes on to the page of %s', async (name, id) => {
    const page = await visit(member, acme)
    await table(page).getByRole('link', { name }).click()
    await expectSeen(page.getByRole('heading', { level: 1, name }))
    expect(page.url()).toContain(id())
  })

  it('reads what would be saved, and goes on to where it is answered', async () => {
    const page = await visit(member, acme)
    await expectSeen(page.getByText(saving))
    expect(await page.getByText('It became slower.').isVisible()).toBe(false)
    await page.getByRole('link', { name: 'Answer in Insights' }).click()
    await expectSeen(page.getByRole('button', { name: `Acknowledge ${saving}` }))
  })

  it('is told that costs are not known where the price is not', async () => {
    await dashboard.db.sql`delete from everwatch_private.prices where item = 'disk'`
    const page = await visit(member, acme)
    await expectSeen(table(page))
    const [cost, items] = await tile(page, 'Cost')
    expect({ cost, items }).toEqual({
      cost: '$0.40',
      items: expect.stringMatching(/^Disk – · Calls \$0\.40/),
    })
    expect(await rowOf(page, 'Webhook acme.example/busy')).toMatchObject({ Cost: '–' })
  })

  it('reads more of a long list on the way down', async () => {
    const { db } = dashboard
    await db.sql`
      insert into everwatch.webhooks (org_id, url)
      select ${globex}, 'https://globex.example/' || n from generate_series(1, 250) as n`
    await db.sql`
      insert into everwatch.webhook_deliveries (webhook_id, status, duration_ms, sent_at)
      select id, 'sent', 100, now() - interval '1 hour' from everwatch.webhooks where org_id = ${globex}`
    await measure(db)
    const page = await visit(other, globex)
    await expectSeen(page.getByText('100 read, smaller ones follow'))
    await page.mouse.move(600, 500)
    await expect
      .poll(
        async () => {
          await page.mouse.wheel(0, 5000)
          return page.getByText('252 in all').isVisible()
        },
        { timeout: 20_000 },
      )
      .toBe(true)
  })
})

describe('a member of another org', () => {
  it('sees what that one holds, and nothing of this one', async () => {
    const page = await visit(other, globex)
    await expectSeen(table(page))
    expect(await page.locator('main').innerText()).not.toMatch(/acme|Wake up/i)
    await page.goto(`${dashboard.apiUrl}/#/orgs/${acme}/costs`)
    await expectSeen(page.getByText('There is nothing here'))
    expect(await page.locator('main').innerText()).not.toMatch(/\$/)
  })
})
