import { beforeAll, describe, expect, it } from 'vitest'
import type { PrivilegeRegime } from '../../scripts/stack/bootstrap.ts'
import { aliasNames, readAlias } from '../support/aliases.ts'
import { createDatabase, type TestDatabase } from '../support/database.ts'
import { dumpProject, restoreProject, type Dump } from '../support/dump.ts'
import { addMember, createOrg, createWebhook, delivery, track } from '../support/fixtures.ts'
import { createFullOrg } from '../support/full-org.ts'
import { denied } from '../support/outcome.ts'
import { only } from '../support/platform.ts'
import { gained } from '../support/privileges.ts'

const regimes: PrivilegeRegime[] = ['granting', 'strict']

let before: TestDatabase
let dump: Dump
let member: string
let webhookId: string
beforeAll(async () => {
  before = await createDatabase()
  const { orgId } = await createFullOrg(before, 'acme')
  member = await addMember(before, orgId)
  await createFullOrg(before, 'other')
  webhookId = await createWebhook(before, await createOrg(before))
  await track(before, delivery(webhookId))
  await before.sql`select everwatch.refresh_monitoring_views()`
  await before.sql`update everwatch_private.settings set functions_url = 'https://p.example/functions/v1'`
  dump = await dumpProject(before)
})

const ofAliases = new RegExp(String.raw` public\.(${aliasNames.join('|')})\b`)

/** How many rows each of our tables has. */
async function rowCounts({ sql }: TestDatabase): Promise<Record<string, number>> {
  const rows = await sql<{ name: string; rows: string }[]>`
    select c.oid::regclass::text as name, (xpath('/row/n/text()', query_to_xml(
      'select count(*) as n from ' || c.oid::regclass, false, true, ''
    )))[1]::text as rows
    from pg_class as c
    where relnamespace in ('everwatch'::regnamespace, 'everwatch_private'::regnamespace)
      and relkind in ('r', 'p')`
  return Object.fromEntries(rows.map((row) => [row.name, Number(row.rows)]))
}

async function missingParts({ sql }: TestDatabase, call = 'missing_parts'): Promise<string[]> {
  const rows = await sql<{ part: string; detail: string }[]>`
    select * from ${sql(`everwatch.${call}`)}() where part <> 'worker'`
  return rows.map(({ part, detail }) => `${part}: ${detail}`)
}

describe('what a dump loses', only('debian', 'it has pg_dump'), () => {
  describe.each(regimes)('restored into a project of the %s regime', (regime) => {
    let restored: TestDatabase
    beforeAll(async () => {
      restored = await restoreProject(dump, regime)
    })

    it('no role gains anything, but on the aliases', async () => {
      const all = await gained(before, restored)
      expect(all.filter((sentence) => !ofAliases.test(sentence))).toEqual([])
      expect(all.length > 0).toBe(regime === 'granting')
    })

    it('no role loses anything', async () => {
      expect(await gained(restored, before)).toEqual([])
    })

    it.each(aliasNames)('nobody without a session gets anything from %s', async (name) => {
      const read = readAlias((work) => restored.asAnonymous(work), 'public', name)
      expect(await read).toBe(denied)
    })

    it.each(aliasNames)('a member gets from %s what they got before', async (name) => {
      const read = (db: TestDatabase) =>
        readAlias((work) => db.asUser(member, work), 'public', name)
      expect(await read(restored)).toEqual(await read(before))
    })

    it('no row is lost', async () => {
      expect(await rowCounts(restored)).toEqual(await rowCounts(before))
    })

    it('says what is missing: the jobs and the secrets', async () => {
      const jobs = await before.sql<{ name: string }[]>`
        select name from everwatch_private.jobs order by name`
      expect(await missingParts(restored)).toEqual([
        ...jobs.map(({ name }) => `job: ${name} is not scheduled`),
        'secret: the key that signs requests to the edge functions is gone',
        `secret: the secret of the webhook channel 'acme' is gone`,
        `secret: the secret of the webhook channel 'other' is gone`,
      ])
    })

    it('is mended by one call, but for what nobody but the receivers knows', async () => {
      expect(await missingParts(restored, 'repair')).toEqual([
        `secret: the secret of the webhook channel 'acme' is gone`,
        `secret: the secret of the webhook channel 'other' is gone`,
      ])
      expect(await gained(before, restored)).toEqual([])
      expect(await gained(restored, before)).toEqual([])
    })

    it('goes on counting', async () => {
      await track(restored, delivery(webhookId), delivery(webhookId, { status: 'failed' }))
      await restored.sql`select everwatch.refresh_monitoring_views()`
      const rows = await restored.asService(
        (sql) => sql`
          select total_deliveries::integer as total, failed_deliveries::integer as failed
          from mv_webhook_performance where webhook_id = ${webhookId}`,
      )
      expect(rows).toEqual([{ total: 3, failed: 1 }])
    })
  })

  it('a restored schema without rows says so', async () => {
    const restored = await restoreProject({ schema: dump.schema }, 'strict')
    expect(await missingParts(restored)).toContain(
      'release: no release is written down: the tables were made without their rows',
    )
  })
})

describe('the comparison', only('debian', 'it has pg_dump'), () => {
  it(
    'finds a table, a function and a right of whoever is careless',
    { timeout: 120_000 },
    async () => {
      const careless = await createDatabase()
      await careless.sql.unsafe(`
      create table public.planted (secret text);
      create function public.planted() returns text language sql return 'secret';
      revoke all on public.planted from public, anon, authenticated, service_role;
      revoke all on function public.planted from public, anon, authenticated, service_role;`)
      const restored = await restoreProject(
        { schema: (await dumpProject(careless)).schema },
        'granting',
      )
      await restored.sql`grant select (name) on everwatch.orgs to anon`
      await restored.sql`grant execute on function everwatch.repair to public`
      const all = await gained(careless, restored)
      expect(all).toEqual(
        expect.arrayContaining([
          'anon may select everwatch.orgs (name)',
          'anon may select public.planted',
          'anon may select public.planted (secret)',
          'anon may execute public.planted()',
          'anon may execute everwatch.repair()',
          'public may execute everwatch.repair()',
        ]),
      )
    },
  )
})
