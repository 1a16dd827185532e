import { beforeAll, describe, expect, it } from 'vitest'
import { createDatabase, type TestDatabase } from '../support/database.ts'
import { addMember, createOrg } from '../support/fixtures.ts'
import { addRequests } from '../support/add-rows.ts'
import { columnsOf, readView, refresh } from '../support/views.ts'
import { within } from '../support/within.ts'

let db: TestDatabase
beforeAll(async () => {
  db = await createDatabase()
})

const view = 'v_api_usage_metrics'

/** Puts requests into the hour that began `hours` whole hours before this one. */
async function addToHour(
  orgId: string,
  hours: number,
  rows: Parameters<typeof addRequests>[2],
): Promise<void> {
  const [{ ago }] = await db.sql<[{ ago: string }]>`
    select (now() - date_trunc('hour', now()) - interval '1 second'
      + ${hours} * interval '1 hour')::text as ago`
  await addRequests(db, orgId, { ...rows, ago })
}

describe('v_api_usage_metrics', () => {
  it('has the columns that readers know, in their order', async () => {
    expect(await columnsOf(db, view)).toEqual([
      'org_id',
      'hour',
      'total_requests',
      'successful_requests',
      'failed_requests',
      'success_rate_pct',
      'avg_response_time_ms',
      'p95_response_time_ms',
      'max_response_time_ms',
      'requests_by_resource',
      'errors_by_status_code',
    ])
  })

  it('has no row for an org without requests', async () => {
    expect(await readView(db, view, await createOrg(db))).toEqual([])
  })

  it('sums up an hour', async () => {
    const orgId = await createOrg(db)
    await addToHour(orgId, 1, { resource_type: 'contacts', durations: [10, 20, 30] })
    await addToHour(orgId, 1, { resource_type: 'webhooks', status_code: 301, durations: [40] })
    await addToHour(orgId, 1, { resource_type: 'contacts', status_code: 404, durations: [50, 60] })
    await addToHour(orgId, 1, { status_code: 500, durations: [90] })
    const rows = await readView(db, view, orgId)
    expect(rows).toHaveLength(1)
    expect(rows[0]).toMatchObject({
      total_requests: 7,
      successful_requests: 4,
      failed_requests: 3,
      success_rate_pct: 57.14,
      avg_response_time_ms: 42.9,
      max_response_time_ms: 90,
      requests_by_resource: { contacts: 5, webhooks: 1, unknown: 1 },
      errors_by_status_code: { '404': 2, '500': 1 },
    })
    expect(rows[0]?.['p95_response_time_ms']).toSatisfy(within(0.01, 81))
  })

  it('has an empty object where nothing failed', async () => {
    const orgId = await createOrg(db)
    await addToHour(orgId, 0, {})
    expect(await readView(db, view, orgId)).toMatchObject([
      { success_rate_pct: 100, errors_by_status_code: {} },
    ])
  })

  it('has one row for each hour with requests, however long ago, and none for the gaps', async () => {
    const orgId = await createOrg(db)
    await addToHour(orgId, 0, { count: 1 })
    await addToHour(orgId, 2, { count: 2 })
    await addToHour(orgId, 24 * 90, { count: 3 })
    const rows = await readView(db, view, orgId)
    const hours = await db.sql<{ hour: string }[]>`
      select to_jsonb(date_trunc('hour', now()) - h * interval '1 hour') #>> '{}' as hour
      from unnest('{0,2,2160}'::integer[]) as h`
    expect(new Map(rows.map((row) => [row['hour'], row['total_requests']]))).toEqual(
      new Map(hours.map(({ hour }, index) => [hour, index + 1])),
    )
  })

  it('is live: what is added to an hour, or taken from it, is seen at once', async () => {
    const orgId = await createOrg(db)
    await addToHour(orgId, 1, { resource_type: 'contacts', durations: [10, 20] })
    await refresh(db)
    await addToHour(orgId, 1, { resource_type: 'webhooks', status_code: 500, durations: [400] })
    await addToHour(orgId, 0, { durations: [5] })
    await db.sql`delete from everwatch.api_audit_logs where org_id = ${orgId} and duration_ms = 10`
    const rows = await readView(db, view, orgId)
    expect(
      rows.toSorted((a, b) => String(a['hour']).localeCompare(String(b['hour']))),
    ).toMatchObject([
      {
        total_requests: 2,
        failed_requests: 1,
        avg_response_time_ms: 210,
        max_response_time_ms: 400,
        requests_by_resource: { contacts: 1, webhooks: 1 },
        errors_by_status_code: { '500': 1 },
      },
      { total_requests: 1, avg_response_time_ms: 5, p95_response_time_ms: 5 },
    ])
    await refresh(db)
    expect(new Set(await readView(db, view, orgId))).toEqual(new Set(rows))
  })

  it('keeps no row of an hour whose requests are all deleted', async () => {
    const orgId = await createOrg(db)
    await addToHour(orgId, 1, { count: 2 })
    await refresh(db)
    await db.sql`delete from everwatch.api_audit_logs where org_id = ${orgId}`
    expect(await readView(db, view, orgId)).toEqual([])
    await refresh(db)
    expect(await readView(db, view, orgId)).toEqual([])
  })

  it('reads for a member the hours that are asked for, not the history', async () => {
    const orgId = await createOrg(db)
    const userId = await addMember(db, orgId, 'viewer')
    await db.sql`
      insert into everwatch.api_audit_logs (org_id, method, path, status_code, duration_ms, created_at)
      select ${orgId}, 'GET', '/', 200, 1, now() - n * interval '1 minute'
      from generate_series(1, 50000) as n`
    await refresh(db)
    await db.sql`analyze`
    await addRequests(db, orgId, { count: 10 })
    const [plan] = await db.asUser(
      userId,
      (sql) => sql<[{ 'QUERY PLAN': unknown }]>`
        explain (analyze, costs off, timing off, format json)
        select * from everwatch.v_api_usage_metrics where hour >= now() - interval '2 hours'`,
    )
    expect(rowsRead(plan['QUERY PLAN'])).toBeLessThan(100)
  })
})

interface PlanNode {
  'Relation Name'?: string
  'Actual Rows'?: number
  'Actual Loops'?: number
  'Rows Removed by Filter'?: number
  Plans?: PlanNode[]
}

/** How many rows a plan looked at. */
function rowsRead(plan: unknown): number {
  const visit = (node: PlanNode): number => {
    const own =
      node['Relation Name'] === undefined
        ? 0
        : ((node['Actual Rows'] ?? 0) + (node['Rows Removed by Filter'] ?? 0)) *
          (node['Actual Loops'] ?? 1)
    return own + (node.Plans ?? []).reduce((sum, child) => sum + visit(child), 0)
  }
  return (plan as { Plan: PlanNode }[]).reduce((sum, { Plan }) => sum + visit(Plan), 0)
}
