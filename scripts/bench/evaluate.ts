import { requireSame } from './harness/agree.ts'
import { atMost, type Benchmark, type Figure } from './harness/benchmark.ts'
import type { History } from './harness/fill-database.ts'
import type { BenchDatabase, Lab } from './harness/lab.ts'
import { timeInTurn } from './harness/rounds.ts'

const rounds = 7

/** Of each kind of thing, how many in a hundred are unhealthy. */
const percentUnhealthy = 1

const benchmark: Benchmark = {
  summary: 'an evaluation that opens the alerts of 1%, beside one plain select of what is true',
  rows: { of: 'deliveries in 90 days, and a tenth of that in 9', usually: 2_000_000 },
  run: async (lab) => {
    const figures: Figure[] = []
    const own: number[] = []
    for (const days of [9, 90]) {
      const { ours, peer } = await measure(lab, days)
      figures.push(atMost(3, { label: `${days} days of history`, unit: 'ms', value: ours, peer }))
      own.push(ours)
    }
    const [short = NaN, long = NaN] = own
    const label = '90 days of history, beside 9'
    return [...figures, atMost(1.5, { label, unit: 'ms', value: long, peer: short })]
  },
}

export default benchmark

/** The same traffic a day, over more days or fewer. */
function alertHistory(rows: number, days: number): History {
  const deliveries = Math.round((rows * days) / 90)
  return {
    orgs: 1000,
    webhooks: 10_000,
    rules: 10_000,
    days,
    deliveries,
    executions: Math.round(deliveries / 4),
    requests: Math.round(deliveries / 4),
  }
}

function measure(lab: Lab, days: number): Promise<{ ours: number; peer: number }> {
  return lab.withHistory(alertHistory(lab.rows, days), async (db) => {
    await makeHealthy(db)
    await makeUnhealthy(db)
    await db.sql`vacuum (analyze)`
    lab.note(`Evaluating ${days} days of history`)
    const times = await timeInTurn(
      rounds,
      { ours: () => evaluate(db), peer: () => select(db) },
      // Each evaluation opens all alerts again: nothing costs it more.
      () => db.sql`delete from everwatch_private.alerts`,
    )
    await requireSameAlerts(db)
    return times
  })
}

/** Everything has worked within the hour. */
async function makeHealthy({ sql }: BenchDatabase): Promise<void> {
  await sql`
    insert into everwatch.webhook_deliveries (org_id, webhook_id, status, duration_ms, sent_at)
    select org_id, id, 'sent', 100, now() - interval '1 hour' from everwatch.webhooks`
  await sql`update everwatch.webhooks set consecutive_failures = 0`
  await sql`
    insert into everwatch.rule_executions (org_id, rule_id, status, duration_ms, executed_at)
    select org_id, id, 'success', 100, now() - interval '1 hour' from everwatch.automation_rules`
  await sql`
    insert into everwatch.api_rate_limits
      (org_id, key_type, identifier, window_start, window_seconds, request_count, limit_max)
    select id, 'org', id::text, now() - interval '1 minute', 86400, 50, 100 from everwatch.orgs`
}

/** Half of the unhealthy webhooks fail and half are silent; so are some rules; some orgs fail. */
async function makeUnhealthy({ sql }: BenchDatabase): Promise<void> {
  const every = 100 / percentUnhealthy
  await sql`
    update everwatch.webhooks set consecutive_failures = 12, last_failure_at = now()
    where id in (select id from bench.webhooks where rank % ${2 * every}::integer = 0)`
  await sql`
    delete from everwatch.webhook_deliveries
    where webhook_id in (
      select id from bench.webhooks where rank % ${2 * every}::integer = ${every}::integer
    )`
  await sql`update everwatch.webhooks set created_at = now() - interval '91 days'`
  await sql`
    delete from everwatch.rule_executions
    where rule_id in (select id from bench.rules where rank % ${every}::integer = 0)`
  await sql`
    insert into everwatch.rule_executions (org_id, rule_id, status, duration_ms, executed_at)
    select org_id, id, 'success', 100, now() - (72 + n) * interval '1 hour'
    from bench.rules, generate_series(1, 10) as n where rank % ${every}::integer = 0`
  await sql`
    update everwatch.automation_rules set last_triggered_at = now() - interval '73 hours'
    where id in (select id from bench.rules where rank % ${every}::integer = 0)`
  await sql`
    insert into everwatch.api_audit_logs (org_id, method, path, status_code, duration_ms, created_at)
    select id, 'GET', '/v1/contacts', 500, 100, now() - interval '1 minute'
    from bench.orgs, generate_series(1, 2000) where rank % ${every}::integer = ${every - 1}::integer`
  await sql`
    update everwatch.api_rate_limits set request_count = 95
    where org_id in (select id from bench.orgs where rank % ${every}::integer = 0)`
}

async function evaluate({ sql }: BenchDatabase): Promise<void> {
  const [row] = await sql`select everwatch_private.evaluate_alerts() ->> 'status' as status`
  requireSame('the status of an evaluation', row?.['status'], 'evaluated')
}

const select = ({ sql }: BenchDatabase): Promise<unknown> => sql`select * from v_alert_conditions`

/** What the evaluation made of it is what the select shows. */
async function requireSameAlerts(db: BenchDatabase): Promise<void> {
  const { sql } = db
  await evaluate(db)
  const alerts = await sql`
    select type, severity, count(*)::integer from everwatch_private.alerts
    where state = 'firing' and org_id is not null group by 1, 2 order by 1, 2`
  const conditions = await sql`
    select type, severity, count(*)::integer from v_alert_conditions
    where org_id is not null group by 1, 2 order by 1, 2`
  requireSame('what fires', [...alerts], [...conditions])
  requireSame('how many types are unhealthy', alerts.length, 5)
}
