import { beforeAll, describe, expect, it } from 'vitest'
import { costsOf, measure } from '../support/costs.ts'
import { createDatabase, type TestDatabase } from '../support/database.ts'
import {
  addMember,
  apiRequest,
  createOrg,
  createRule,
  createWebhook,
  track,
} from '../support/fixtures.ts'
import { addDeliveries, addExecutions } from '../support/add-rows.ts'

interface Costs {
  measured_at: string | null
  database_bytes: number | null
  currency: string | null
  disk: { org_id: string; bytes: Record<string, number>; monthly_cost: number | null }[]
}

let db: TestDatabase
let acme: string
let globex: string
let memberId: string

beforeAll(async () => {
  db = await createDatabase()
  acme = await createOrg(db, 'Acme')
  globex = await createOrg(db, 'Globex')
  memberId = await addMember(db, acme)
  for (const orgId of [acme, globex]) {
    const webhookIds = [await createWebhook(db, orgId), await createWebhook(db, orgId)]
    for (const id of webhookIds) await addDeliveries(db, id, { count: 500 })
    await addExecutions(db, await createRule(db, orgId), { count: 200 })
  }
  const created_at = new Date(Date.now() - 2 * 86_400_000).toISOString()
  await track(db, ...Array.from({ length: 20 }, () => apiRequest(acme, { created_at })))
  await db.sql`update everwatch_private.prices set included = 0, price = 1000 where item = 'disk'`
})

/** As the secret key's holder reads it, of all orgs or of one. */
const readAll = (orgId: string | null = null): Promise<Costs> =>
  db.asService(async (sql) => {
    const [row] = await sql<[{ costs: Costs }]>`
      select everwatch.monitoring_prometheus(${orgId}) -> 'costs' as costs`
    return row.costs
  })

const readAsMember = (): Promise<Costs> =>
  db.asUser(memberId, async (sql) => {
    const [row] = await sql<[{ costs: Costs }]>`
      select everwatch.monitoring_prometheus() -> 'costs' as costs`
    return row.costs
  })

/** What each type of an org's resources holds, as `GET monitoring/costs` has it. */
async function bytesByType(orgId: string): Promise<Record<string, number>> {
  const sums: Record<string, number> = {}
  for (const { resource_type: type, bytes_at_rest: bytes } of await costsOf(db, orgId))
    if (bytes !== null) sums[type] = (sums[type] ?? 0) + bytes
  return sums
}

it('Before the first measurement there is nothing to tell Prometheus', async () => {
  expect(await readAll()).toMatchObject({ measured_at: null, database_bytes: null, disk: [] })
})

describe('once it was measured', () => {
  beforeAll(() => measure(db))

  it('each org’s bytes are told by type of resource, as its costs have them', async () => {
    const { disk, measured_at } = await readAll()
    expect(measured_at).not.toBeNull()
    expect(disk.map(({ org_id }) => org_id).toSorted()).toEqual([acme, globex].toSorted())
    for (const { org_id, bytes } of disk) expect(bytes).toEqual(await bytesByType(org_id))
    const mine = disk.find(({ org_id }) => org_id === acme)
    expect(Object.keys(mine!.bytes).toSorted()).toEqual(['org', 'route', 'rule', 'webhook'])
  })

  it('what an org’s disk costs is told for a whole month, whatever the plan includes of it', async () => {
    const { disk } = await readAll(acme)
    const held = Object.values(disk[0]!.bytes).reduce((sum, each) => sum + each, 0)
    expect(disk[0]!.monthly_cost).toBeCloseTo((1000 * held) / 1e9, 5)
    await db.sql`
      update everwatch_private.prices set included = everwatch_private.used_units('disk') / 4 where item = 'disk'`
    const [{ monthly_cost } = disk[0]!] = (await readAll(acme)).disk
    expect(monthly_cost! / disk[0]!.monthly_cost!).toBeCloseTo(3 / 4, 3)
  })

  it('the holder of a secret key is told how large the database was, also beside one org', async () => {
    const [row] = await db.sql<[{ bytes: number }]>`
      select database_bytes::float8 as bytes from everwatch_private.cost_state`
    expect(await readAll()).toMatchObject({ database_bytes: row.bytes })
    expect(await readAll(acme)).toMatchObject({ database_bytes: row.bytes })
  })

  it('a member is told of the own org alone, and not of the whole database', async () => {
    expect(await readAsMember()).toEqual({ ...(await readAll(acme)), database_bytes: null })
  })

  it('an org that is deleted is not told of, though it was measured', async () => {
    const orgId = await createOrg(db)
    await addDeliveries(db, await createWebhook(db, orgId), { count: 10 })
    await measure(db)
    expect((await readAll()).disk.map(({ org_id }) => org_id)).toContain(orgId)
    await db.sql`delete from everwatch.orgs where id = ${orgId}`
    expect((await readAll()).disk.map(({ org_id }) => org_id)).not.toContain(orgId)
  })

  it('what the disk costs is not told when its price is not known', async () => {
    await db.sql`delete from everwatch_private.prices where item = 'disk'`
    const { disk } = await readAll()
    expect(disk.map(({ monthly_cost }) => monthly_cost)).toEqual([null, null])
  })
})
