import type { Sql } from 'postgres'
import { requireSameRows } from './harness/agree.ts'
import { timesLess, type Benchmark } from './harness/benchmark.ts'
import { requestHistory } from './harness/fill-database.ts'
import { addPeer } from './harness/peers.ts'
import { timeInTurn } from './harness/rounds.ts'

type Row = Record<string, unknown>

const rounds = 9
const views = { ours: 'everwatch.v_api_usage_metrics', peer: 'bench.api_usage_metrics' }

const benchmark: Benchmark = {
  summary: '30 days of one org’s API usage, read by a member, beside the plain view',
  rows: { of: 'requests of 100 orgs', usually: 1_000_000 },
  run: (lab) =>
    lab.withHistory(requestHistory(lab.rows), async (db) => {
      await addPeer(db.sql, 'api_usage_metrics')
      const orgId = await findTypicalOrg(db.sql)
      const reader = db.connect({ role: 'authenticated', userId: orgId })
      const read = (view: string) => () => readHours(reader, view, orgId)
      lab.note(`Reading 30 days of ${lab.rows.toLocaleString('en')} requests`)
      const { ours, peer } = await timeInTurn(rounds, {
        ours: read(views.ours),
        peer: read(views.peer),
      })
      await requireSameHours(reader, orgId)
      const size = `${lab.rows.toLocaleString('en')} requests`
      return [timesLess(50, { label: `30 days, ${size}`, unit: 'ms', value: ours, peer })]
    }),
}

export default benchmark

/** The org whose share of the requests is nearest to a hundredth. */
async function findTypicalOrg(sql: Sql): Promise<string> {
  const [org] = await sql<[{ orgId: string }]>`
    select org_id as "orgId" from everwatch.api_audit_logs group by org_id
    order by abs(count(*) - (select count(*) / 100 from everwatch.api_audit_logs)), org_id limit 1`
  return org.orgId
}

function readHours(sql: Sql, view: string, orgId: string): Promise<Row[]> {
  return sql<Row[]>`
    select * from ${sql(view)}
    where org_id = ${orgId} and hour >= now() - interval '30 days'
    order by hour`
}

async function requireSameHours(reader: Sql, orgId: string): Promise<void> {
  // Both in one transaction: each sees the requests that the other sees, and the same hours.
  await reader`begin isolation level repeatable read`
  const [ours, peer] = [
    await readJson(reader, views.ours, orgId),
    await readJson(reader, views.peer, orgId),
  ]
  await reader`commit`
  requireSameRows({ ours, peer }, 'hour', 'p95_response_time_ms')
}

async function readJson(sql: Sql, view: string, orgId: string): Promise<Row[]> {
  const rows = await sql<{ row: Row }[]>`
    select to_jsonb(v) as row from ${sql(view)} as v
    where v.org_id = ${orgId} and v.hour >= now() - interval '30 days'`
  return rows.map(({ row }) => row)
}
