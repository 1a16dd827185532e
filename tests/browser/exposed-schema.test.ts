import { beforeAll, describe, it } from 'vitest'
import { expectSeen, startDashboard, type Dashboard } from '../support/browser.ts'
import { addMember, createOrg } from '../support/fixtures.ts'

let dashboard: Dashboard
beforeAll(async () => {
  dashboard = await startDashboard({ schemas: ['public'] })
})

describe('where the Data API does not serve our schema', () => {
  it('the page says what to switch on', async () => {
    const member = await dashboard.signUp()
    await addMember(dashboard.db, await createOrg(dashboard.db), 'member', member.userId)
    const page = await dashboard.visitAs(member)
    await expectSeen(page.getByText("Add the schema everwatch to 'Exposed schemas'"))
  })
})
