import type { TestDatabase } from './database.ts'

/** How long before now, as Postgres writes an interval; or when. */
interface When {
  ago?: string
  at?: Date | null
  /** How many such rows, all alike. */
  count?: number
}

/** Deliveries as they would stand in the table; `durations` makes one for each, in milliseconds. */
export async function addDeliveries(
  db: TestDatabase,
  webhookId: string,
  rows: When & { status?: 'pending' | 'sent' | 'failed'; durations?: number[] } = {},
): Promise<void> {
  const { status = 'sent', ago = '1 minute', at = null, count = 1 } = rows
  const durations = status === 'pending' ? Array(count).fill(null) : rows.durations
  await db.sql`
    insert into everwatch.webhook_deliveries (webhook_id, status, duration_ms, sent_at)
    select ${webhookId}, ${status}, duration, coalesce(${at}, now() - ${ago}::text::interval)
    from unnest(${durations ?? Array(count).fill(100)}::integer[]) as duration`
}

/** Runs of an automation rule. */
export async function addExecutions(
  db: TestDatabase,
  ruleId: string,
  rows: When & { status?: 'success' | 'failed'; duration_ms?: number; contacts?: number } = {},
): Promise<void> {
  const { status = 'success', duration_ms = 20, contacts = 1, count = 1 } = rows
  const { ago = '1 minute', at = null } = rows
  await db.sql`
    insert into everwatch.rule_executions (rule_id, status, duration_ms, affected_contacts, executed_at)
    select ${ruleId}, ${status}, ${duration_ms}::integer, ${contacts}::integer,
      coalesce(${at}, now() - ${ago}::text::interval)
    from generate_series(1, ${count}::integer)`
}

/** Requests to the portal's API; `durations` makes one for each, in milliseconds. */
export async function addRequests(
  db: TestDatabase,
  orgId: string,
  rows: When & { status_code?: number; resource_type?: string; durations?: number[] } = {},
): Promise<void> {
  const { status_code = 200, resource_type = null, count = 1 } = rows
  const { ago = '1 minute', at = null } = rows
  await db.sql`
    insert into everwatch.api_audit_logs
      (org_id, method, path, status_code, resource_type, duration_ms, created_at)
    select ${orgId}, 'GET', '/v1/contacts', ${status_code}::integer, ${resource_type}, duration,
      coalesce(${at}, now() - ${ago}::text::interval)
    from unnest(${rows.durations ?? Array(count).fill(30)}::integer[]) as duration`
}

/** A window of a rate limit; by default a minute that is half over, of a limit of 100. */
export async function addWindow(
  db: TestDatabase,
  orgId: string,
  columns: Partial<{
    key_type: string
    identifier: string
    ago: string
    window_start: Date
    window_seconds: number
    request_count: number
    limit_max: number
  }> = {},
): Promise<void> {
  const { ago = '30 seconds', ...row } = columns
  await db.sql`
    insert into everwatch.api_rate_limits ${db.sql({ org_id: orgId, key_type: 'org', identifier: orgId, request_count: 50, limit_max: 100, window_start: new Date(0), ...row })}`
  await db.sql`
    update everwatch.api_rate_limits set window_start = now() - ${ago}::text::interval
    where window_start = 'epoch'`
}
