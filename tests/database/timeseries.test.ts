import postgres from 'postgres'
import { beforeAll, describe, expect, it } from 'vitest'
import { createDatabase, type TestDatabase } from '../support/database.ts'
import { createOrg, createRule, createWebhook } from '../support/fixtures.ts'
import { refresh } from '../support/views.ts'
import { within } from '../support/within.ts'

let db: TestDatabase
let orgId: string
let webhooks: string[]

const hour = 3600
const day = 24 * hour

/** Rows of the last eighty days, the denser the newer; `odd` ones, so that two calls add different ones. */
async function addHistory(odd: number): Promise<void> {
  const [ruleId] = await db.sql<{ id: string }[]>`
    select id from everwatch.automation_rules where org_id = ${orgId}`
  await db.sql`
    insert into everwatch.webhook_deliveries (webhook_id, status, duration_ms, sent_at)
    select (${webhooks}::uuid[])[1 + n % 3], (array['sent', 'failed', 'sent', 'pending'])[1 + n % 4],
      case when n % 4 < 3 then n * 7919 % 10007 end, now() - n * n * interval '5 seconds'
    from generate_series(${odd}::integer, 1175, 2) as n`
  await db.sql`
    insert into everwatch.rule_executions (rule_id, status, duration_ms, affected_contacts, executed_at)
    select ${ruleId!.id}, (array['success', 'failed'])[1 + n % 2], n, n % 5, now() - n * n * interval '11 seconds'
    from generate_series(${odd}::integer, 790, 3) as n`
  await db.sql`
    insert into everwatch.api_audit_logs (org_id, method, path, status_code, resource_type, duration_ms, created_at)
    select ${orgId}, 'GET', '/', (array[200, 404, 500])[1 + n % 3], (array['contacts', null])[1 + n % 2],
      n * 31 % 997, now() - n * n * interval '7 seconds'
    from generate_series(${odd}::integer, 990, 2) as n`
}

beforeAll(async () => {
  db = await createDatabase()
  orgId = await createOrg(db)
  webhooks = await Promise.all([1, 2, 3].map(() => createWebhook(db, orgId)))
  await createRule(db, orgId)
  await addHistory(1)
  await refresh(db)
  await db.sql`select everwatch_private.age_rollups()`
  // What no refresh has seen: more rows, late ones too, some that finish and some that go.
  await addHistory(2)
  await db.sql`
    update everwatch.webhook_deliveries set status = 'failed', duration_ms = 77
    where status = 'pending' and webhook_id = ${webhooks[0]!}`
  await db.sql`delete from everwatch.webhook_deliveries where duration_ms % 10 = 3`
  await db.sql`delete from everwatch.api_audit_logs where duration_ms % 10 = 4`
  await db.sql`delete from everwatch.webhooks where id = ${webhooks[2]!}`
})

interface Range {
  /** Seconds before now. */
  from: number
  to: number
  step: number
  resource?: string
}

interface Point {
  at: string | null
  count: number
  failed: number
  avg: number | null
  /** What else is measured: a percentile, or contacts. */
  last: number | null
}

const p95 = 'percentile_cont(0.95) within group (order by duration_ms)'
/** What is asked for, and how it is found in raw rows; the last within a share of it. */
const subjects = {
  delivery: {
    last: p95,
    share: 0.01,
    metrics: ['deliveries', 'failed_deliveries', 'delivery_avg_ms', 'delivery_p95_ms'],
    raw: `select sent_at as at, (status = 'failed') as failed, duration_ms, webhook_id::text as resource
      from everwatch.webhook_deliveries where org_id = $1`,
  },
  execution: {
    last: 'sum(affected_contacts)::float8',
    share: 0,
    metrics: ['executions', 'failed_executions', 'execution_avg_ms', 'affected_contacts'],
    raw: `select executed_at as at, (status = 'failed') as failed, duration_ms, affected_contacts,
        rule_id::text as resource
      from everwatch.rule_executions where org_id = $1`,
  },
  request: {
    last: p95,
    share: 0.01,
    metrics: ['api_requests', 'failed_api_requests', 'api_avg_ms', 'api_p95_ms'],
    raw: `select created_at as at, (status_code >= 400) as failed, duration_ms,
        coalesce(resource_type, 'unknown') as resource
      from everwatch.api_audit_logs where org_id = $1`,
  },
}
type Subject = keyof typeof subjects

/** What raw rows amount to in each bucket, and (with a null time) in the whole range. */
async function truth(sql: postgres.ISql, subject: Subject, range: Range): Promise<Point[]> {
  return sql.unsafe<Point[]>(
    `select to_jsonb(bucket) #>> '{}' as at, count(*)::integer as count,
      count(*) filter (where failed)::integer as failed,
      round(avg(duration_ms), 1)::float8 as avg,
      ${subjects[subject].last} as last
    from (
      select *, date_bin($4, at, 'epoch') as bucket from (${subjects[subject].raw}) as raw
      where at >= date_bin($4, now() - $2::interval, 'epoch') and at < now() - $3::interval
        and resource = coalesce($5, resource)
    ) as found
    group by grouping sets ((), (bucket))
    order by bucket nulls last`,
    [orgId, `${range.from} s`, `${range.to} s`, `${range.step} s`, range.resource ?? null],
  )
}

async function read(sql: postgres.ISql, subject: Subject, range: Range): Promise<Point[]> {
  interface Series {
    value: number | null
    points: { at: string; value: number | null }[]
  }
  const { metrics } = subjects[subject]
  const [row] = await sql<[{ series: Series[] }]>`
    select everwatch.monitoring_timeseries(
      ${metrics}, now() - make_interval(secs => ${range.from}), now() - make_interval(secs => ${range.to}),
      ${range.step}, ${orgId}, ${range.resource ?? null}
    ) -> 'series' as series`
  const [count, failed, avg, last] = row.series.map(({ value, points }) => [
    ...points,
    { at: null, value },
  ])
  return count!
    .map((point, n) => ({
      at: point.at,
      count: point.value ?? 0,
      failed: failed![n]!.value ?? 0,
      avg: avg![n]!.value,
      last: last![n]!.value,
    }))
    .filter((point) => point.count > 0)
}

const ranges: [string, Range][] = [
  ['the last hours, by the minute', { from: 3 * hour, to: 0, step: 60 }],
  ['the last day, by the hour', { from: day, to: 0, step: hour }],
  ['a week that ends within an hour', { from: 8 * day, to: day + 1234, step: hour }],
  [
    'a month by six hours, and the one before by the day',
    { from: 29 * day, to: 0, step: 6 * hour },
  ],
  ['where hours become days', { from: 32 * day, to: 28 * day, step: hour }],
  ['days that are rolled up by the day', { from: 60 * day, to: 40 * day + 5 * hour, step: day }],
  ['all of it', { from: 75 * day, to: 0, step: day }],
]

/** As `within`, which also allows for rounding to a tenth; nothing is near to nothing alone. */
const near = (share: number, expected: number | null) => (value: unknown) =>
  expected === null
    ? value === null
    : within(share + 0.051 / Math.max(expected, 0.1), expected)(value)

describe.each(['delivery', 'execution', 'request'] as const)('a series of %s', (subject) => {
  it.each(ranges)('is what raw rows amount to: %s', async (_, range) => {
    await db.sql.begin('isolation level repeatable read', async (sql) => {
      const raw = await truth(sql, subject, range)
      expect(raw.length).toBeGreaterThan(2)
      const expected = raw.map((point) => ({
        ...point,
        last: expect.toSatisfy(near(subjects[subject].share, point.last)) as number,
      }))
      expect(await read(sql, subject, range)).toEqual(expected)
    })
  })
})

const counts = (points: Point[]): unknown[] =>
  points.map(({ at, count, failed }) => ({ at, count, failed }))

describe('a series of one resource', () => {
  it.each<[Subject, () => string]>([
    ['delivery', () => webhooks[1]!],
    ['request', () => 'contacts'],
    ['request', () => 'unknown'],
  ])('of %s is what its raw rows amount to', async (subject, resource) => {
    const range = { from: 9 * day, to: 0, step: hour, resource: resource() }
    await db.sql.begin('isolation level repeatable read', async (sql) => {
      expect(counts(await read(sql, subject, range))).toEqual(
        counts(await truth(sql, subject, range)),
      )
    })
  })
})

describe('a series whose raw rows went by retention', () => {
  it('is as it was, for what is rolled up', async () => {
    // It ends with a day, as what does not is read from raw rows.
    const today = Math.floor(Date.now() / 1000) % day
    const range = { from: 75 * day, to: 62 * day + today, step: day }
    const before = await read(db.sql, 'delivery', range)
    const superuser = postgres(db.url, { max: 1, onnotice: () => {} })
    // As a partition goes: no trigger sees it.
    await superuser`set session_replication_role = replica`
    await superuser`delete from everwatch.webhook_deliveries where sent_at < now() - interval '61 days'`
    await superuser.end()
    const after = await read(db.sql, 'delivery', range)
    expect(after).toEqual(before)
    expect(after.length).toBeGreaterThan(5)
  })
})
