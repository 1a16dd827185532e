import { duration } from '../../scripts/demo/made-up.ts'
import { seededRandom } from '../../scripts/random.ts'
import type { TestDatabase } from './database.ts'
import type { TrackEvent } from './fixtures.ts'

/** An event of a deploy, by default of v2 of api, now. */
export function deploy(orgId: string, fields: Record<string, unknown> = {}): TrackEvent {
  return { type: 'deploy', org_id: orgId, service: 'api', version: 'v2', ...fields }
}

/** What traffic is like around a deploy. */
export interface Traffic {
  /** Rows a minute. */
  rate?: number
  /** How many days before the deploy's there are. */
  days?: number
  /** How much longer rows take after the time of day of the deploy: on its day, or on every day. */
  slower?: number
  everyDay?: boolean
  /** Whether it is so of the slowest fifth alone. */
  inTail?: boolean
  /** How much longer rows take up to 3.5 hours before the time of day of the deploy: on its day, and on each before. */
  night?: number[]
  /** The share of rows that fail, before and after. */
  failures?: [before: number, after: number]
}

type Target = { path: string } | { webhookId: string } | { ruleId: string }

const tables = {
  path: ['api_audit_logs', 'path', 'created_at', 'method, status_code', `'GET', case when failed then 500 else 200 end`], // prettier-ignore
  webhookId: ['webhook_deliveries', 'webhook_id', 'sent_at', 'status', `case when failed then 'failed' else 'sent' end`], // prettier-ignore
  ruleId: ['rule_executions', 'rule_id', 'executed_at', 'status', `case when failed then 'failed' else 'success' end`], // prettier-ignore
}

/** Milliseconds that a fifth of the rows take at least. */
const slowestFifth = 73

/**
 * Stores the traffic that a deploy is judged by: of seven hours before it and one after, of that day and
 * of days before, in the same numbers each time. Rows take 50 ms, log-normally.
 */
export async function addTraffic(
  db: TestDatabase,
  orgId: string,
  deployedAt: Date,
  target: Target,
  traffic: Traffic = {},
): Promise<void> {
  const { rate = 2.5, days = 7, slower = 1, everyDay = false, failures = [0, 0] } = traffic
  const { inTail = false, night = [] } = traffic
  const random = seededRandom(7)
  const rows: { at: Date; duration: number; failed: boolean }[] = []
  for (let day = 0; day <= days; day++) {
    for (let n = -420 * rate; n < 60 * rate; n++) {
      const usual = duration(50, random)
      const isSlower = n >= 0 && (everyDay || day === 0) && (!inTail || usual >= slowestFifth)
      rows.push({
        at: new Date(deployedAt.getTime() - day * 86_400_000 + ((n + 0.5) / rate) * 60_000),
        duration: Math.round(
          usual * (isSlower ? slower : 1) * (n < -210 * rate ? (night[day] ?? 1) : 1),
        ),
        failed: random() < failures[n >= 0 && day === 0 ? 1 : 0],
      })
    }
  }
  const [[kind, id]] = Object.entries(target) as [[keyof typeof tables, string]]
  const [table, column, time, columns, values] = tables[kind]
  await db.sql.unsafe(
    `insert into everwatch.${table} (org_id, ${column}, ${time}, duration_ms, ${columns})
    select $1, $2, at, duration, ${values}
    from jsonb_to_recordset($3::text::jsonb) as _ (at timestamptz, duration integer, failed boolean)`,
    [orgId, id, JSON.stringify(rows)],
  )
}

export interface Comparison {
  resource_type: string
  resource_id: string
  metric: string
  verdict: string
  measure: string | null
  before: number
  after: number
  change: number
  change_low: number
  change_high: number
  rows_before: string
  rows_after: string
}

/** What an org's deploys changed, as of the last look at each. */
export async function comparisonsOf(db: TestDatabase, orgId: string): Promise<Comparison[]> {
  return db.sql<Comparison[]>`
    select * from everwatch.v_deploy_comparisons where org_id = ${orgId}
    order by resource_type, resource_id, metric desc`
}
