import { beforeAll, describe, expect, it } from 'vitest'
import { createDatabase, type TestDatabase } from '../support/database.ts'
import { pgCronVersion } from '../support/pg-cron.ts'

/** 1.5 made a job's name a text. */
const nameType = pgCronVersion === '1.6' ? 'text' : 'name'

let db: TestDatabase
beforeAll(async () => {
  db = await createDatabase()
})

describe('The catalog', () => {
  it.each([
    {
      table: 'cron.job',
      columns: [
        `jobid bigint not null default nextval('cron.jobid_seq'::regclass)`,
        'schedule text not null',
        'command text not null',
        `nodename text not null default 'localhost'::text`,
        'nodeport integer not null default inet_server_port()',
        'database text not null default current_database()',
        'username text not null default CURRENT_USER',
        'active boolean not null default true',
        `jobname ${nameType}`,
      ],
    },
    {
      table: 'cron.job_run_details',
      columns: [
        'jobid bigint',
        `runid bigint not null default nextval('cron.runid_seq'::regclass)`,
        'job_pid integer',
        'database text',
        'username text',
        'command text',
        'status text',
        'return_message text',
        'start_time timestamp with time zone',
        'end_time timestamp with time zone',
      ],
    },
  ])('has $table with these columns', async ({ table, columns }) => {
    const rows = await db.sql<{ definition: string }[]>`
      select concat_ws(' ', attname, format_type(atttypid, null), case when attnotnull then 'not null' end,
        'default ' || pg_get_expr(adbin, adrelid)) as definition
      from pg_attribute left join pg_attrdef on adrelid = attrelid and adnum = attnum
      where attrelid = ${table}::regclass and attnum > 0 order by attnum`
    expect(rows.map(({ definition }) => definition)).toEqual(columns)
  })

  it('has these functions, which only some may execute', async () => {
    const rows = await db.sql<{ signature: string }[]>`
      select format('%s(%s) %s%s', proname, pg_get_function_arguments(oid),
        pg_get_function_result(oid),
        case when has_function_privilege('authenticator', oid, 'execute') then '' else ' (granted)' end
      ) as signature
      from pg_proc
      where pronamespace = 'cron'::regnamespace and proname !~ '^_' and prorettype <> 'trigger'::regtype
      order by proname, pronargs desc, 1`
    expect(rows.map(({ signature }) => signature)).toEqual([
      'alter_job(job_id bigint, schedule text DEFAULT NULL::text, command text DEFAULT NULL::text, database text DEFAULT NULL::text, username text DEFAULT NULL::text, active boolean DEFAULT NULL::boolean) void (granted)',
      'schedule(job_name text, schedule text, command text) bigint',
      'schedule(schedule text, command text) bigint',
      'schedule_in_database(job_name text, schedule text, command text, database text, username text DEFAULT NULL::text, active boolean DEFAULT true) bigint (granted)',
      'unschedule(job_id bigint) boolean',
      `unschedule(job_name ${nameType}) boolean`,
    ])
  })
})
