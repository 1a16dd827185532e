import { beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { measure } from '../support/costs.ts'
import { createOrg, createWebhook } from '../support/fixtures.ts'
import { createFullOrg } from '../support/full-org.ts'
import { addDeliveries } from '../support/add-rows.ts'
import {
  parseStrictly,
  promtool,
  startPrometheus,
  withPrometheus,
  withStrictParser,
  type Prometheus,
} from '../support/prometheus.ts'
import { ask } from '../support/requests.ts'
import { startStack, type TestStack } from '../support/stack.ts'
import { refresh } from '../support/views.ts'

let stack: TestStack
let orgId: string
let webhookId: string

beforeAll(async () => {
  stack = await startStack()
  const { db } = stack
  await createFullOrg(db, 'globex')
  orgId = await createOrg(db, 'Acme "the\\first"\nof all')
  webhookId = await createWebhook(db, orgId)
  await addDeliveries(db, webhookId, { durations: [20, 80, 150, 400] })
  await addDeliveries(db, webhookId, { status: 'failed', count: 3 })
  await db.sql`select everwatch_private.evaluate_alerts()`
  await measure(db)
})

/** How many deliveries ended in a status that an expression describes. */
const total = (status: string): string =>
  `everwatch_webhook_deliveries_total{webhook_id="${webhookId}",status=~"${status}"}`

async function scrape(accept: string): Promise<string> {
  const response = await fetch(`${stack.functionsUrl}/monitoring/prometheus`, {
    headers: { apikey: stack.secretKey, accept },
  })
  expect(response.status).toBe(200)
  return response.text()
}

const webhooks = z.object({
  webhooks: z.object({
    webhooks: z.array(
      z.object({
        successful_deliveries: z.number(),
        failed_deliveries: z.number(),
        success_rate_pct: z.number(),
        p95_duration_ms: z.number(),
      }),
    ),
  }),
})

describe('Prometheus’s own linter', withPrometheus, () => {
  it('finds nothing in the text format', async () => {
    const text = await scrape('text/plain')
    expect(await promtool(['check', 'metrics'], text)).toEqual({ exitCode: 0, output: '' })
  })

  it('would find a counter that is not named as one', async () => {
    const text = '# HELP x_ms X.\n# TYPE x_ms counter\nx_ms 1\n'
    expect((await promtool(['check', 'metrics'], text)).output).toContain('_total')
  })
})

describe('the strict parser of OpenMetrics', withStrictParser, () => {
  it('finds nothing in OpenMetrics', async () => {
    expect(await parseStrictly(await scrape('application/openmetrics-text'))).toBe('')
  })

  it('would find a text that does not end', async () => {
    expect(await parseStrictly('# TYPE x gauge\nx 1\n')).toContain('EOF')
  })
})

describe('a real Prometheus that scrapes with the secret key', withPrometheus, () => {
  let prometheus: Prometheus

  beforeAll(async () => {
    const { host, pathname } = new URL(`${stack.functionsUrl}/monitoring/prometheus`)
    prometheus = await startPrometheus({
      scrape_configs: [
        {
          job_name: 'everwatch',
          scrape_interval: '1s',
          metrics_path: pathname,
          basic_auth: { username: 'service_role', password: stack.secretKey },
          static_configs: [{ targets: [host] }],
        },
      ],
    })
  })

  /** What it answers to a query, for `expect.poll`: it scrapes every second. */
  const answerTo = (promql: string) => () => prometheus.query(promql)
  const soon = { timeout: 20_000 }

  it('reaches it', async () => {
    await expect.poll(answerTo('up'), soon).toBe(1)
  })

  it('answers with the API’s own numbers', async () => {
    const path = `/monitoring/metrics?type=webhook&org_id=${orgId}`
    const { body } = await ask(stack, path, { apikey: stack.secretKey })
    const [webhook] = webhooks.parse(body).webhooks.webhooks
    await expect.poll(answerTo(total('sent')), soon).toBe(webhook?.successful_deliveries)
    await expect.poll(answerTo(total('failed')), soon).toBe(webhook?.failed_deliveries)
    const share = `100 * ${total('sent')} / ignoring(status) sum without (status) (${total('.*')})`
    await expect.poll(answerTo(share), soon).toBeCloseTo(webhook?.success_rate_pct ?? 0, 2)
    const buckets = `everwatch_webhook_delivery_duration_seconds_bucket{org_id="${orgId}"}`
    const p95 = await prometheus.query(`histogram_quantile(0.95, ${buckets})`)
    // As near as buckets are: both between their bounds.
    for (const seconds of [p95, (webhook?.p95_duration_ms ?? 0) / 1000]) {
      expect(seconds).toBeGreaterThan(0.25)
      expect(seconds).toBeLessThanOrEqual(0.5)
    }
  })

  it('joins names to numbers', async () => {
    const named = `everwatch_api_requests_total{outcome="failed"} * on (org_id) group_left (org_name) everwatch_org_info{org_name="globex"}`
    const [{ failed }] = await stack.db.sql<[{ failed: number }]>`
      select count(*)::integer as failed
      from everwatch.api_audit_logs as l
      join everwatch.orgs as o on o.id = l.org_id
      where o.name = 'globex' and l.status_code >= 400`
    expect(failed).toBeGreaterThan(20)
    await expect.poll(answerTo(named), soon).toBe(failed)
  })

  it('keeps a name with quotes, backslashes and line breaks as it is', async () => {
    const matcher = JSON.stringify('Acme "the\\first"\nof all')
    await expect.poll(answerTo(`everwatch_org_info{org_name=${matcher}}`), soon).toBe(1)
  })

  it('sees a counter grow at the next refresh', async () => {
    const all = `sum(${total('.*')})`
    await expect.poll(answerTo(all), soon).toBe(7)
    await addDeliveries(stack.db, webhookId, { count: 5 })
    await refresh(stack.db)
    await expect.poll(answerTo(all), soon).toBe(12)
  })
})
