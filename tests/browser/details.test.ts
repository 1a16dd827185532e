import type { Page, Route } from 'playwright-core'
import { beforeAll, describe, expect, it } from 'vitest'
import { expectSeen, signIn, startDashboard, type Dashboard } from '../support/browser.ts'
import {
  addMember,
  createOrg,
  createRule,
  createWebhook,
  delivery,
  execution,
  track,
} from '../support/fixtures.ts'
import { addExecutions } from '../support/add-rows.ts'
import type { TestUser } from '../support/stack.ts'
import { refresh } from '../support/views.ts'

let dashboard: Dashboard
let orgId: string
let webhookId: string
let ruleId: string
let member: TestUser

beforeAll(async () => {
  dashboard = await startDashboard()
  const { db } = dashboard
  orgId = await createOrg(db, 'Acme')
  member = await dashboard.signUp()
  await addMember(db, orgId, 'member', member.userId)
  webhookId = await createWebhook(db, orgId, { url: 'https://acme.example/hook' })
  const fields = { status: 'failed', status_code: 502, duration_ms: 1234, error: 'bad gateway' }
  await track(
    db,
    // A minute before the others, so that it is not among the newest.
    delivery(webhookId, { sent_at: new Date(Date.now() - 60_000).toISOString() }),
    ...Array.from({ length: 6 }, () => delivery(webhookId, fields)),
  )
  ruleId = await createRule(db, orgId, { name: 'Wake up' })
  // Once a day up to ten days ago: it is silent for longer than that explains.
  for (let day = 10; day < 20; day++) await addExecutions(db, ruleId, { ago: `${day} days` })
  await refresh(db)
  await db.sql`select everwatch_private.evaluate_alerts(now())`
  await db.sql`select everwatch_private.evaluate_alerts(now() + interval '1 day')`
})

/** What stands below a term. */
async function fact(page: Page, term: string): Promise<string> {
  const found = page.locator('.facts > div').filter({ has: page.getByText(term, { exact: true }) })
  return found.locator('dd').innerText()
}

describe('a webhook’s page', () => {
  it('shows its health, its trailing run of failures, its alerts, rates, latency and deliveries', async () => {
    const page = await dashboard.visitAs(member, `/orgs/${orgId}/webhooks/${webhookId}`)
    await expectSeen(page.getByText('Webhook has 6 consecutive failures'))
    expect(await fact(page, 'Health')).toBe('Warning')
    expect(await fact(page, 'Failures in a row')).toBe('6')
    expect(await fact(page, 'Failed in 24 h')).toBe('85.71%')
    for (const chart of [
      /^Deliveries: All 7, Failed 6/,
      /^Latency: Average 1\.1 s, p95 1\.2 s/,
      /^Success rate: Success rate 14\.29%/,
    ]) {
      await expectSeen(page.getByRole('img', { name: chart }))
    }
    const row = page.getByRole('table', { name: 'Recent deliveries' }).getByRole('row').nth(1)
    expect(await row.innerText()).toMatch(/Failed\s+502\s+1\.2 s\s[^]*bad gateway/)
    await page.getByRole('button', { name: 'Sent', exact: true }).click()
    await expectSeen(page.getByText('1 in all'))
    expect(page.url()).toContain('status=sent')
  })
})

describe('a rule’s page', () => {
  it('shows its state, its alerts, executions over time and each of them', async () => {
    const page = await dashboard.visitAs(member, `/orgs/${orgId}/rules/${ruleId}?range=30d`)
    await expectSeen(page.getByRole('heading', { name: 'Open alerts' }))
    await expectSeen(page.getByRole('heading', { name: 'Wake up', level: 1 }))
    expect(await fact(page, 'State')).toBe('Enabled')
    expect(await fact(page, 'Triggers ever')).toBe('10')
    await expectSeen(page.getByRole('img', { name: /^Executions: All 10, Failed 0/ }))
    await expectSeen(page.getByText('10 in all'))
    await track(dashboard.db, execution(ruleId, { status: 'failed', error: 'no segment' }))
    await page.reload()
    const row = page
      .getByRole('table', { name: /xecutions/ })
      .getByRole('row')
      .nth(1)
    await expectSeen(row.getByText('no segment'))
    expect(await row.innerText()).toMatch(/Failed\s+1\s+20 ms/)
  })
})

describe('the System page', () => {
  it('shows each refresh with what went wrong, each job, and what waits', async () => {
    await dashboard.db.sql`
      insert into everwatch_private.refresh_runs (started_at, finished_at, backlog, started_by, error)
      values (now(), now(), 0, 'postgres', '55P03: canceling statement due to lock timeout')`
    const page = await dashboard.visitAs(member, `/orgs/${orgId}/system`)
    await expectSeen(page.getByText('Failed: 55P03'))
    await expectSeen(page.getByRole('table', { name: 'Refreshes' }).getByText('Refreshed').first())
    await expectSeen(page.getByRole('table', { name: 'Jobs' }).getByText('evaluate-alerts'))
    expect(await fact(page, 'HTTP requests waiting')).toMatch(/^\d+$/)
  })
})

describe('what is shown', () => {
  it('is a shape of what comes while it is read', async () => {
    const page = await dashboard.visitAs(member, `/orgs/${orgId}/webhooks`)
    await expectSeen(page.getByText('acme.example/hook'))
    const held: Route[] = []
    await page.route('**/functions/v1/monitoring/metrics**', (route) => void held.push(route))
    await page.getByRole('link', { name: 'Rules' }).click()
    await expectSeen(page.getByRole('status', { name: 'Loading' }))
    for (const route of held) await route.continue()
    await expectSeen(page.getByRole('link', { name: 'Wake up' }))
  })

  it('does not flicker when it is read again, nor when the range changes', async () => {
    const page = await dashboard.visit()
    await page.clock.install()
    await page.goto(`${dashboard.apiUrl}/#/orgs/${orgId}`)
    await signIn(page, member)
    await expectSeen(page.getByRole('img', { name: /^Deliveries: All 7/ }))
    await page.waitForLoadState('networkidle')
    await page.evaluate(() => {
      const watched = globalThis as unknown as { removed: string[] }
      watched.removed = []
      new MutationObserver((changes) => {
        for (const node of changes.flatMap(({ removedNodes }) => [...removedNodes]))
          if (node instanceof HTMLElement) watched.removed.push(node.className)
      }).observe(document.querySelector('main')!, { childList: true, subtree: true })
      document.querySelector('.tiles')?.setAttribute('data-kept', '')
    })
    const answered = page.waitForResponse(/timeseries/)
    await page.clock.fastForward(31_000)
    await answered
    await page.waitForLoadState('networkidle')
    const removed = page.evaluate(() => (globalThis as unknown as { removed: string[] }).removed)
    expect((await removed).filter((name) => /tile|panel|chart|skeleton/.test(name))).toEqual([])
    await page.getByRole('button', { name: '7d' }).click()
    expect(await page.getByRole('status', { name: 'Loading' }).count()).toBe(0)
    expect(await page.locator('.tiles[data-kept]').count()).toBe(1)
  })
})
