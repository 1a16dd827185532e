import { beforeAll, describe, expect, it } from 'vitest'
import { createDatabase, type TestDatabase } from '../support/database.ts'

let db: TestDatabase
beforeAll(async () => {
  db = await createDatabase()
})

describe('The catalog', () => {
  it.each([
    {
      table: 'net.http_request_queue',
      columns: [
        `id bigint not null default nextval('net.http_request_queue_id_seq'::regclass)`,
        'method net.http_method not null',
        'url text not null',
        'headers jsonb',
        'body bytea',
        'timeout_milliseconds integer not null',
      ],
    },
    {
      table: 'net._http_response',
      columns: [
        'id bigint',
        'status_code integer',
        'content_type text',
        'headers jsonb',
        'content text',
        'timed_out boolean',
        'error_msg text',
        'created timestamp with time zone not null default now()',
      ],
    },
  ])('has $table, which a crash empties, with these columns', async ({ table, columns }) => {
    const rows = await db.sql<{ definition: string }[]>`
      select concat_ws(' ', attname, format_type(atttypid, null), case when attnotnull then 'not null' end,
        'default ' || pg_get_expr(adbin, adrelid)) as definition
      from pg_attribute left join pg_attrdef on adrelid = attrelid and adnum = attnum
      where attrelid = ${table}::regclass and attnum > 0 order by attnum`
    expect(rows.map(({ definition }) => definition)).toEqual(columns)
    const [persistence] = await db.sql`
      select relpersistence from pg_class where oid = ${table}::regclass`
    expect(persistence).toEqual({ relpersistence: 'u' })
  })

  it('has an index on when a response was made, and none on its id', async () => {
    const rows = await db.sql`
      select pg_get_indexdef(indexrelid, 1, true) as column from pg_index
      where indrelid in ('net._http_response'::regclass, 'net.http_request_queue'::regclass)`
    expect(rows).toEqual([{ column: 'created' }])
  })

  it('has these functions', async () => {
    const rows = await db.sql<{ signature: string }[]>`
      select format('%s(%s) %s', proname, pg_get_function_arguments(oid), pg_get_function_result(oid))
        as signature
      from pg_proc where pronamespace = 'net'::regnamespace and proname !~ '^_'
      order by proname`
    expect(rows.map(({ signature }) => signature)).toEqual([
      'check_worker_is_up() void',
      'http_collect_response(request_id bigint, async boolean DEFAULT true) net.http_response_result',
      `http_delete(url text, params jsonb DEFAULT '{}'::jsonb, headers jsonb DEFAULT '{}'::jsonb, timeout_milliseconds integer DEFAULT 5000, body jsonb DEFAULT NULL::jsonb) bigint`,
      `http_get(url text, params jsonb DEFAULT '{}'::jsonb, headers jsonb DEFAULT '{}'::jsonb, timeout_milliseconds integer DEFAULT 5000) bigint`,
      `http_post(url text, body jsonb DEFAULT '{}'::jsonb, params jsonb DEFAULT '{}'::jsonb, headers jsonb DEFAULT '{"Content-Type": "application/json"}'::jsonb, timeout_milliseconds integer DEFAULT 5000) bigint`,
      'wait_until_running() void',
      'wake() void',
      'worker_restart() boolean',
    ])
  })
})

describe.each(['anon', 'authenticated', 'service_role'])('the role %s', (role) => {
  it('may queue requests, and read and delete those of others, headers included', async () => {
    await db.sql`select net.http_get('http://a', headers => '{"X-Key": "secret"}')`
    const result = await db.sql.begin(async (sql) => {
      await sql`select set_config('role', ${role}, true)`
      const [own] = await sql<[{ id: string }]>`select net.http_post('http://b') as id`
      const gone = await sql`delete from net.http_request_queue returning url, headers`
      return { own: own.id, gone }
    })
    expect(result.own).toMatch(/^\d+$/)
    expect(result.gone).toContainEqual({ url: 'http://a/', headers: { 'X-Key': 'secret' } })
    expect(result.gone).toContainEqual(expect.objectContaining({ url: 'http://b/' }))
  })
})
