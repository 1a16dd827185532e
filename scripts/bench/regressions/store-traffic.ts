import { pipeline } from 'node:stream/promises'
import type { Sql } from 'postgres'
import { makeTraffic, type Source, type TimedRow } from './traffic.ts'

/** How long after a deploy it is looked at, in minutes: see everwatch_private.judge_deploy(). */
export const looks = [5, 20, 60]

/** An org whose traffic is stored up to a moment. */
export interface DeployedOrg {
  id: string
  /** The route that has the most requests. */
  route: string
  /** Milliseconds since 1970. */
  until: number
}

const routes = ['GET /v1/orders', 'GET /v1/contacts', 'POST /v1/contacts', 'GET /v1/contacts/:id', 'PATCH /v1/contacts/:id', 'GET /v1/segments'] // prettier-ignore

/**
 * Makes an org with six routes, a webhook and a rule, and stores its traffic of some days. The
 * superuser's session runs no triggers: what is compared are raw rows.
 */
export async function fillTraffic(sql: Sql, seed: number, days: number): Promise<DeployedOrg> {
  const [org] = await sql<[{ id: string; webhook: string; rule: string; until: Date }]>`
    with org as (insert into everwatch.orgs (name) values (${`Org ${seed}`}) returning id),
    webhook as (
      insert into everwatch.webhooks (org_id, url) select id, 'https://hooks.example.com/' from org
      returning id
    ),
    rule as (
      insert into everwatch.automation_rules (org_id, name, type) select id, 'Wake up', 'no_touch_days' from org
      returning id
    )
    select org.id, webhook.id as webhook, rule.id as rule, date_trunc('day', now()) as until
    from org, webhook, rule`
  const sources: Source[] = [
    ...routes.map((id) => ({ kind: 'route' as const, id })),
    { kind: 'webhook', id: org.webhook },
    { kind: 'rule', id: org.rule },
  ]
  const until = org.until.getTime()
  await sql`select everwatch_private.make_partitions(${org.until}::timestamptz - make_interval(days => ${days}))`
  await sql`set session_replication_role = replica`
  const rows = [...makeTraffic(seed, sources.length, days, until)].flat()
  for (const kind of ['route', 'webhook', 'rule'] as const) {
    await copy(sql, kind, org.id, sources, rows)
  }
  await sql`analyze everwatch.api_audit_logs, everwatch.webhook_deliveries, everwatch.rule_executions`
  return { id: org.id, route: routes[0]!, until }
}

const columns = {
  route: 'everwatch.api_audit_logs (org_id, method, path, status_code, duration_ms, created_at)',
  webhook: 'everwatch.webhook_deliveries (org_id, webhook_id, status, duration_ms, sent_at)',
  rule: 'everwatch.rule_executions (org_id, rule_id, status, duration_ms, executed_at)',
}

async function copy(
  sql: Sql,
  kind: Source['kind'],
  orgId: string,
  sources: Source[],
  rows: TimedRow[],
): Promise<void> {
  const stream = await sql.unsafe(`copy ${columns[kind]} from stdin`).writable()
  await pipeline(function* () {
    let chunk = ''
    for (const row of rows) {
      const source = sources[row.source]
      if (source?.kind !== kind) continue
      chunk += `${orgId}\t${valuesOf(source, row)}\t${row.durationMs}\t${new Date(row.at).toISOString()}\n`
      if (chunk.length < 1_000_000) continue
      yield chunk
      chunk = ''
    }
    yield chunk
  }, stream)
}

function valuesOf({ kind, id }: Source, { failed }: TimedRow): string {
  if (kind === 'route') return `${id.replace(' ', '\t')}\t${failed ? 500 : 200}`
  return `${id}\t${failed ? 'failed' : kind === 'rule' ? 'success' : 'sent'}`
}
