import type { TestDatabase } from './database.ts'

export interface Statement {
  org_id: string | null
  severity: 'info' | 'warning' | 'critical'
  resource_type: string
  resource_id: string
  resource_name: string
  metric: string
  sentence: string
  detail: Record<string, unknown> | null
}

export interface Insight extends Statement {
  id: string
  kind: string
  first_stated_at: Date
  last_stated_at: Date
  ended_at: Date | null
  acknowledged_by: string | null
  acknowledged_at: Date | null
  expected_by: string | null
  expected_at: Date | null
}

/** A statement, by default a warning about the latency of one route. */
export function statement(orgId: string | null, fields: Partial<Statement> = {}): Statement {
  return {
    org_id: orgId,
    severity: 'warning',
    resource_type: 'route',
    resource_id: 'GET /v1/contacts',
    resource_name: 'GET /v1/contacts',
    metric: 'p95_ms',
    sentence: 'It is slower than it was.',
    detail: { ratio: 1.2 },
    ...fields,
  }
}

/** States all that is true of a kind, of every org, as whoever finds it does. */
export async function stateInsights(
  db: TestDatabase,
  kind: string,
  statements: Statement[],
  at = new Date(),
): Promise<void> {
  await db.sql`
    select everwatch_private.report_insights(${kind}, array(
      select s::everwatch_private.finding
      from jsonb_populate_recordset(
        null::everwatch_private.finding, ${JSON.stringify(statements)}::text::jsonb
      ) as s
    ), ${at})`
}

/** An org's insights (null: the operator's), in the order in which they were first stated. */
export async function insightsOf(db: TestDatabase, orgId: string | null): Promise<Insight[]> {
  return db.sql<Insight[]>`
    select * from everwatch.v_insights
    where org_id is not distinct from ${orgId} order by first_stated_at, sentence`
}
