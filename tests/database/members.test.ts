import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createDatabase, type TestDatabase } from '../support/database.ts'
import {
  addMember,
  addOneOfEach,
  createOrg,
  createWebhook,
  type Role,
} from '../support/fixtures.ts'
import { waitingFor } from '../support/locks.ts'
import { denied, outcome } from '../support/outcome.ts'

let db: TestDatabase
let orgId: string
let people: Record<Role, string>

beforeAll(async () => {
  db = await createDatabase()
})
beforeEach(async () => {
  orgId = await createOrg(db)
  people = await addOneOfEach(db, orgId)
})

async function roleOf(userId: string): Promise<string | undefined> {
  const [row] = await db.sql`
    select role from everwatch.org_members where org_id = ${orgId} and user_id = ${userId}`
  return row?.['role'] as string | undefined
}

describe('who signs up', () => {
  it('makes an org and is its owner', async () => {
    const userId = await db.createUser()
    const [made] = await db.asUser(userId, (sql) => sql`select everwatch.create_org('Mine') as id`)
    const seen = await db.asUser(
      userId,
      (sql) => sql`
        select name, role from everwatch.orgs
        join everwatch.org_members on org_id = id where id = ${made?.['id'] as string}`,
    )
    expect(seen).toEqual([{ name: 'Mine', role: 'owner' }])
  })

  it('cannot make an org that nobody owns', async () => {
    const userId = await db.createUser()
    const attempt = db.asUser(
      userId,
      (sql) => sql`insert into everwatch.orgs (name) values ('Mine')`,
    )
    expect(await outcome(attempt)).toBe(denied)
  })

  it('cannot make one without a name', async () => {
    const userId = await db.createUser()
    await expect(
      db.asUser(userId, (sql) => sql`select everwatch.create_org('')`),
    ).rejects.toMatchObject({ code: '23514' })
  })

  it('cannot let themselves into an org', async () => {
    const userId = await db.createUser()
    const attempt = db.asUser(
      userId,
      (sql) => sql`
        insert into everwatch.org_members (org_id, user_id, role)
        values (${orgId}, ${userId}, 'viewer')`,
    )
    expect(await outcome(attempt)).toBe(denied)
  })
})

describe('the members of an org', () => {
  it.each<[Role, Role, string]>([
    ['owner', 'owner', 'ok'],
    ['owner', 'viewer', 'ok'],
    ['admin', 'owner', denied],
    ['admin', 'admin', 'ok'],
    ['member', 'viewer', denied],
    ['viewer', 'viewer', denied],
  ])('as %s adds a %s: %s', async (as, role, expected) => {
    const userId = await db.createUser()
    const attempt = db.asUser(
      people[as],
      (sql) => sql`
        insert into everwatch.org_members (org_id, user_id, role)
        values (${orgId}, ${userId}, ${role})`,
    )
    expect(await outcome(attempt)).toBe(expected)
  })

  it.each<[Role, Role, Role, string]>([
    ['owner', 'admin', 'owner', 'ok'],
    ['admin', 'member', 'admin', 'ok'],
    ['admin', 'admin', 'owner', denied],
    ['admin', 'owner', 'viewer', 'no row'],
    ['member', 'member', 'owner', 'no row'],
    ['viewer', 'viewer', 'member', 'no row'],
  ])('as %s changes a %s to %s: %s', async (as, from, to, expected) => {
    const attempt = db.asUser(
      people[as],
      (sql) => sql`
        update everwatch.org_members set role = ${to}
        where org_id = ${orgId} and user_id = ${people[from]}`,
    )
    expect(await outcome(attempt)).toBe(expected)
  })

  it.each<[Role, Role, string]>([
    ['owner', 'admin', 'ok'],
    ['admin', 'member', 'ok'],
    ['admin', 'owner', 'no row'],
    ['member', 'viewer', 'no row'],
    ['member', 'member', 'ok'],
    ['viewer', 'viewer', 'ok'],
    ['owner', 'owner', 'PT409'],
  ])('as %s removes the %s, who may be themselves: %s', async (as, whom, expected) => {
    const attempt = db.asUser(
      people[as],
      (sql) => sql`
        delete from everwatch.org_members where org_id = ${orgId} and user_id = ${people[whom]}`,
    )
    expect(await outcome(attempt)).toBe(expected)
  })

  it.each(['org_id', 'user_id', 'created_at'])('never have their %s changed', async (column) => {
    const attempt = db.asUser(
      people.owner,
      (sql) => sql`
        update everwatch.org_members set ${sql(column)} = ${sql(column)} where org_id = ${orgId}`,
    )
    expect(await outcome(attempt)).toBe(denied)
  })
})

describe('the last owner', () => {
  it('cannot step down', async () => {
    await expect(
      db.sql`update everwatch.org_members set role = 'admin' where user_id = ${people.owner}`,
    ).rejects.toMatchObject({ code: 'PT409', detail: 'last_owner' })
  })

  it('cannot be deleted as a user while the org is there', async () => {
    await expect(db.sql`delete from auth.users where id = ${people.owner}`).rejects.toMatchObject({
      code: 'PT409',
    })
  })

  it('steps down in the statement that makes another one', async () => {
    await db.sql`
      update everwatch.org_members set role = case role when 'owner' then 'admin' else 'owner' end
      where user_id in (${people.owner}, ${people.admin})`
    expect(await roleOf(people.admin)).toBe('owner')
  })

  it('deletes the org, and everything goes with it', async () => {
    const webhookId = await createWebhook(db, orgId)
    await db.asUser(people.owner, (sql) => sql`delete from everwatch.orgs where id = ${orgId}`)
    expect(await roleOf(people.owner)).toBeUndefined()
    expect(await db.sql`select from everwatch.webhooks where id = ${webhookId}`).toEqual([])
  })

  it('remains when two owners remove each other at the same time', async () => {
    const second = await addMember(db, orgId, 'owner')
    let later: Promise<string> = Promise.resolve('')
    await db.sql.begin(async (open) => {
      await open`delete from everwatch.org_members where user_id = ${second}`
      later = outcome(
        db.sql`delete from everwatch.org_members where user_id = ${people.owner}`.execute(),
      )
      await waitingFor(db, 'transactionid')
    })
    expect(await later).toBe('PT409')
    expect(await roleOf(people.owner)).toBe('owner')
  })
})
