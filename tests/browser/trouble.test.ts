import { sign } from 'hono/jwt'
import type { Page } from 'playwright-core'
import { beforeAll, describe, expect, it } from 'vitest'
import { expectSeen, signIn, startDashboard, type Dashboard } from '../support/browser.ts'
import { addMember, createOrg, createWebhook, delivery, track } from '../support/fixtures.ts'
import type { TestUser } from '../support/stack.ts'

let dashboard: Dashboard
let orgId: string
let member: TestUser

const minute = 60_000

beforeAll(async () => {
  dashboard = await startDashboard()
  orgId = await createOrg(dashboard.db, 'Acme')
  member = await dashboard.signUp()
  await addMember(dashboard.db, orgId, 'member', member.userId)
  const webhookId = await createWebhook(dashboard.db, orgId, { url: 'https://acme.example/hook' })
  await track(dashboard.db, delivery(webhookId), delivery(webhookId, { status: 'failed' }))
  await dashboard.db.sql`select everwatch.refresh_monitoring_views()`
})

/** Changes the session that the page has stored, as time or another tab would. */
async function changeSession(page: Page, changes: Record<string, unknown>): Promise<void> {
  await page.evaluate((changed) => {
    const stored = JSON.parse(localStorage.getItem('everwatch.session') ?? '{}') as object
    localStorage.setItem('everwatch.session', JSON.stringify({ ...stored, ...changed }))
  }, changes)
}

/** The user's token as it would be an hour after it ended. */
function expiredToken(): Promise<string> {
  const past = Math.floor(Date.now() / 1000) - 3600
  return sign(
    { sub: member.userId, role: 'authenticated', aud: 'authenticated', iat: past - 60, exp: past },
    dashboard.keys.jwtSecret,
  )
}

describe('when the project does not answer', () => {
  it('says so, keeps the numbers with their age, and goes on when it answers again', async () => {
    const page = await dashboard.visit()
    await page.clock.install()
    await page.goto(`${dashboard.apiUrl}/#/orgs/${orgId}/webhooks`)
    await signIn(page, member)
    await expectSeen(page.getByText('acme.example/hook'))
    await dashboard.pause()
    try {
      await page.clock.fastForward(31_000)
      await expectSeen(page.getByText(/Not answering · \d+ s old/))
      expect(await page.getByText('acme.example/hook').isVisible()).toBe(true)
    } finally {
      await dashboard.resume()
    }
    await page.getByRole('button', { name: 'Refresh' }).click()
    await expectSeen(page.getByText(/Updated/))
  })

  it('says what could not be loaded where nothing is there yet, and tries again when asked', async () => {
    const page = await dashboard.visitAs(member, `/orgs/${orgId}/rules`)
    await expectSeen(page.getByText('No automation rules yet'))
    await dashboard.pause()
    try {
      await page.getByRole('link', { name: 'Webhooks' }).click()
      await expectSeen(page.getByRole('alert').getByText('The project does not answer.'))
    } finally {
      await dashboard.resume()
    }
    await page.getByRole('button', { name: 'Try again' }).click()
    await expectSeen(page.getByText('acme.example/hook'))
  })

  it('says so on the way in', async () => {
    const page = await dashboard.visit()
    await page.goto(dashboard.apiUrl)
    await expectSeen(page.getByRole('heading', { name: 'Sign in' }))
    await dashboard.pause()
    try {
      await signIn(page, member)
      await expectSeen(page.getByRole('alert').getByText('does not answer').first())
    } finally {
      await dashboard.resume()
    }
  })
})

describe('when the project is of another version', () => {
  it('says that the page does not understand what was answered', async () => {
    const { sql } = dashboard.db
    await sql`alter function everwatch.monitoring_system() rename to hidden`
    await sql`create function everwatch.monitoring_system() returns jsonb language sql
      as $$ select jsonb_build_object('timestamp', now(), 'tasks', '[]') $$`
    try {
      const page = await dashboard.visitAs(member, `/orgs/${orgId}/system`)
      const words = 'The project answered what this page does not understand.'
      await expectSeen(page.getByRole('alert').getByText(words).first())
    } finally {
      await sql`drop function everwatch.monitoring_system()`
      await sql`alter function everwatch.hidden() rename to monitoring_system`
    }
  })
})

describe('when one part fails', () => {
  it('shows the others, and says what went wrong with this one', async () => {
    await dashboard.db.sql`alter function everwatch_private.rate_limit_metrics rename to hidden`
    try {
      const page = await dashboard.visitAs(member, `/orgs/${orgId}`)
      await expectSeen(page.getByText('The database did not answer'))
      await expectSeen(page.getByText('req_'))
      await expectSeen(page.getByRole('img', { name: /^Deliveries: All 2, Failed 1/ }))
    } finally {
      await dashboard.db.sql`alter function everwatch_private.hidden rename to rate_limit_metrics`
    }
  })
})

describe('when the token has expired', () => {
  it('renews it without a word', async () => {
    const page = await dashboard.visitAs(member, `/orgs/${orgId}/webhooks`)
    await expectSeen(page.getByText('acme.example/hook'))
    // The page believes that it is good for an hour: a clock that is wrong would make it so.
    await changeSession(page, {
      access_token: await expiredToken(),
      expires_at: Math.floor(Date.now() / 1000) + 3600,
    })
    await page.reload()
    await expectSeen(page.getByText('acme.example/hook'))
  })

  it('asks to sign in again when it cannot be renewed, and leads back', async () => {
    const page = await dashboard.visitAs(member, `/orgs/${orgId}/webhooks?sort=url`)
    await expectSeen(page.getByText('acme.example/hook'))
    await changeSession(page, {
      access_token: await expiredToken(),
      refresh_token: 'not-one-of-ours',
      expires_at: Math.floor(Date.now() / 1000) + 3600,
    })
    await page.reload()
    await expectSeen(page.getByRole('heading', { name: 'Sign in' }))
    await signIn(page, member)
    await expectSeen(page.getByText('acme.example/hook'))
    expect(page.url()).toContain(`#/orgs/${orgId}/webhooks?sort=url`)
  })
})

describe.each([
  ['5 minutes ahead', 5 * minute],
  ['5 minutes behind', -5 * minute],
])('when the viewer’s clock is %s', (_words, wrongBy) => {
  it('says how old things are as if it were right', async () => {
    const page = await dashboard.visit()
    await page.clock.install({ time: Date.now() + wrongBy })
    await page.goto(`${dashboard.apiUrl}/#/orgs/${orgId}/webhooks`)
    await signIn(page, member)
    await expectSeen(page.getByText('acme.example/hook'))
    await dashboard.db.sql`select everwatch.refresh_monitoring_views()`
    await page.reload()
    await expectSeen(page.getByText(/numbers of \d+ s ago/))
    await page.getByRole('link', { name: 'Overview' }).click()
    // The range is counted back by the project's clock: nothing of it is missing.
    await page.getByRole('button', { name: '1h' }).click()
    await expectSeen(page.getByRole('img', { name: /^Deliveries: All 2, Failed 1/ }))
  })
})

describe('when the numbers are not refreshed', () => {
  it('marks them as stale', async () => {
    await dashboard.db.sql`delete from everwatch_private.refresh_runs`
    await dashboard.db.sql`
      insert into everwatch_private.refresh_runs
        (started_at, finished_at, folded_rows, backlog, view_rows, started_by)
      values (now() - interval '23 minutes', now() - interval '23 minutes', 0, 0, '{}', 'postgres')`
    const page = await dashboard.visitAs(member, `/orgs/${orgId}/webhooks`)
    await expectSeen(page.getByText(/Stale: numbers of 23 min ago/))
  })
})

describe('when nobody looks', () => {
  it('asks for nothing until someone does', async () => {
    const page = await dashboard.visit()
    await page.clock.install()
    await page.goto(`${dashboard.apiUrl}/#/orgs/${orgId}`)
    await signIn(page, member)
    await expectSeen(page.getByRole('img', { name: /^Deliveries/ }))
    await page.waitForLoadState('networkidle')
    let asked = 0
    page.on('request', (request) => {
      if (request.url().includes('/functions/')) asked += 1
    })
    await setHidden(page, true)
    await page.clock.fastForward(5 * minute)
    expect(asked).toBe(0)
    await setHidden(page, false)
    await expect.poll(() => asked).toBeGreaterThan(0)
  })
})

/** As when another tab is brought to the front: a headless browser has no other. */
async function setHidden(page: Page, hidden: boolean): Promise<void> {
  await page.evaluate((isHidden) => {
    Object.defineProperty(document, 'visibilityState', {
      value: isHidden ? 'hidden' : 'visible',
      configurable: true,
    })
    document.dispatchEvent(new Event('visibilitychange'))
    dispatchEvent(new Event('visibilitychange'))
  }, hidden)
}
