import type { TransactionSql } from 'postgres'
import postgres from 'postgres'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { startWorker } from '../../scripts/stack/worker/index.ts'
import { createDatabase, type TestDatabase } from '../support/database.ts'
import { addMember, createOrg } from '../support/fixtures.ts'
import { createChannel } from '../support/notify-stack.ts'
import { denied, outcome } from '../support/outcome.ts'
import { undone } from '../support/undone.ts'

interface MissingPart {
  part: string
  detail: string
  remedy: string
}

let db: TestDatabase
let orgId: string
let channelId: string
beforeAll(async () => {
  db = await createDatabase()
  orgId = await createOrg(db)
  channelId = (await createChannel(db, orgId, { name: 'On call', url: 'https://a.example/' })).id
  await db.sql`update everwatch_private.settings set functions_url = 'https://p.example/functions/v1'`
})

/** What is missing, but for the worker of pg_net, which this database does not have. */
const missing = async (sql: TransactionSql): Promise<MissingPart[]> => [
  ...(await sql<MissingPart[]>`select * from everwatch.missing_parts() where part <> 'worker'`),
]

const thisMonth = new Date().toISOString().slice(0, 7).replace('-', '_')
const repair = 'select everwatch.repair()'

/** What somebody does, or a restore; what is told of it; and how it is mended. */
const stories: Record<string, { loss: string; told: MissingPart; cure?: string }> = {
  'a job that is not scheduled': {
    loss: `select cron.unschedule('everwatch-backfill')`,
    told: { part: 'job', detail: 'everwatch-backfill is not scheduled', remedy: repair },
  },
  'a job that is switched off': {
    loss: `select cron.alter_job(jobid, active => false) from cron.job where jobname = 'everwatch-backfill'`,
    told: { part: 'job', detail: 'everwatch-backfill is switched off', remedy: repair },
  },
  'a job whose command is another': {
    loss: `select cron.schedule('everwatch-backfill', '* * * * *', 'select 1')`,
    told: { part: 'job', detail: 'everwatch-backfill runs another command', remedy: repair },
  },
  'a job that runs at other times': {
    loss: `select cron.alter_job(jobid, schedule => '0 0 * * *') from cron.job where jobname = 'everwatch-backfill'`,
    told: {
      part: 'job',
      detail: 'everwatch-backfill runs at 0 0 * * *, not at * * * * *',
      remedy: repair,
    },
  },
  'the key that signs requests': {
    loss: `delete from vault.secrets where name = 'everwatch_request_key'`,
    told: {
      part: 'secret',
      detail: 'the key that signs requests to the edge functions is gone',
      remedy: repair,
    },
  },
  'where the functions are': {
    loss: 'update everwatch_private.settings set functions_url = null',
    told: {
      part: 'functions_url',
      detail: 'it is not said where the edge functions are, so nothing is sent',
      remedy: `update everwatch_private.settings set functions_url = 'https://<project>.supabase.co/functions/v1' where singleton`,
    },
    cure: `update everwatch_private.settings set functions_url = 'https://p.example/functions/v1'`,
  },
  'the partition of this month': {
    loss: `drop table everwatch_private.api_audit_logs_${thisMonth}`,
    told: { part: 'partition', detail: 'api_audit_logs has none for this month', remedy: repair },
  },
  'an alias that is wanted': {
    loss: 'drop view public.v_webhook_health',
    told: { part: 'alias', detail: 'public.v_webhook_health is not there', remedy: repair },
  },
  'the first refresh': {
    loss: 'delete from everwatch_private.refresh_runs',
    told: {
      part: 'refresh',
      detail: 'the views were never refreshed',
      remedy: 'select everwatch.refresh_monitoring_views()',
    },
    cure: 'select everwatch.refresh_monitoring_views()',
  },
  'the rows of a restored schema': {
    loss: 'delete from everwatch.versions',
    told: {
      part: 'release',
      detail: 'no release is written down: the tables were made without their rows',
      remedy: 'Restore the data of the dump as well, or apply the migration of a release',
    },
    cure: `insert into everwatch.versions (version, checksum) values ('0.2.0', repeat('0', 64))`,
  },
}

describe('the operator is told what is missing', () => {
  it.each(Object.entries(stories))('%s', (_what, { loss, told, cure = told.remedy }) =>
    undone(db.sql, async (sql) => {
      expect(await missing(sql)).toEqual([])
      await sql.unsafe(loss)
      expect(await missing(sql)).toEqual([told])
      await sql.unsafe(cure)
      expect(await missing(sql)).toEqual([])
    }),
  )

  it('the secret of a channel, which gets another', () =>
    undone(db.sql, async (sql) => {
      await sql`delete from vault.secrets where description = ${`Everwatch channel ${channelId}`}`
      expect(await missing(sql)).toEqual([
        {
          part: 'secret',
          detail: `the secret of the webhook channel 'On call' is gone`,
          remedy: `select everwatch.rotate_channel_secret('${channelId}', secret => …)`,
        },
      ])
      await sql`select everwatch.rotate_channel_secret(${channelId})`
      expect(await missing(sql)).toEqual([])
    }))

  it('no alias that nobody wants, or whose name the project uses itself', () =>
    undone(db.sql, async (sql) => {
      await sql`drop view public.v_webhook_health`
      await sql`create table public.v_webhook_health (id integer)`
      expect(await missing(sql)).toEqual([])
      await sql`select everwatch.withdraw_aliases()`
      expect(await missing(sql)).toEqual([])
    }))

  it('a worker of pg_net, until there is one', async () => {
    const workers = () => db.sql`select detail from everwatch.missing_parts() where part = 'worker'`
    expect(await workers()).toEqual([{ detail: 'pg_net has no worker, so nothing is sent' }])
    const worker = await startWorker({ url: db.url })
    await vi.waitFor(async () => expect(await workers()).toEqual([]))
    await worker.stop()
  })
})

describe('an extension that is gone', () => {
  let superuser: postgres.Sql
  beforeAll(() => {
    superuser = postgres(db.url, { max: 1, onnotice: () => {} })
  })
  afterAll(() => superuser.end())

  it.each(['pg_cron', 'pg_net', 'pg_stat_statements', 'supabase_vault'])(
    'is told: %s, and nothing else that needs it fails',
    (name) =>
      undone(superuser, async (sql) => {
        await sql`drop extension ${sql(name)} cascade`
        expect(await missing(sql)).toEqual([
          { part: 'extension', detail: `${name} is not there`, remedy: repair },
        ])
      }),
  )

  it('is created again', () =>
    undone(superuser, async (sql) => {
      await sql`drop extension pg_net cascade`
      await sql`set local role postgres`
      await sql.unsafe(repair)
      expect(await missing(sql)).toEqual([])
    }))
})

describe('one call mends what can be mended', () => {
  it('and returns what cannot; a second one changes nothing', () =>
    undone(db.sql, async (sql) => {
      await sql`select cron.unschedule(jobid) from cron.job`
      await sql`delete from vault.secrets where true`
      await sql`drop function public.refresh_monitoring_views`
      await sql`grant all on public.v_webhook_health to anon`
      const left = ['secret', 'worker']
      const parts = async () =>
        (await sql<MissingPart[]>`select * from everwatch.repair()`).map(({ part }) => part)
      expect(await parts()).toEqual(left)
      const state = () => sql`
        select (select jsonb_agg(j order by jobid) from cron.job as j) as jobs,
          (select jsonb_agg(id) from vault.secrets) as secrets`
      const before = await state()
      expect(await parts()).toEqual(left)
      expect(await state()).toEqual(before)
      expect(
        await sql`select has_table_privilege('anon', 'public.v_webhook_health', 'select') as reads`,
      ).toEqual([{ reads: false }])
    }))
})

describe('nobody else', () => {
  it.each([
    ['missing_parts', { service: 'ok', member: denied, anonymous: denied }],
    ['repair', { service: denied, member: denied, anonymous: denied }],
  ])('calls %s', async (name, expected) => {
    const member = await addMember(db, orgId, 'owner')
    const call = (sql: TransactionSql) => sql`select ${sql(`everwatch.${name}`)}()`
    expect({
      service: await outcome(db.asService(call)),
      member: await outcome(db.asUser(member, call)),
      anonymous: await outcome(db.asAnonymous(call)),
    }).toEqual(expected)
  })
})
