import type { Page } from 'playwright-core'
import { beforeAll, describe, expect, it } from 'vitest'
import { expectSeen, startDashboard, type Dashboard } from '../support/browser.ts'
import { addMember, createOrg, createWebhook } from '../support/fixtures.ts'
import type { TestUser } from '../support/stack.ts'
import { refresh } from '../support/views.ts'

let dashboard: Dashboard
let member: TestUser

beforeAll(async () => {
  dashboard = await startDashboard()
  member = await dashboard.signUp()
})

async function createOrgOfMember(name: string): Promise<string> {
  const orgId = await createOrg(dashboard.db, name)
  await addMember(dashboard.db, orgId, 'viewer', member.userId)
  return orgId
}

interface Scrolled {
  /** Milliseconds of processor time that the page's thread takes for a step, script, layout and all. */
  perStep: number
  /** The most rows that were drawn at once. */
  drawn: number
}

/** Turns the wheel so many times, each by half a screen, and waits for the frame that shows it. */
async function scroll(page: Page, steps: number): Promise<Scrolled> {
  const session = await page.context().newCDPSession(page)
  // Of the thread, not of the clock: what else the machine does is not counted.
  await session.send('Performance.enable', { timeDomain: 'threadTicks' })
  const spent = async (): Promise<number> => {
    const { metrics } = await session.send('Performance.getMetrics')
    return 1000 * (metrics.find(({ name }) => name === 'TaskDuration')?.value ?? NaN)
  }
  await page.mouse.move(600, 400)
  let drawn = 0
  const before = await spent()
  for (let step = 0; step < steps; step++) {
    await page.mouse.wheel(0, 400)
    drawn = Math.max(
      drawn,
      await page.evaluate(
        () =>
          new Promise<number>((resolve) =>
            requestAnimationFrame(() =>
              requestAnimationFrame(() => resolve(document.querySelectorAll('tbody tr').length)),
            ),
          ),
      ),
    )
  }
  return { perStep: ((await spent()) - before) / steps, drawn }
}

/** Through the list of an org that has so many. */
async function scrollWebhooks(count: number): Promise<Scrolled> {
  const orgId = await createOrgOfMember(`${count} webhooks`)
  await dashboard.db.sql`
    insert into everwatch.webhooks (org_id, url)
    select ${orgId}, 'https://example.com/hook/' || n from generate_series(1, ${count}::integer) as n`
  await refresh(dashboard.db)
  const page = await dashboard.visitAs(member, `/orgs/${orgId}/webhooks?sort=url`)
  await expectSeen(page.getByText('example.com/hook/1', { exact: true }))
  await scroll(page, 5)
  return scroll(page, 12)
}

describe('scrolling costs what is in sight, not what there is', () => {
  it('in a list of 1,000 webhooks as in one of 200', async () => {
    const [few, many] = [await scrollWebhooks(200), await scrollWebhooks(1000)]
    expect(many.drawn).toBeLessThan(60)
    expect(many.perStep / few.perStep).toBeLessThan(2)
  })

  it('in 10,000 deliveries as in the first 1,000 of them', { timeout: 120_000 }, async () => {
    const orgId = await createOrgOfMember('10,000 deliveries')
    const webhookId = await createWebhook(dashboard.db, orgId)
    await dashboard.db.sql`
      insert into everwatch.webhook_deliveries (webhook_id, status, status_code, duration_ms, sent_at)
      select ${webhookId}, 'sent', 200, 100, now() - n * interval '1 second'
      from generate_series(1, 10000) as n`
    const page = await dashboard.visitAs(member, `/orgs/${orgId}/webhooks/${webhookId}`)
    const readUntil = async (rows: number): Promise<void> => {
      const words = rows === 10_000 ? '10,000 in all' : `${rows.toLocaleString('en')} read`
      while (!(await page.getByText(words).isVisible())) {
        await page.keyboard.press('End')
        await page.evaluate(() => new Promise((drawn) => requestAnimationFrame(drawn)))
      }
      await page.keyboard.press('Home')
      await expect.poll(() => page.evaluate(() => scrollY)).toBe(0)
      await scroll(page, 5)
    }
    await expectSeen(page.getByText('100 read, older ones follow'))
    await readUntil(1000)
    const few = await scroll(page, 20)
    await readUntil(10_000)
    const many = await scroll(page, 20)
    expect(many.drawn).toBeLessThan(60)
    expect(many.perStep / few.perStep).toBeLessThan(2)
  })
})
