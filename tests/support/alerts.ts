import type { TestDatabase } from './database.ts'

export interface Alert {
  id: string
  type: string
  severity: string
  state: string
  message: string
  value: number
  threshold: number
  started_at: string
  acknowledged_by: string | null
}

/** A clock that a test drives: minutes after a moment, by default after now. */
export function clock(from = new Date()): (minutes: number) => Date {
  return (minutes) => new Date(from.getTime() + minutes * 60_000)
}

/**
 * Judges everything, or one org, as of a time.
 *
 * @throws when a type of alert could not be judged
 */
export async function evaluate(db: TestDatabase, at: Date, orgId?: string): Promise<void> {
  const [{ status }] = await db.sql<[{ status: string }]>`
    select everwatch_private.evaluate_alerts(${at}, ${orgId ?? null}) ->> 'status' as status`
  if (status === 'evaluated') return
  const errors = await db.sql`
    select distinct type, error from everwatch_private.evaluation_errors order by type limit 10`
  throw new Error(`${status} ${errors.map(({ type, error }) => `${type}: ${error}`).join('; ')}`)
}

/** The alerts of an org (null: the operator's) that are not resolved, in the order of their types. */
export async function openAlerts(db: TestDatabase, orgId: string | null): Promise<Alert[]> {
  const rows = await db.sql<{ alert: Alert }[]>`
    select to_jsonb(a) as alert from everwatch_private.alerts as a
    where a.state <> 'resolved' and a.org_id is not distinct from ${orgId}
    order by a.type, a.resource_id`
  return rows.map(({ alert }) => alert)
}

/**
 * What happened to an org's alerts, in order, each as `fired warning`, or `fired warning, but silence`
 * when that held its notification back; only where the message is like a pattern of SQL's.
 */
export async function historyOf(
  db: TestDatabase,
  orgId: string | null,
  message = '%',
): Promise<string[]> {
  const rows = await db.sql<{ entry: string }[]>`
    select concat(kind, ' ', severity, ', but ' || suppressed_by) as entry
    from everwatch_private.alert_events
    where org_id is not distinct from ${orgId} and message like ${message}
    order by id`
  return rows.map(({ entry }) => entry)
}

/** Sets columns of an org's own policy. */
export async function setPolicy(
  db: TestDatabase,
  orgId: string,
  type: string,
  columns: Record<string, unknown>,
): Promise<void> {
  await db.sql`
    insert into everwatch_private.alert_policy_overrides ${db.sql({ org_id: orgId, type, ...columns })}
    on conflict (type, org_id) do update set ${db.sql(columns)}`
}
