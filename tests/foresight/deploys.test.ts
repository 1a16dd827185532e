import { randomUUID } from 'node:crypto'
import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createDatabase, type TestDatabase } from '../support/database.ts'
import { deploy } from '../support/deploys.ts'
import { addMember, apiRequest, createOrg, track } from '../support/fixtures.ts'

let db: TestDatabase
let orgId: string
beforeAll(async () => {
  db = await createDatabase()
})
beforeEach(async () => {
  orgId = await createOrg(db)
})

const at = '2026-03-01T12:00:00Z'
const daysAgo = (days: number): string => new Date(Date.now() - days * 86_400_000).toISOString()

interface Deploy {
  service: string
  version: string
  deployed_at: Date
}

const deploys = (): Promise<Deploy[]> =>
  db.sql<Deploy[]>`
    select service, version, deployed_at from everwatch.deploys where org_id = ${orgId}
    order by deployed_at, service, version`

describe('a deploy that is tracked', () => {
  it('is kept as it was given', async () => {
    expect(await track(db, deploy(orgId, { at }))).toEqual({ accepted: 1, rejected: [] })
    expect(await deploys()).toEqual([{ service: 'api', version: 'v2', deployed_at: new Date(at) }])
  })

  it('without a time is one of now', async () => {
    await track(db, deploy(orgId))
    const [{ deployed_at }] = (await deploys()) as [Deploy]
    expect(Math.abs(Date.now() - deployed_at.getTime())).toBeLessThan(60_000)
  })

  const id = randomUUID()
  it.each<[string, Record<string, unknown>, number]>([
    ['with the same id', { id, at }, 1],
    ['with the same id and another time', { id, at: '2026-03-02T12:00:00Z' }, 1],
    ['with another id', { at }, 1],
    ['in another offset', { at: '2026-03-01T13:00:00+01:00' }, 1],
    ['at another time', { at: '2026-03-02T12:00:00Z' }, 2],
    ['as another version', { version: 'v3', at }, 2],
    ['as another service', { service: 'worker', at }, 2],
  ])('a second time %s makes these many in all: %s, %i', async (_, fields, count) => {
    await db.sql`delete from everwatch.deploys where id = ${id}`
    const first = deploy(orgId, { id, at })
    await track(db, first)
    expect(await track(db, deploy(orgId, fields))).toMatchObject({ accepted: 1 })
    expect(await deploys()).toHaveLength(count)
  })

  it('twice in one batch is one', async () => {
    const twice = [deploy(orgId, { at }), deploy(orgId, { at })]
    expect(await track(db, ...twice)).toEqual({ accepted: 2, rejected: [] })
    expect(await deploys()).toHaveLength(1)
  })

  it('by many at once, in any order, is one', async () => {
    const versions = Array.from({ length: 20 }, (_, n) => deploy(orgId, { version: `v${n}`, at }))
    await Promise.all(
      Array.from({ length: 8 }, (_, n) => track(db, ...(n % 2 ? versions : versions.toReversed()))),
    )
    expect(await deploys()).toHaveLength(20)
  })

  it('of another org is another', async () => {
    const other = await createOrg(db)
    await track(db, deploy(orgId, { at }), deploy(other, { at }))
    expect(await deploys()).toHaveLength(1)
  })
})

describe('a deploy is refused', () => {
  const ahead = new Date(Date.now() + 10 * 60_000).toISOString()
  it.each<[string, Record<string, unknown>, string, string]>([
    ['without a service', { service: null }, 'required', 'service'],
    ['without a version', { version: null }, 'required', 'version'],
    ['of no org', { org_id: null }, 'required', 'org_id'],
    ['of an org that there is not', { org_id: randomUUID() }, 'not_found', 'org_id'],
    ['of a service without a name', { service: '' }, 'invalid', 'service'],
    [
      'with a name of a service that is too long',
      { service: 'x'.repeat(101) },
      'invalid',
      'service',
    ],
    ['with a version that is too long', { version: 'x'.repeat(201) }, 'invalid', 'version'],
    ['in the future', { at: ahead }, 'invalid', 'at'],
    ['before all of this', { at: '1970-01-21T00:00:00Z' }, 'invalid', 'at'],
  ])('%s', async (_, fields, code, field) => {
    const good = apiRequest(orgId)
    expect(await track(db, good, deploy(orgId, fields))).toMatchObject({
      accepted: 1,
      rejected: [{ index: 1, code, field }],
    })
    expect(await deploys()).toEqual([])
  })
})

describe('the deploys of an org', () => {
  it('are for its members to read, and for nobody else', async () => {
    await track(db, deploy(orgId, { at }))
    const read = (userId: string): Promise<unknown> =>
      db.asUser(userId, (sql) => sql`select service, verdict, is_final from everwatch.v_deploys`)
    const viewer = await addMember(db, orgId, 'viewer')
    const stranger = await addMember(db, await createOrg(db), 'owner')
    expect(await read(viewer)).toEqual([{ service: 'api', verdict: null, is_final: false }])
    expect(await read(stranger)).toEqual([])
    await expect(
      db.asAnonymous((sql) => sql`select from everwatch.v_deploys`),
    ).rejects.toMatchObject({
      code: '42501',
    })
  })

  it('are written with the secret key alone', async () => {
    const owner = await addMember(db, orgId, 'owner')
    await expect(
      db.asUser(
        owner,
        (sql) => sql`
          insert into everwatch.deploys (org_id, service, version) values (${orgId}, 'api', 'v2')`,
      ),
    ).rejects.toMatchObject({ code: '42501' })
  })

  it('go with it', async () => {
    await track(db, deploy(orgId, { at }))
    await db.sql`delete from everwatch.orgs where id = ${orgId}`
    expect(await deploys()).toEqual([])
  })

  it('are kept for a year', async () => {
    await track(db, deploy(orgId, { at: daysAgo(364) }), deploy(orgId, { at: daysAgo(367) }))
    await db.sql`select everwatch_private.trim_alerts()`
    expect(await deploys()).toHaveLength(1)
  })
})
