import type { Page } from 'playwright-core'
import { beforeAll, describe, expect, it } from 'vitest'
import { findings } from '../support/axe.ts'
import { expectSeen, startDashboard, type Dashboard } from '../support/browser.ts'
import { measure } from '../support/costs.ts'
import { addMember, createOrg } from '../support/fixtures.ts'
import { createFullOrg } from '../support/full-org.ts'
import type { TestUser } from '../support/stack.ts'

let dashboard: Dashboard
let full: string
let empty: string
let webhookId: string
let ruleId: string
let member: TestUser

beforeAll(async () => {
  dashboard = await startDashboard()
  const { db } = dashboard
  full = (await createFullOrg(db, 'acme')).orgId
  empty = await createOrg(db, 'Empty')
  member = await dashboard.signUp()
  await addMember(db, full, 'admin', member.userId)
  await addMember(db, empty, 'member', member.userId)
  const [ids] = await db.sql<[{ webhook: string; rule: string }]>`
    select w.id as webhook, r.id as rule
    from everwatch.webhooks as w join everwatch.automation_rules as r using (org_id)
    where org_id = ${full}`
  webhookId = ids.webhook
  ruleId = ids.rule
  await measure(db)
})

const paths = (): [string, string][] => [
  ['Overview', `/orgs/${full}`],
  ['Alerts', `/orgs/${full}/alerts`],
  ['Channels', `/orgs/${full}/alerts?tab=channels`],
  ['Insights', `/orgs/${full}/insights`],
  ['Webhooks', `/orgs/${full}/webhooks`],
  ['a webhook', `/orgs/${full}/webhooks/${webhookId}?range=30d`],
  ['Rules', `/orgs/${full}/rules`],
  ['a rule', `/orgs/${full}/rules/${ruleId}?range=30d`],
  ['API', `/orgs/${full}/api`],
  ['Rate limits', `/orgs/${full}/rate-limits`],
  ['Costs', `/orgs/${full}/costs`],
  ['System', `/orgs/${full}/system`],
  ['an empty Overview', `/orgs/${empty}`],
  ['empty Webhooks', `/orgs/${empty}/webhooks`],
  ['empty Channels', `/orgs/${empty}/alerts?tab=channels`],
  ['empty Insights', `/orgs/${empty}/insights`],
  ['empty API', `/orgs/${empty}/api`],
  ['empty Costs', `/orgs/${empty}/costs`],
  ['an address that leads nowhere', `/orgs/${full}/nowhere`],
]

describe.each([
  ['light', 1280],
  ['dark', 1280],
  ['light', 390],
  ['dark', 390],
] as const)('in %s, %i pixels wide', (colorScheme, width) => {
  it(
    'axe finds nothing on any page, and nothing has to be scrolled sideways',
    { timeout: 120_000 },
    async () => {
      const page = await dashboard.visitAs(member, '/', {
        colorScheme,
        viewport: { width, height: 844 },
      })
      await expectSeen(page.getByRole('navigation'))
      for (const [name, path] of paths()) {
        await page.goto(`${dashboard.apiUrl}/#${path}`)
        await page
          .locator('main')
          .getByRole('status', { name: 'Loading' })
          .first()
          .waitFor({ state: 'hidden' })
        await page.waitForLoadState('networkidle')
        const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)
        expect({ name, findings: await findings(page), wide: Math.max(0, wide) }).toEqual({
          name,
          findings: [],
          wide: 0,
        })
      }
    },
  )

  it('axe finds nothing in what is asked about a channel', async () => {
    const page = await dashboard.visitAs(member, `/orgs/${full}/alerts?tab=channels`, {
      colorScheme,
      viewport: { width, height: 844 },
    })
    for (const task of ['Mute', 'Rotate secret', 'Delete']) {
      await page.getByRole('button', { name: `${task} acme` }).click()
      const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)
      expect({ task, findings: await findings(page), wide: Math.max(0, wide) }).toEqual({
        task,
        findings: [],
        wide: 0,
      })
    }
  })

  it('axe finds nothing on the way in', async () => {
    const page = await dashboard.visit({ colorScheme, viewport: { width, height: 844 } })
    await page.goto(dashboard.apiUrl)
    await expectSeen(page.getByRole('heading', { name: 'Sign in' }))
    expect(await findings(page)).toEqual([])
  })
})

describe('with the keyboard alone', () => {
  it('one can sign in, skip to the content, open a webhook and go back', async () => {
    const page = await dashboard.visit()
    await page.goto(`${dashboard.apiUrl}/#/orgs/${full}/webhooks`)
    await expectSeen(page.getByRole('heading', { name: 'Sign in' }))
    await page.keyboard.press('Tab')
    await page.keyboard.type(member.email)
    await page.keyboard.press('Tab')
    await page.keyboard.type(member.password)
    await page.keyboard.press('Enter')
    await expectSeen(page.getByRole('heading', { name: 'Webhooks' }))
    await expectSeen(page.getByText('acme.example.com'))
    await page.keyboard.press('Tab')
    expect(await focused(page)).toBe('Skip to content')
    await page.keyboard.press('Enter')
    expect(await page.evaluate(() => document.activeElement?.id)).toBe('main')
    await page.keyboard.press('/')
    await page.keyboard.type('acme')
    await expect.poll(() => page.url()).toContain('find=acme')
    for (let n = 0; n < 20 && (await focused(page)) !== 'acme.example.com'; n++) {
      await page.keyboard.press('Tab')
    }
    await page.keyboard.press('Enter')
    await expectSeen(page.getByRole('heading', { name: 'acme.example.com' }))
    await page.goBack()
    await expectSeen(page.getByRole('heading', { name: 'Webhooks' }))
  })

  it('one can read a chart as a table', async () => {
    const page = await dashboard.visitAs(member, `/orgs/${full}`)
    await page.getByRole('button', { name: 'Table of Deliveries' }).press('Enter')
    const table = page.getByRole('region', { name: 'Deliveries as a table' })
    await expectSeen(table.getByRole('row').nth(1))
    expect(await table.getByRole('columnheader').allInnerTexts()).toEqual(['From', 'All', 'Failed'])
  })
})

async function focused(page: Page): Promise<string> {
  return page.evaluate(() => (document.activeElement as HTMLElement).innerText.trim())
}

describe('who asked for less motion', () => {
  it('sees none', async () => {
    const page = await dashboard.visitAs(member, `/orgs/${full}`, { reducedMotion: 'reduce' })
    await expectSeen(page.getByRole('heading', { name: 'Overview' }))
    const longest = await page.evaluate(() =>
      Math.max(
        ...[...document.querySelectorAll('*')].map((element) => {
          const { animationDuration, transitionDuration } = getComputedStyle(element)
          return Math.max(parseFloat(animationDuration), parseFloat(transitionDuration))
        }),
      ),
    )
    expect(longest).toBeLessThan(0.001)
  })
})
