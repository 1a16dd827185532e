import type { Page } from 'playwright-core'
import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { expectSeen, startDashboard, type Dashboard } from '../support/browser.ts'
import { addMember, createOrg, type Role } from '../support/fixtures.ts'
import { insightsOf, statement, stateInsights } from '../support/insights.ts'

const sentence = 'v42 of api: p95 of GET /orders went from 120 to 160 ms'

let dashboard: Dashboard
let orgId: string
beforeAll(async () => {
  dashboard = await startDashboard()
})
beforeEach(async () => {
  orgId = await createOrg(dashboard.db, 'Acme')
  await stateInsights(dashboard.db, 'regression', [statement(orgId, { sentence })])
})

async function visitAs(role: Role, query = ''): Promise<Page> {
  const user = await dashboard.signUp()
  await addMember(dashboard.db, orgId, role, user.userId)
  return dashboard.visitAs(user, `/orgs/${orgId}/insights${query}`)
}

describe('a member', () => {
  it('reads what is so, and says that it was seen and expected', async () => {
    const page = await visitAs('member')
    await expectSeen(page.getByRole('strong').filter({ hasText: sentence }))
    await page.getByRole('button', { name: `Acknowledge ${sentence}` }).click()
    await page.getByRole('button', { name: `This was expected ${sentence}` }).click()
    await expectSeen(page.getByRole('button', { name: `✓ Acknowledged ${sentence}` }))
    await expectSeen(page.getByRole('button', { name: `✓ Expected ${sentence}` }))
    const [insight] = await insightsOf(dashboard.db, orgId)
    expect([insight!.acknowledged_at, insight!.expected_at]).not.toContain(null)
  })

  it('takes an answer back', async () => {
    await dashboard.db.sql`
      select everwatch.expect_insight(id) from everwatch.v_insights where org_id = ${orgId}`
    const page = await visitAs('member')
    await page.getByRole('button', { name: `✓ Expected ${sentence}` }).click()
    await expectSeen(page.getByRole('button', { name: `This was expected ${sentence}` }))
    expect(await insightsOf(dashboard.db, orgId)).toMatchObject([{ expected_at: null }])
  })

  it('finds what has ended where it asks for it', async () => {
    await stateInsights(dashboard.db, 'regression', [])
    const page = await visitAs('member')
    await expectSeen(page.getByText('Nothing to tell'))
    await page.getByRole('button', { name: 'Ended too' }).click()
    await expectSeen(page.getByRole('strong').filter({ hasText: sentence }))
  })

  it('is told who turns kinds off', async () => {
    const page = await visitAs('member')
    await page.getByRole('button', { name: 'Turn off Regression' }).click()
    await expectSeen(page.getByText('Only owners and admins turn insights on and off.'))
  })
})

describe('a viewer', () => {
  it('is told who answers', async () => {
    const page = await visitAs('viewer')
    await page.getByRole('button', { name: `Acknowledge ${sentence}` }).click()
    await expectSeen(page.getByText('Viewers answer nothing: ask a member of the org.'))
  })
})

describe('an owner', () => {
  it('turns a kind off, which ends what is stated, and on again', async () => {
    const page = await visitAs('owner')
    await expectSeen(page.getByRole('strong').filter({ hasText: sentence }))
    await page.getByRole('button', { name: 'Turn off Regression' }).click()
    await expectSeen(page.getByText('Nothing to tell'))
    await page.getByRole('button', { name: 'Turn on Regression' }).click()
    await expectSeen(page.getByRole('button', { name: 'Turn off Regression' }))
  })
})
