import type { Locator, Page } from 'playwright-core'
import type { Row } from 'postgres'
import { beforeAll, describe, expect, it } from 'vitest'
import { expectSeen, startDashboard, type Dashboard } from '../support/browser.ts'
import {
  addMember,
  createOrg,
  createRule,
  createSegment,
  createWebhook,
} from '../support/fixtures.ts'
import { addDeliveries, addExecutions, addRequests, addWindow } from '../support/add-rows.ts'
import { seedQueries } from '../support/seed-queries.ts'
import type { TestUser } from '../support/stack.ts'
import { refresh } from '../support/views.ts'

let dashboard: Dashboard
let viewer: { member: TestUser; orgId: string }
let page: Page

beforeAll(async () => {
  dashboard = await startDashboard()
  const { db } = dashboard
  const orgId = await createOrg(db, 'Acme')
  const failing = await createWebhook(db, orgId, { url: 'https://a.example/failing' })
  await addDeliveries(db, failing, { count: 3 })
  await addDeliveries(db, failing, { status: 'failed', count: 7 })
  const dead = await createWebhook(db, orgId, { url: 'https://b.example/dead' })
  await addDeliveries(db, dead, { status: 'failed', count: 10 })
  const segment_id = await createSegment(db, orgId, { member_count: 42 })
  await addExecutions(db, await createRule(db, orgId, { name: 'Busy', segment_id }), { count: 3 })
  await addExecutions(db, await createRule(db, orgId, { name: 'Calm' }), { count: 2 })
  await addRequests(db, orgId, { count: 3, ago: '0 seconds' })
  await addRequests(db, orgId, { status_code: 500, ago: '0 seconds' })
  const day = { window_seconds: 86_400, ago: '1 hour' }
  await addWindow(db, orgId, {
    key_type: 'api_key',
    identifier: 'full',
    request_count: 100,
    ...day,
  })
  await addWindow(db, orgId, { key_type: 'ip', identifier: '192.0.2.1', request_count: 95, ...day })
  await addWindow(db, orgId, { request_count: 10, ...day })
  await refresh(db)
  const member = await dashboard.signUp()
  await addMember(db, orgId, 'viewer', member.userId)
  viewer = { member, orgId }
})

/** What the owner of the database is answered. */
async function answerOf(name: string): Promise<Row[]> {
  const [, query] = seedQueries.find(([each]) => each === name) ?? []
  return dashboard.db.sql.unsafe(query ?? '')
}

async function look(path: string): Promise<void> {
  page = await dashboard.visitAs(viewer.member, `/orgs/${viewer.orgId}${path}`, {
    viewport: { width: 1600, height: 900 },
  })
}

/** The rows of a table in their order, each as the words in it, without those that change with time. */
async function rowsOf(table: Locator): Promise<string[]> {
  await expectSeen(table.locator('tbody tr').first())
  const rows = await table.locator('tbody tr').allInnerTexts()
  return rows.map((row) => row.replaceAll(/\s+/g, ' ').trim())
}

describe('a person who looks for', () => {
  it('Webhook Success Rate Over Time finds it on the Overview', async () => {
    const rows = await answerOf('Webhook Success Rate Over Time')
    const sum = (column: string): number => rows.reduce((all, row) => all + Number(row[column]), 0)
    const rate = (100 * sum('successful')) / sum('total')
    await look('')
    await expectSeen(
      page.getByRole('img', { name: `Webhook success rate over time: Success rate ${rate}%` }),
    )
  })

  it('Top Failing Webhooks finds them on the Overview, and all about them in the list', async () => {
    const rows = await answerOf('Top Failing Webhooks')
    const names = rows.map(({ url }) => String(url).replace('https://', ''))
    await look('')
    const panel = page.getByRole('region', { name: 'Top failing webhooks' })
    expect(await rowsOf(panel.getByRole('table'))).toEqual([
      expect.stringMatching(`^${names[0]} Critical ${rows[0]?.['consecutive_failures']} .* ago$`),
      expect.stringMatching(`^${names[1]} Warning ${rows[1]?.['consecutive_failures']} .* ago$`),
    ])
    await panel.getByRole('link', { name: 'The whole list' }).click()
    expect(await rowsOf(page.getByRole('table', { name: 'Webhooks' }))).toEqual(
      rows.map((row, n) =>
        expect.stringMatching(
          `^${names[n]} \\w+ ${Number(row['success_rate_pct'])}% .* ${row['failures_24h']} ${row['consecutive_failures']} `,
        ),
      ),
    )
  })

  it('Automation Rule Effectiveness finds it at Rules', async () => {
    const rows = await answerOf('Automation Rule Effectiveness')
    await look('/rules')
    expect(await rowsOf(page.getByRole('table', { name: 'Automation rules' }))).toEqual(
      rows.map((row) =>
        expect.stringMatching(
          `^${row['rule_name']} ${row['rule_type']} ${row['trigger_count']} ${row['executions_7d']} .* ${row['segment_member_count'] ?? '–'} .* ago$`,
        ),
      ),
    )
  })

  it('API Error Rate finds it at API, by the hour with the codes', async () => {
    const [row] = await answerOf('API Error Rate')
    await look('/api')
    const { total_requests, failed_requests, error_rate_pct } = row!
    expect(await rowsOf(page.getByRole('table', { name: 'Requests by hour' }))).toEqual([
      expect.stringMatching(
        ` ${total_requests} ${failed_requests} ${error_rate_pct}% .* 500: ${failed_requests}$`,
      ),
    ])
    await expectSeen(
      page.getByRole('img', { name: `API error rate: Error rate ${error_rate_pct}%` }),
    )
  })

  it('Rate Limit Pressure finds it at Rate limits and on the Overview', async () => {
    const rows = await answerOf('Rate Limit Pressure')
    await look('/rate-limits?show=pressed')
    expect(await rowsOf(page.getByRole('table', { name: 'Rate limits' }))).toEqual(
      rows.map((row) =>
        expect.stringMatching(
          new RegExp(
            `${row['identifier']}.* ${Number(row['utilization_pct'])}% ${row['status']} ${row['request_count']} of ${row['limit_max']} \\d+ h$`,
            'i',
          ),
        ),
      ),
    )
    await page.getByRole('link', { name: 'Overview' }).click()
    const panel = page.getByRole('region', { name: 'Rate limit pressure' })
    expect((await rowsOf(panel.getByRole('table'))).length).toBe(rows.length)
  })
})
