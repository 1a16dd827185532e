import { gzipSync } from 'node:zlib'
import { beforeAll, describe, expect, it } from 'vitest'
import { expectSeen, signIn, startDashboard, type Dashboard } from '../support/browser.ts'
import { addMember } from '../support/fixtures.ts'
import { createFullOrg } from '../support/full-org.ts'

let dashboard: Dashboard

beforeAll(async () => {
  dashboard = await startDashboard()
})

describe('a first visit', () => {
  it('loads at most 250 kB gzipped, until the Overview is there', async () => {
    const { orgId } = await createFullOrg(dashboard.db, 'acme')
    const member = await dashboard.signUp()
    await addMember(dashboard.db, orgId, 'member', member.userId)
    const page = await dashboard.visit()
    const files: Promise<[path: string, bytes: number]>[] = []
    page.on('response', (response) => {
      const { pathname } = new URL(response.url())
      // What the project answers is no part of the page.
      if (/^\/(functions|rest|auth)\//.test(pathname)) return
      files.push(response.body().then((body) => [pathname, gzipSync(body).length]))
    })
    await page.goto(dashboard.apiUrl)
    await signIn(page, member)
    await expectSeen(page.getByRole('img', { name: /^Deliveries/ }))
    await page.waitForLoadState('networkidle')
    const loaded = Object.fromEntries(await Promise.all(files))
    expect(Object.keys(loaded).filter((path) => path.endsWith('.js'))).not.toEqual([])
    const bytes = Object.values(loaded).reduce((sum, size) => sum + size, 0)
    expect({ loaded, isSmall: bytes <= 250_000 }).toEqual({ loaded, isSmall: true })
  })
})
