import { beforeAll, describe, expect, it } from 'vitest'
import { expectSeen, signIn, startDashboard, type Dashboard } from '../support/browser.ts'
import { addMember } from '../support/fixtures.ts'
import { createFullOrg } from '../support/full-org.ts'
import type { TestUser } from '../support/stack.ts'

let dashboard: Dashboard
let acme: string
let globex: string
let member: TestUser
let memberOfBoth: TestUser

beforeAll(async () => {
  dashboard = await startDashboard()
  acme = (await createFullOrg(dashboard.db, 'acme')).orgId
  globex = (await createFullOrg(dashboard.db, 'globex')).orgId
  member = await memberOf(acme)
  memberOfBoth = await memberOf(acme, globex)
})

async function memberOf(...orgIds: string[]): Promise<TestUser> {
  const user = await dashboard.signUp()
  for (const orgId of orgIds) await addMember(dashboard.db, orgId, 'member', user.userId)
  return user
}

describe('someone without a session', () => {
  it('is asked to sign in, and led to where they wanted to go', async () => {
    const page = await dashboard.visit()
    await page.goto(`${dashboard.apiUrl}/#/orgs/${acme}/webhooks?sort=url`)
    await expectSeen(page.getByRole('heading', { name: 'Sign in' }))
    await signIn(page, member)
    await expectSeen(page.getByRole('heading', { name: 'Webhooks' }))
    expect(page.url()).toContain(`#/orgs/${acme}/webhooks?sort=url`)
  })

  it('is told when email and password do not belong together, and can try again', async () => {
    const page = await dashboard.visit()
    await page.goto(dashboard.apiUrl)
    await signIn(page, { ...member, password: 'not this one' })
    await expectSeen(page.getByRole('alert').getByText('do not belong together'))
    await signIn(page, member)
    await expectSeen(page.getByRole('heading', { name: 'Overview' }))
  })
})

describe('a project that offers other ways in', () => {
  it.each([
    [
      'links by mail',
      { external: { email: true }, mailer_autoconfirm: false },
      true,
      ['Mail me a link instead'],
    ],
    [
      'GitHub and no passwords',
      { external: { github: true }, mailer_autoconfirm: true },
      false,
      ['Continue with github'],
    ],
  ])('offers %s', async (_words, settings, takesPasswords, buttons) => {
    // What a hosted project's settings are like: the local one has passwords alone.
    const page = await dashboard.visit()
    const external = { email: false, phone: false, anonymous_users: false, ...settings.external }
    await page.route('**/auth/v1/settings', (route) =>
      route.fulfill({ json: { ...settings, external } }),
    )
    await page.goto(dashboard.apiUrl)
    for (const name of buttons) await expectSeen(page.getByRole('button', { name }))
    expect(await page.getByLabel('Password').isVisible()).toBe(takesPasswords)
  })
})

describe('a member of one org', () => {
  it('sees it without choosing, and nothing of another on any page', async () => {
    const page = await dashboard.visitAs(member)
    await expectSeen(page.getByRole('heading', { name: 'Overview' }))
    for (const name of ['Alerts', 'Webhooks', 'Rules', 'API', 'Rate limits', 'System']) {
      await page.getByRole('navigation').getByRole('link', { name }).click()
      await expectSeen(page.getByRole('heading', { name, level: 1 }))
      await page.waitForLoadState('networkidle')
      expect(await page.locator('body').innerText()).not.toContain('globex')
    }
  })

  it.each(['', '/alerts', '/webhooks', '/rules', '/api', '/rate-limits', '/system'])(
    'finds nothing at another org’s address%s',
    async (path) => {
      const page = await dashboard.visitAs(member, `/orgs/${globex}${path}`)
      await expectSeen(page.getByText('There is nothing here'))
      expect(await page.locator('body').innerText()).not.toContain('globex')
    },
  )

  it('finds nothing at the address of another org’s webhook under their own', async () => {
    const [theirs] = await dashboard.db.sql<[{ id: string }]>`
      select id from everwatch.webhooks where org_id = ${globex}`
    const page = await dashboard.visitAs(member, `/orgs/${acme}/webhooks/${theirs.id}`)
    await expectSeen(page.getByText('There is nothing here'))
  })

  it('signs out, and leaves nothing behind', async () => {
    const page = await dashboard.visitAs(member)
    await expectSeen(page.getByText('acme.example.com').first())
    await page.getByRole('button', { name: 'Sign out' }).click()
    await expectSeen(page.getByRole('heading', { name: 'Sign in' }))
    expect(await page.evaluate(() => JSON.stringify(localStorage))).not.toContain('access_token')
    await page.goBack()
    await expectSeen(page.getByRole('heading', { name: 'Sign in' }))
  })

  it('stays signed in over a reload', async () => {
    const page = await dashboard.visitAs(member)
    await expectSeen(page.getByRole('heading', { name: 'Overview' }))
    await page.reload()
    await expectSeen(page.getByRole('heading', { name: 'Overview' }))
  })
})

describe('a member of two orgs', () => {
  it('goes from one to the other, and is led to the last one at the next visit', async () => {
    const page = await dashboard.visitAs(memberOfBoth, `/orgs/${acme}/webhooks`)
    await expectSeen(page.getByText('acme.example.com'))
    await page.getByLabel('Organisation').selectOption('globex')
    await expectSeen(page.getByText('globex.example.com').first())
    expect(await page.locator('main').innerText()).not.toContain('acme')
    await page.goto(dashboard.apiUrl)
    await expectSeen(page.getByText('globex.example.com').first())
  })
})

describe('someone who is in no org yet', () => {
  it('makes one, and is told what to do next', async () => {
    const page = await dashboard.visitAs(await dashboard.signUp())
    await expectSeen(page.getByRole('heading', { name: 'Your first organisation' }))
    await page.getByLabel('Name').fill('Initech')
    await page.getByRole('button', { name: 'Create organisation' }).click()
    await expectSeen(page.getByText('All is well'))
    await page.getByRole('link', { name: 'Webhooks' }).click()
    await expectSeen(page.getByText('trackWebhookDelivery(webhook.id'))
    const [org] = await dashboard.db.sql`select name from everwatch.orgs where name = 'Initech'`
    expect(org).toEqual({ name: 'Initech' })
  })
})

describe('the page', () => {
  it('holds no secret, in itself or in what it is told', async () => {
    const page = await dashboard.visit()
    const texts: Promise<string>[] = []
    page.on('response', (response) => texts.push(response.text()))
    await page.goto(dashboard.apiUrl, { waitUntil: 'networkidle' })
    const all = (await Promise.all(texts)).join()
    expect(all).toContain(dashboard.publishableKey)
    expect(all).not.toContain(dashboard.secretKey)
    expect(all).not.toContain(dashboard.keys.jwtSecret)
  })
})
