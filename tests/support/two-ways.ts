import { randomUUID } from 'node:crypto'
import { eventSchema } from '../../supabase/functions/_shared/events.ts'
import type { TestDatabase } from './database.ts'
import { createApiKey, createOrg, createRule, createWebhook } from './fixtures.ts'
import type { NamedEvent } from './odd-events.ts'

/** Which rows each type of event becomes, by the name of the door's argument for them. */
const doors: Record<string, { argument: string; rows: string }> = {
  webhook_delivery: { argument: 'deliveries', rows: 'everwatch.webhook_deliveries' },
  rule_execution: { argument: 'executions', rows: 'everwatch.rule_executions' },
  api_request: { argument: 'requests', rows: 'everwatch.api_audit_logs' },
  rate_limit: { argument: 'rate_limits', rows: 'everwatch.api_rate_limits' },
  metric: { argument: 'metrics', rows: 'everwatch_private.metric_events' },
  deploy: { argument: 'deploys', rows: 'everwatch_private.deploy_events' },
}

/** Two orgs with what events refer to. All worlds are alike but for their ids. */
export class World {
  readonly #db: TestDatabase
  readonly #ids: Map<string, string>
  readonly #since = Date.now()

  private constructor(db: TestDatabase, ids: Map<string, string>) {
    this.#db = db
    this.#ids = ids
  }

  static async create(db: TestDatabase): Promise<World> {
    const [org, other] = [await createOrg(db), await createOrg(db)]
    const made: [string, string][] = [
      ['org', org],
      ['other org', other],
      ['webhook 0', await createWebhook(db, org, { url: 'https://example.com/0' })],
      ['webhook 1', await createWebhook(db, org, { url: 'https://example.com/1' })],
      ['other webhook', await createWebhook(db, other, { url: 'https://example.com/2' })],
      ['rule 0', await createRule(db, org)],
      ['other rule', await createRule(db, other)],
      ['key', await createApiKey(db, org)],
      ['other key', await createApiKey(db, other)],
      ['nothing', randomUUID()],
    ]
    // All begin with a letter: where an id is given as a name, it is as good a name in each world.
    for (let n = 0; n < 6; n += 1) made.push([`id ${n}`, `a${randomUUID().slice(1)}`])
    return new World(db, new Map(made))
  }

  /** An event with this world's ids. */
  materialize(event: NamedEvent): NamedEvent {
    return Object.fromEntries(
      Object.entries(event).map(([field, value]) => [
        field,
        typeof value === 'string' ? (this.#ids.get(value) ?? value) : value,
      ]),
    )
  }

  /** Stores events as rows whose values have their columns' types; what was set aside, by type and place. */
  async storeRows(events: NamedEvent[]): Promise<Record<string, unknown>[]> {
    const values: (string | null)[][] = []
    const given: string[] = []
    for (const [type, { argument, rows }] of Object.entries(doors)) {
      const those = events.filter((event) => event['type'] === type)
      if (those.length === 0) continue
      const columns = await this.#columns(rows)
      const first = values.length
      for (const { name } of columns) values.push(those.map((event) => asText(event[name])))
      const aliases = columns.map((_, n) => `c${n}`)
      given.push(`${argument} => (
        select array_agg(row(${columns.map((each, n) => `c${n}::${each.type}`).join(', ')})::${rows} order by place)
        from unnest(${aliases.map((_, n) => `$${first + n + 1}::text[]`).join(', ')})
          with ordinality as _ (${aliases.join(', ')}, place)
      )`)
    }
    if (given.length === 0) return []
    return this.#db.sql.unsafe(
      `select type, place, code, field, message from unnest(everwatch_private.store_rows(${given.join(', ')}))`,
      values,
    )
  }

  #columns(rows: string): Promise<{ name: string; type: string }[]> {
    return this.#db.sql<{ name: string; type: string }[]>`
      select a.attname as name, format_type(a.atttypid, a.atttypmod) as type
      from pg_catalog.pg_attribute as a
      join pg_catalog.pg_class as c on c.oid = a.attrelid
      where c.oid = ${rows}::regclass and a.attnum > 0
      order by a.attnum`
  }

  /** All that is stored of this world, by names, and without what is of the moment. */
  async stored(): Promise<Record<string, string[]>> {
    const orgs = [this.#ids.get('org')!, this.#ids.get('other org')!]
    const found = await this.#db.sql<{ place: string; row: string }[]>`
      select 'deliveries' as place, to_jsonb(t)::text as row from everwatch.webhook_deliveries as t where org_id = any (${orgs})
      union all select 'executions', to_jsonb(t)::text from everwatch.rule_executions as t where org_id = any (${orgs})
      union all select 'requests', to_jsonb(t)::text from everwatch.api_audit_logs as t where org_id = any (${orgs})
      union all select 'limits', to_jsonb(t)::text from everwatch.api_rate_limits as t where org_id = any (${orgs})
      union all select 'deploys', to_jsonb(t)::text from everwatch.deploys as t where org_id = any (${orgs})
      union all select 'webhooks', to_jsonb(t)::text from everwatch.webhooks as t where org_id = any (${orgs})
      union all select 'rules', to_jsonb(t)::text from everwatch.automation_rules as t where org_id = any (${orgs})
      union all select 'series', to_jsonb(t)::text from everwatch.metric_series as t where org_id = any (${orgs})
      union all select 'hours', to_jsonb(t)::text || s.name || s.kind || s.labels::text
        from everwatch.metric_rollups as t join everwatch.metric_series as s on s.id = t.series_id
        where t.org_id = any (${orgs})
      union all select 'points', to_jsonb(t)::text || s.name || s.kind || s.labels::text
        from everwatch_private.metric_points as t join everwatch.metric_series as s on s.id = t.series_id
        where s.org_id = any (${orgs})`
    const stored: Record<string, string[]> = {}
    for (const { place, row } of found) (stored[place] ??= []).push(this.#byName(row))
    for (const rows of Object.values(stored)) rows.sort()
    return stored
  }

  #byName(row: string): string {
    let text = row
    for (const [name, id] of this.#ids) text = text.replaceAll(id, name)
    return text
      .replaceAll(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, 'made')
      .replaceAll(/"(\d{4}-\d\d-\d\dT[^"]+)"/g, (time, at: string) =>
        Date.parse(at) >= this.#since - 1000 ? '"now"' : time,
      )
  }
}

/** Whether an event has the shape of its type, as zod judges it. */
export function isShaped(event: NamedEvent): boolean {
  return eventSchema.safeParse(event).success
}

function asText(value: unknown): string | null {
  if (value === null || value === undefined) return null
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}
