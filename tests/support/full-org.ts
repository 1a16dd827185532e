import type { TestDatabase } from './database.ts'
import { deploy } from './deploys.ts'
import {
  addMember,
  apiRequest,
  createApiKey,
  createOrg,
  createRule,
  createSegment,
  createWebhook,
  delivery,
  execution,
  metric,
  rateLimit,
  track,
} from './fixtures.ts'
import { insightsOf, statement, stateInsights } from './insights.ts'
import { createChannel } from './notify-stack.ts'
import { claimFirst, finish } from './outbox.ts'

export interface FullOrg {
  orgId: string
  ownerId: string
  alertId: string
  silenceId: string
  insightId: string
  channelId: string
  /** One that is dead. */
  notificationId: string
  /** In the text of every row of the org that has some. */
  marker: string
}

const minutesAgo = (minutes: number): string =>
  new Date(Date.now() - minutes * 60_000).toISOString()

/** An org with rows in every table, and with every condition that can be true of an org. */
export async function createFullOrg(db: TestDatabase, marker: string): Promise<FullOrg> {
  const orgId = await createOrg(db, marker)
  const ownerId = await addMember(db, orgId, 'owner')
  const apiKeyId = await createApiKey(db, orgId)
  const webhookId = await createWebhook(db, orgId, { url: `https://${marker}.example.com/` })
  const channel = { name: marker, url: 'https://receiver.example/' }
  const { id: channelId } = await createChannel(db, orgId, channel)
  const segment_id = await createSegment(db, orgId, { name: marker })
  const ruleId = await createRule(db, orgId, { name: marker, segment_id })
  const tenTimes = Array.from({ length: 10 })
  await track(
    db,
    ...tenTimes.map(() => delivery(webhookId, { status: 'failed', error: marker })),
    ...tenTimes.map((_, n) => execution(ruleId, { executed_at: `2026-01-${10 + n}T00:00:00Z` })),
    ...[...tenTimes, ...tenTimes].map(() =>
      apiRequest(orgId, { api_key_id: apiKeyId, path: `/${marker}`, status_code: 500 }),
    ),
    metric(orgId, { labels: { marker } }),
    rateLimit(orgId, { identifier: marker, request_count: 99, window_seconds: 86_400 }),
    apiRequest(orgId, { path: `/${marker}`, status_code: 500, created_at: minutesAgo(2) }),
    deploy(orgId, { version: marker, at: minutesAgo(1) }),
  )
  // By then, what has just come is what came after the deploy.
  await db.sql`select everwatch_private.judge_deploys(now() + interval '10 minutes')`
  const [{ alertId, silenceId }] = await db.asUser(
    ownerId,
    (sql) => sql<[{ alertId: string; silenceId: string }]>`
      select (select id from everwatch.v_alerts) as "alertId",
        everwatch.silence_alerts('{"type": "rate_limit"}', now() + interval '1 hour', ${marker})
          as "silenceId",
        everwatch.set_alert_policy('rate_limit', '{"warning": 95}')`,
  )
  await stateInsights(db, 'prediction', [statement(orgId, { sentence: marker })])
  const [insight] = await insightsOf(db, orgId)
  await db.asUser(
    ownerId,
    (sql) => sql`
      select everwatch.set_insight_kind('cost', false), everwatch.set_objective('deliveries', 0.99)`,
  )
  const message = await claimFirst(db, channelId)
  await finish(db, message, { result: 'dead', answer: marker, error: 'The receiver answered 400.' })
  await db.sql`select everwatch.refresh_monitoring_views()`
  await db.sql`
    insert into everwatch_private.watched_series
      (org_id, source, resource_id, metric, started_at, scored_until, said, unusual)
    values (
      ${orgId}, 'delivery', ${webhookId}, 'deliveries', now() - interval '20 days', now(),
      (now(), 9, 5, 4, 6, 0.9, true, 'scored'), true
    )`
  await db.sql`
    insert into everwatch_private.series_scores
      (org_id, series_id, at, value, expected, lower, upper, score, unusual)
    select org_id, id, date_bin('1 hour', now(), 'epoch') - interval '1 hour', 9, 5, 4, 6, 0.9, true
    from everwatch_private.watched_series where org_id = ${orgId}`
  // What no refresh has seen yet.
  await track(db, apiRequest(orgId, { api_key_id: apiKeyId, path: `/${marker}`, status_code: 500 }))
  const notificationId = String(message.notification_id)
  return {
    orgId,
    ownerId,
    alertId,
    silenceId,
    insightId: insight!.id,
    channelId,
    notificationId,
    marker,
  }
}
