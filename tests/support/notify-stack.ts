import { writeSettings } from '../../scripts/stack/settings.ts'
import { startWorker } from '../../scripts/stack/worker/index.ts'
import type { ChannelKindName } from '../../supabase/functions/_shared/catalog/channel-kinds/index.ts'
import { atEndOfFile } from './cleanup.ts'
import type { TestDatabase } from './database.ts'
import { startStack, type TestStack } from './stack.ts'

/** A project whose database calls its edge functions, which may send to this machine. */
export async function startNotifyStack(): Promise<TestStack> {
  const stack = await startStack()
  await writeSettings(stack.db.url, stack.functionsUrl)
  const worker = await startWorker({ url: stack.db.url })
  atEndOfFile(() => worker.stop())
  return stack
}

export interface ChannelFields {
  kind?: ChannelKindName
  name?: string
  secret?: string
  url?: string
  email_from?: string
  email_to?: string[]
  min_severity?: string
  types?: string[]
  mute_windows?: object[]
  group_seconds?: number
}

/** Adds a channel as the operator may for any org (null: for the platform); by default a webhook, ungrouped. */
export async function createChannel(
  db: Pick<TestDatabase, 'sql'>,
  orgId: string | null,
  fields: ChannelFields = {},
): Promise<{ id: string; secret?: string }> {
  const { kind = 'webhook', name = 'On call', group_seconds = 0, ...rest } = fields
  const [row] = await db.sql<[{ result: { id: string; secret?: string } }]>`
    select everwatch.create_channel(
      org_id => ${orgId}, kind => ${kind}, name => ${name}, group_seconds => ${group_seconds},
      secret => ${rest.secret ?? null}, url => ${rest.url ?? null},
      email_from => ${rest.email_from ?? null}, email_to => ${rest.email_to ?? null},
      min_severity => ${rest.min_severity ?? 'warning'}, types => ${rest.types ?? []},
      mute_windows => ${db.sql.json((rest.mute_windows ?? []) as never)}
    ) as result`
  return row.result
}

export interface AlertFields {
  type?: string
  severity?: 'warning' | 'critical'
  resource_type?: string
  resource_id?: string
  resource_name?: string
  message?: string
}

/** Adds an alert as the engine does, and its first event; returns the alert's id. */
export async function fireAlert(
  db: TestDatabase,
  orgId: string | null,
  fields: AlertFields = {},
): Promise<string> {
  const [id] = await fireAlerts(db, orgId, [fields])
  return id as string
}

/** Adds alerts in one statement, as when many things break at once; returns their ids. */
export async function fireAlerts(
  db: TestDatabase,
  orgId: string | null,
  alerts: AlertFields[],
): Promise<string[]> {
  const rows = alerts.map((fields, index) => ({
    org_id: orgId,
    type: 'webhook_failure',
    severity: 'critical',
    resource_type: 'webhook',
    resource_id: crypto.randomUUID(),
    resource_name: `https://receiver.example/${index}`,
    message: 'Webhook has 10 consecutive failures',
    value: 10,
    threshold: 10,
    state: 'firing',
    started_at: new Date(),
    fired_at: new Date(),
    ...fields,
  }))
  const added = await db.sql<{ id: string }[]>`
    with alert as (insert into everwatch_private.alerts ${db.sql(rows)} returning *)
    insert into everwatch_private.alert_events (alert_id, org_id, kind, severity, message, value, at)
    select id, org_id, 'fired', severity, message, value, now() from alert
    returning alert_id as id`
  return added.map(({ id }) => id)
}

/** Adds a later event of alerts, as the engine does. */
export async function addEvent(
  db: TestDatabase,
  alertIds: string[],
  kind: string,
  fields: { severity?: string; suppressed_by?: string } = {},
): Promise<void> {
  const { severity = null, suppressed_by = null } = fields
  await db.sql`
    update everwatch_private.alerts set state = 'resolved', resolved_at = now()
    where id = any(${alertIds}) and ${kind} = 'resolved'`
  await db.sql`
    insert into everwatch_private.alert_events
      (alert_id, org_id, kind, severity, message, value, at, suppressed_by)
    select id, org_id, ${kind}, coalesce(${severity}, severity), message, value, now(), ${suppressed_by}
    from everwatch_private.alerts where id = any(${alertIds})`
}
