import { beforeAll, describe, expect, it } from 'vitest'
import { compareCatalogs } from '../../scripts/release/catalog/compare-catalogs.ts'
import { readCatalog } from '../../scripts/release/catalog/read-catalog.ts'
import { createDatabase, type TestDatabase } from '../support/database.ts'

interface Case {
  what: string
  plant: string
  says: string[]
}

const cases: Case[] = [
  {
    what: 'an index of a partitioned table that its partitions have not',
    plant: `
      drop index everwatch.webhook_deliveries_by_time_idx;
      create index webhook_deliveries_by_time_idx
        on only everwatch.webhook_deliveries (org_id, sent_at desc)`,
    says: [
      'index everwatch.webhook_deliveries_by_time_idx:\n  valid in one: false\n  valid in the other: true',
      'index everwatch_private.webhook_deliveries_default_org_id_sent_at_idx: only in the other',
    ],
  },
  {
    what: 'a column that nobody may read any more',
    plant: 'revoke select (created_at) on everwatch.api_keys from authenticated',
    says: ['rights of authenticated on column everwatch.api_keys.created_at: only in the other'],
  },
  {
    what: 'a right too many on a function',
    plant: 'grant execute on function everwatch_private.keep_history() to public',
    says: ['rights of public on function everwatch_private.keep_history(): only in one'],
  },
  {
    what: 'a function that says something else',
    plant: `
      create or replace function everwatch_private.is_public_empty() returns boolean
        language sql stable set search_path = '' as 'select true'`,
    says: ['  definition in one: AS $function$select true$function$'],
  },
  {
    what: 'a function with another setting',
    plant: `alter function everwatch_private.make_partition(everwatch_private.source, timestamptz)
      set lock_timeout = '9s'`,
    says: [`  definition in one:  SET lock_timeout TO '9s'`],
  },
  {
    what: 'a comment that is missing',
    plant: 'comment on table everwatch.orgs is null',
    says: ['comment on table everwatch.orgs: only in the other'],
  },
  {
    what: 'a policy’s comment',
    plant: `comment on policy "members read their orgs" on everwatch.orgs is 'Why.'`,
    says: ['comment on policy "members read their orgs" on everwatch.orgs: only in one'],
  },
  {
    what: 'a job that is missing',
    plant: `select cron.unschedule('everwatch-age-rollups')`,
    says: ['job everwatch-age-rollups: only in the other'],
  },
  {
    what: 'a row of the seed that is another',
    plant: `update everwatch_private.prices set price = 7 where item = 'disk'`,
    says: [
      'row of everwatch_private.prices with item "disk":\n  price in one: 7\n  price in the other: 0.125',
    ],
  },
  {
    what: 'a column with another default',
    plant: 'alter table everwatch.webhooks alter column enabled set default false',
    says: [
      'column everwatch.webhooks.enabled:\n  default_or_generated_as in one: false\n  default_or_generated_as in the other: true',
    ],
  },
  {
    what: 'a constraint that is gone',
    plant: 'alter table everwatch.webhooks drop constraint webhooks_url_check',
    says: ['constraint webhooks_url_check on everwatch.webhooks: only in the other'],
  },
  {
    what: 'a policy of others',
    plant: 'alter policy "members read their orgs" on everwatch.orgs to anon',
    says: [
      'policy "members read their orgs" on everwatch.orgs:\n  roles in one: ["anon"]\n  roles in the other: ["authenticated"]',
    ],
  },
  {
    what: 'a table without row level security',
    plant: 'alter table everwatch.segments disable row level security',
    says: [
      'table everwatch.segments:\n  row_security in one: false\n  row_security in the other: true',
    ],
  },
  {
    what: 'a table with other storage parameters',
    plant: 'alter table everwatch_private.changes reset (autovacuum_vacuum_threshold)',
    says: [
      'table everwatch_private.changes:\n  options in one: ["autovacuum_vacuum_scale_factor=0"]',
    ],
  },
  {
    what: 'a trigger that is off',
    plant: 'alter table everwatch.rule_executions disable trigger capture_inserted',
    says: [
      'trigger capture_inserted on everwatch.rule_executions:\n  enabled in one: D\n  enabled in the other: O',
    ],
  },
  {
    what: 'a view that reads as its owner',
    plant: 'alter view everwatch.v_webhook_health set (security_invoker = off)',
    says: ['view everwatch.v_webhook_health:\n  options in one: ["security_invoker=off"]'],
  },
  {
    what: 'an alias that is missing',
    plant: 'drop view public.v_alert_conditions',
    says: ['\nview public.v_alert_conditions: only in the other'],
  },
  {
    what: 'something of a kind that it knows nothing else of',
    plant: `create collation everwatch_private.numeric (provider = icu, locale = 'en-u-kn')`,
    says: ['collation everwatch_private."numeric" (its definition is not compared): only in one'],
  },
]

let same: string[]
let different: string[]

beforeAll(async () => {
  const [wanted, found] = [await createDatabase(), await createDatabase()]
  const compare = async (): Promise<string[]> =>
    compareCatalogs(await readCatalog(found.url), await readCatalog(wanted.url), {
      found: 'one',
      wanted: 'the other',
    })
  same = await compare()
  await plantAll(found)
  different = await compare()
})

async function plantAll({ sql }: TestDatabase): Promise<void> {
  for (const { plant } of cases) await sql.unsafe(plant)
}

describe('comparing two databases', () => {
  it('finds nothing where both were made by the same files', () => {
    expect(same).toEqual([])
  })

  it.each(cases)('finds $what', ({ says }) => {
    for (const text of says) expect(different.join('\n')).toContain(text)
  })
})
