import type { Page } from 'playwright-core'
import { beforeAll, describe, expect, it } from 'vitest'
import { serveHttp } from '../../scripts/stack/http.ts'
import { expectSeen, startDashboard, type Dashboard } from '../support/browser.ts'
import { addMember, createOrg, createWebhook } from '../support/fixtures.ts'
import { ask } from '../support/requests.ts'
import type { TestUser } from '../support/stack.ts'

let dashboard: Dashboard
let orgId: string
let member: TestUser

const refreshMs = 30_000

beforeAll(async () => {
  dashboard = await startDashboard()
  orgId = await createOrg(dashboard.db, 'Acme')
  member = await dashboard.signUp()
  await addMember(dashboard.db, orgId, 'member', member.userId)
})

/** Delivers to a receiver, and tracks what came of it, as an app does. */
async function deliver(webhookId: string, url: string): Promise<void> {
  const { status, ok } = await fetch(url, { method: 'POST', body: '{}' })
  const event = {
    type: 'webhook_delivery',
    webhook_id: webhookId,
    status: ok ? 'sent' : 'failed',
    status_code: status,
    duration_ms: 12,
    event_type: 'contact.created',
    ...(!ok && { error: 'the receiver is out of order' }),
  }
  const credential = { apikey: dashboard.secretKey }
  const { body } = await ask(dashboard, '/track', credential, { body: { events: [event] } })
  expect(body).toEqual({ accepted: 1, rejected: [] })
}

/** A page whose clock can be turned on to the next refresh. */
async function watch(path: string): Promise<Page> {
  const page = await dashboard.visitAs(member, path)
  await expectSeen(page.getByRole('navigation', { name: 'Pages' }))
  await page.clock.install()
  await page.reload()
  return page
}

const next = (page: Page): Promise<void> => page.clock.fastForward(refreshMs + 1000)

describe('what happens while someone looks', () => {
  it('appears at the next refresh: a delivery, with its duration and error', async () => {
    const receiver = await serveHttp(() => new Response('no', { status: 503 }))
    try {
      const webhookId = await createWebhook(dashboard.db, orgId)
      const page = await watch(`/orgs/${orgId}/webhooks/${webhookId}`)
      await expectSeen(page.getByText('Nothing yet'))
      await deliver(webhookId, receiver.url)
      await next(page)
      const row = page.getByRole('table', { name: 'Recent deliveries' }).getByRole('row').nth(1)
      await expectSeen(row.getByText('the receiver is out of order'))
      expect(await row.innerText()).toMatch(/Failed\s+503\s+12 ms\s+contact\.created/)
      await expectSeen(page.getByRole('img', { name: /^Deliveries: All 1, Failed 1/ }))
    } finally {
      await receiver.stop()
    }
  })

  it('a receiver fails ten times: the alert shows, is acknowledged, and resolves', async () => {
    let isBroken = true
    const receiver = await serveHttp(() => new Response(null, { status: isBroken ? 500 : 204 }))
    try {
      const webhookId = await createWebhook(dashboard.db, orgId, { url: `${receiver.url}/ten` })
      const page = await watch(`/orgs/${orgId}`)
      await expectSeen(page.getByText('All is well'))
      for (let n = 0; n < 10; n++) await deliver(webhookId, receiver.url)
      await next(page)
      await expectSeen(page.getByText('Webhook has 10 consecutive failures'))
      await expectSeen(page.getByRole('heading', { name: '1 critical' }))

      await page.getByRole('button', { name: 'Acknowledge' }).click()
      await expectSeen(page.getByRole('button', { name: 'Acknowledged' }))
      const [alert] = await dashboard.db.sql`
        select acknowledged_by from everwatch_private.alerts where resource_id = ${webhookId}`
      expect(alert).toEqual({ acknowledged_by: member.userId })

      isBroken = false
      await deliver(webhookId, receiver.url)
      await dashboard.db.sql`select everwatch_private.evaluate_alerts(now() + interval '1 minute')`
      await dashboard.db.sql`select everwatch_private.evaluate_alerts(now() + interval '2 hours')`
      await next(page)
      await expectSeen(page.getByText('All is well'))
      await page.goto(`${dashboard.apiUrl}/#/orgs/${orgId}/alerts?tab=history`)
      for (const kind of ['resolved', 'acknowledged', 'fired']) {
        await expectSeen(page.getByRole('cell', { name: kind, exact: true }).first())
      }
    } finally {
      await receiver.stop()
    }
  })
})

describe('a member', () => {
  it('silences an alert with a reason, finds the silence, and ends it', async () => {
    const orgOfSilence = await createOrg(dashboard.db, 'Quiet')
    await addMember(dashboard.db, orgOfSilence, 'member', member.userId)
    const receiver = await serveHttp(() => new Response(null, { status: 500 }))
    try {
      const webhookId = await createWebhook(dashboard.db, orgOfSilence)
      for (let n = 0; n < 5; n++) await deliver(webhookId, receiver.url)
      const page = await dashboard.visitAs(member, `/orgs/${orgOfSilence}/alerts`)
      await page.getByRole('button', { name: /^Silence http/ }).click()
      await page.getByLabel('Why').fill('They are moving')
      await page.getByRole('button', { name: 'Silence', exact: true }).click()
      await page.getByRole('button', { name: 'Silences' }).click()
      await expectSeen(page.getByText('They are moving', { exact: true }))
      const [silence] = await dashboard.db.sql`
        select matchers, created_by as "createdBy", ends_at > now() + interval '3 hours' as long
        from everwatch_private.silences where org_id = ${orgOfSilence}`
      expect(silence).toEqual({
        matchers: { type: 'webhook_failure', resource_id: webhookId },
        createdBy: member.userId,
        long: true,
      })
      await page.getByRole('button', { name: 'End now' }).click()
      await expectSeen(page.getByText('Nothing is silenced'))
    } finally {
      await receiver.stop()
    }
  })

  it('who only views is told that they may not', async () => {
    const viewer = await dashboard.signUp()
    const orgOfViewer = await createOrg(dashboard.db, 'Looked at')
    await addMember(dashboard.db, orgOfViewer, 'viewer', viewer.userId)
    const receiver = await serveHttp(() => new Response(null, { status: 500 }))
    try {
      const webhookId = await createWebhook(dashboard.db, orgOfViewer)
      for (let n = 0; n < 5; n++) await deliver(webhookId, receiver.url)
      const page = await dashboard.visitAs(viewer, `/orgs/${orgOfViewer}`)
      await page.getByRole('button', { name: 'Acknowledge' }).click()
      await expectSeen(page.getByRole('alert').getByText('Viewers acknowledge nothing'))
    } finally {
      await receiver.stop()
    }
  })
})

describe('the range', () => {
  it('goes along from page to page, and stands in the address', async () => {
    const page = await dashboard.visitAs(member, `/orgs/${orgId}`)
    await page.getByRole('button', { name: '7d' }).click()
    await page.getByRole('link', { name: 'API' }).click()
    await expectSeen(page.getByRole('heading', { name: 'API', exact: true }))
    expect(page.url()).toContain('range=7d')
    expect(await page.getByRole('button', { name: '7d' }).getAttribute('aria-pressed')).toBe('true')
  })

  it('is what is marked on a chart', async () => {
    const page = await dashboard.visitAs(member, `/orgs/${orgId}?range=1h`)
    const plot = page.getByRole('img', { name: /^Deliveries/ })
    await expectSeen(plot)
    const box = (await plot.boundingBox())!
    await page.mouse.move(box.x + box.width * 0.5, box.y + 60)
    await page.mouse.down()
    await page.mouse.move(box.x + box.width * 0.8, box.y + 70, { steps: 5 })
    await page.mouse.up()
    await expect.poll(() => page.url()).toMatch(/from=.*&to=/)
    const { searchParams } = new URL(page.url().replace('#', ''))
    const [from, to] = ['from', 'to'].map((name) => Date.parse(searchParams.get(name) ?? ''))
    const minutes = (to! - from!) / 60_000
    expect(minutes).toBeGreaterThan(10)
    expect(minutes).toBeLessThan(30)
  })
})

describe('a long list', () => {
  it('of 1,000 webhooks draws those that are seen, and finds the one that is looked for', async () => {
    const orgOfMany = await createOrg(dashboard.db, 'Many')
    await addMember(dashboard.db, orgOfMany, 'member', member.userId)
    await dashboard.db.sql`
      insert into everwatch.webhooks (org_id, url)
      select ${orgOfMany}, 'https://example.com/hook/' || n from generate_series(1, 1000) as n`
    await dashboard.db.sql`select everwatch.refresh_monitoring_views()`
    const page = await dashboard.visitAs(member, `/orgs/${orgOfMany}/webhooks?sort=url`)
    const rows = page.getByRole('table', { name: 'Webhooks' }).locator('tbody tr')
    await expectSeen(page.getByText('1,000 webhooks'))
    await expectSeen(page.getByText('example.com/hook/1', { exact: true }))
    expect(await rows.count()).toBeLessThan(60)
    await page.keyboard.press('End')
    await expectSeen(page.getByText('example.com/hook/1000', { exact: true }))
    expect(await rows.count()).toBeLessThan(60)
    await page.getByLabel('Find a webhook').fill('hook/777')
    await expectSeen(page.getByRole('heading', { name: '1 webhook', exact: true }))
  })

  it('of 10,000 deliveries is read by key on the way down, each of them once', async () => {
    const webhookId = await createWebhook(dashboard.db, orgId)
    // Ten at each moment, so that pages end between rows of the same time.
    await dashboard.db.sql`
      insert into everwatch.webhook_deliveries (webhook_id, status, status_code, duration_ms, sent_at)
      select ${webhookId}, 'sent', 200, n, date_trunc('hour', now()) - n / 10 * interval '1 second'
      from generate_series(1, 10000) as n`
    const page = await dashboard.visitAs(member)
    const answers: Promise<{ id: string }[]>[] = []
    page.on('response', (response) => {
      if (response.url().includes('/webhook_deliveries')) answers.push(response.json())
    })
    await page.goto(`${dashboard.apiUrl}/#/orgs/${orgId}/webhooks/${webhookId}`)
    const rows = page.getByRole('table', { name: 'Recent deliveries' }).locator('tbody tr')
    await expectSeen(page.getByText('100 read, older ones follow'))
    let drawn = 0
    for (let read = 200; read <= 1000; read += 100) {
      await page.keyboard.press('End')
      await expectSeen(page.getByText(new RegExp(`^(${read}|${read.toLocaleString()}) read`)))
      drawn = Math.max(drawn, await rows.count())
    }
    expect(drawn).toBeLessThan(60)
    const shown = await page
      .getByRole('table', { name: 'Recent deliveries' })
      .getAttribute('aria-rowcount')
    const ids = (await Promise.all(answers)).flat().map(({ id }) => id)
    expect({ shown, different: new Set(ids).size }).toEqual({ shown: '1001', different: 1000 })
  })
})
