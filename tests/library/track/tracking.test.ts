import { randomUUID } from 'node:crypto'
import { beforeAll, describe, expect, it } from 'vitest'
import {
  createMonitoring,
  type Monitoring,
} from '../../../supabase/functions/_shared/everwatch/metrics.ts'
import { withMonitoring } from '../../../supabase/functions/_shared/everwatch/middleware.ts'
import { createOrg, createRule, createWebhook } from '../../support/fixtures.ts'
import { captureLogger, type CapturedLogger } from '../../support/log-lines.ts'
import { startStack, type TestStack } from '../../support/stack.ts'

let stack: TestStack
let orgId: string
let webhookId: string
let ruleId: string
let log: CapturedLogger
let monitoring: Monitoring

beforeAll(async () => {
  stack = await startStack()
  orgId = await createOrg(stack.db)
  webhookId = await createWebhook(stack.db, orgId)
  ruleId = await createRule(stack.db, orgId)
  log = captureLogger()
  monitoring = createMonitoring({ url: stack.apiUrl, key: stack.secretKey, logger: log.logger })
})

describe('what an app tracks', () => {
  it('ends up in the tables', async () => {
    void monitoring.trackWebhookDelivery(webhookId, 'sent', 145, undefined, 512)
    void monitoring.trackWebhookDelivery(webhookId, 'failed', 30.6, 'half \ud800 and \0 none', 0.5)
    void monitoring.trackRuleExecution(ruleId, 'success', 80, 12)
    void monitoring.trackRuleExecution(ruleId, 'failed', 5, 0, 'no such segment')
    void monitoring.track([
      {
        type: 'rate_limit',
        org_id: orgId,
        key_type: 'org',
        identifier: 'all',
        request_count: 95,
        limit_max: 100,
        // Without a start the window would be the clock's minute, which may end before it is read.
        window_start: new Date().toISOString(),
      },
    ])
    void monitoring.trackDeploy(orgId, 'api', 'v42')
    void monitoring.trackDeploy(orgId, 'worker', 'v\0 7', new Date('2026-03-01T12:00:00Z'))
    await monitoring.flush()
    expect(monitoring.stats()).toMatchObject({ accepted: 7, rejected: 0, failed: 0, queued: 0 })
    expect(
      await stack.db.sql`
        select status, duration_ms, error, bytes_out::integer
        from everwatch.webhook_deliveries order by duration_ms desc`,
    ).toEqual([
      { status: 'sent', duration_ms: 145, error: null, bytes_out: 512 },
      { status: 'failed', duration_ms: 31, error: 'half \ufffd and  none', bytes_out: null },
    ])
    expect(
      await stack.db.sql`
        select status, duration_ms, affected_contacts, error
        from everwatch.rule_executions order by duration_ms desc`,
    ).toEqual([
      { status: 'success', duration_ms: 80, affected_contacts: 12, error: null },
      { status: 'failed', duration_ms: 5, affected_contacts: 0, error: 'no such segment' },
    ])
    expect(
      await stack.db.sql`
        select service, version, deployed_at < now() - interval '1 day' as is_old
        from everwatch.deploys order by service`,
    ).toEqual([
      { service: 'api', version: 'v42', is_old: false },
      { service: 'worker', version: 'v 7', is_old: true },
    ])
  })

  it('can be read again', async () => {
    await stack.db.sql`select everwatch.refresh_monitoring_views()`
    expect(await monitoring.getWebhookMetrics(webhookId)).toMatchObject({
      webhook_id: webhookId,
      total_deliveries: 2,
      successful_deliveries: 1,
      success_rate: 50,
    })
    expect(await monitoring.getWebhookMetrics(randomUUID())).toBeNull()
    const { summary, windows } = await monitoring.getRateLimitMetrics(orgId)
    expect(summary).toMatchObject({ current_utilization_pct: 95, status: 'warning' })
    expect(windows).toMatchObject([{ key_type: 'org', identifier: 'all', request_count: 95 }])
    const { alerts } = await monitoring.checkAlerts(orgId)
    expect(alerts).toMatchObject([{ type: 'rate_limit', severity: 'warning' }])
  })

  it('is refused, counted and logged when there is no such webhook', async () => {
    void monitoring.trackWebhookDelivery(randomUUID(), 'sent', 1)
    await monitoring.flush()
    expect(monitoring.stats()).toMatchObject({ rejected: 1 })
    expect(log.lines().at(-1)).toMatchObject({
      level: 'WARN',
      context: { code: 'not_found', field: 'webhook_id' },
    })
  })

  it('includes requests served through the middleware', async () => {
    const handler = withMonitoring(
      () => new Response('tea', { status: 418, headers: { 'content-length': '3' } }),
      {
        orgId,
        resourceType: 'contacts',
        monitoring,
        logger: log.logger,
      },
    )
    const headers = { 'x-request-id': 'abc', 'x-forwarded-for': '203.0.113.7' } // prettier-ignore
    await handler(new Request(`http://localhost/v1/contacts/${randomUUID()}`, { headers }))
    await monitoring.flush()
    const [row] = await stack.db.sql`
      select request_id, method, path, resource_type, status_code, host(ip) as ip,
        bytes_out::integer
      from everwatch.api_audit_logs`
    expect(row).toEqual({
      request_id: 'abc',
      method: 'GET',
      path: '/v1/contacts/:id',
      resource_type: 'contacts',
      status_code: 418,
      ip: '203.0.113.7',
      bytes_out: 3,
    })
  })
})

describe('an app without a valid key', () => {
  it('tracks nothing and logs why; reading throws', async () => {
    const { logger, lines } = captureLogger()
    const stranger = createMonitoring({ url: stack.apiUrl, key: 'sb_secret_wrong', logger })
    void stranger.trackWebhookDelivery(webhookId, 'sent', 1)
    await stranger.flush()
    expect(stranger.stats()).toMatchObject({ failed: 1 })
    expect(lines()[0]).toMatchObject({ level: 'ERROR', error: { status: 401 } })
    await expect(stranger.checkAlerts(orgId)).rejects.toThrow('401')
  })
})
