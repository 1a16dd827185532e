import { beforeAll, describe, expect, it } from 'vitest'
import { seriesNames } from '../../supabase/functions/_shared/catalog/series.ts'
import type { TimeseriesAnswer } from '../../supabase/functions/_shared/timeseries-answer.ts'
import {
  addMember,
  apiRequest,
  createOrg,
  createRule,
  createWebhook,
  delivery,
  execution,
  rateLimit,
  track,
} from '../support/fixtures.ts'
import { ask, errorOf, type Answer, type Credential } from '../support/requests.ts'
import { askTimeseries, at, morning, readTimeseries, valuesOf } from '../support/timeseries.ts'
import { within } from '../support/within.ts'
import { startStack, type TestStack } from '../support/stack.ts'

let stack: TestStack
let acme: string
let globex: string
let webhookId: string
let ruleId: string
let theirWebhookId: string
let secret: Credential
let member: Credential

/** All but those of an org's own, which are each asked for with a name. */
const ours = seriesNames.filter((metric) => !metric.startsWith('custom_'))

beforeAll(async () => {
  stack = await startStack()
  const { db } = stack
  acme = await createOrg(db, 'Acme')
  globex = await createOrg(db, 'Globex')
  webhookId = await createWebhook(db, acme)
  ruleId = await createRule(db, acme)
  theirWebhookId = await createWebhook(db, globex)
  const other = await createWebhook(db, acme)
  const failed = { status: 'failed', duration_ms: 300 }
  // In the first and the last hour of the morning, and some in the hour before.
  await track(
    db,
    delivery(webhookId, { sent_at: at('08:30:00') }),
    delivery(webhookId, { sent_at: at('08:40:00'), ...failed }),
    delivery(webhookId, { sent_at: at('09:00:00') }),
    delivery(webhookId, { sent_at: at('09:20:00') }),
    delivery(webhookId, { sent_at: at('09:40:00'), ...failed }),
    delivery(other, { sent_at: at('09:59:59.999') }),
    delivery(webhookId, { sent_at: at('11:10:00'), status: 'pending' }),
    delivery(theirWebhookId, { sent_at: at('10:30:00'), ...failed }),
    execution(ruleId, { executed_at: at('09:15:00'), affected_contacts: 4 }),
    execution(ruleId, { executed_at: at('11:15:00'), status: 'failed', duration_ms: 40 }),
    apiRequest(acme, { created_at: at('09:30:00'), resource_type: 'contacts' }),
    apiRequest(acme, { created_at: at('09:31:00'), status_code: 500 }),
    rateLimit(acme, { window_start: at('11:00:00'), request_count: 30 }),
    rateLimit(acme, { window_start: at('11:01:00'), request_count: 80 }),
  )
  secret = { apikey: stack.secretKey }
  const { userId, accessToken } = await stack.signUp()
  await addMember(db, acme, 'viewer', userId)
  member = { token: accessToken }
})

const timeseries = (query: string, credential = member): Promise<Answer> =>
  askTimeseries(stack, query, credential)
const read = (query: string, credential = member): Promise<TimeseriesAnswer> =>
  readTimeseries(stack, query, credential)
const values = async (query: string): Promise<Record<string, (number | null)[]>> =>
  valuesOf(await read(query))

describe('a member', () => {
  it('reads deliveries by the hour, with null for an hour without any', async () => {
    const metric =
      'metric=deliveries,failed_deliveries,delivery_success_rate_pct,delivery_avg_ms,delivery_p95_ms'
    expect(await values(`${metric}&${morning}`)).toEqual({
      deliveries: [4, null, 1],
      failed_deliveries: [1, null, 0],
      // What is pending neither failed nor arrived.
      delivery_success_rate_pct: [75, null, null],
      delivery_avg_ms: [150, null, null],
      delivery_p95_ms: [expect.toSatisfy(within(0.01, 270)), null, null],
    })
  })

  it('reads them of one webhook alone', async () => {
    const query = `metric=deliveries,delivery_success_rate_pct&resource=${webhookId}&${morning}`
    expect(await values(query)).toEqual({
      deliveries: [3, null, 1],
      delivery_success_rate_pct: [66.67, null, null],
    })
  })

  it('reads the whole range and the one before it, for comparison', async () => {
    const { series } = await read(`metric=deliveries,delivery_success_rate_pct&${morning}`)
    expect(series).toMatchObject([
      { metric: 'deliveries', unit: 'count', value: 5, previous: 2 },
      { metric: 'delivery_success_rate_pct', unit: 'percent', value: 75, previous: 50 },
    ])
  })

  it('reads rules, API requests and rate limits together with them', async () => {
    const metrics = 'executions,failed_executions,affected_contacts,api_requests'
    const more = 'api_error_rate_pct,rate_limit_utilization_pct'
    expect(await values(`metric=${metrics},${more}&${morning}`)).toEqual({
      executions: [1, null, 1],
      failed_executions: [0, null, 1],
      affected_contacts: [4, null, 1],
      api_requests: [2, null, null],
      api_error_rate_pct: [50, null, null],
      rate_limit_utilization_pct: [null, null, 80],
    })
  })

  it.each([
    ['a rule', 'executions', (): string => ruleId, [1, null, 1]],
    ['a type of API resource', 'api_requests', (): string => 'contacts', [1, null, null]],
    [
      'API requests for what was not said',
      'api_requests',
      (): string => 'unknown',
      [1, null, null],
    ],
    ['a rate limit', 'rate_limit_utilization_pct', (): string => `org:${acme}`, [null, null, 80]],
  ] as const)('reads what is about %s', async (_reason, metric, resource, expected) => {
    const query = `metric=${metric}&resource=${encodeURIComponent(resource())}&${morning}`
    expect(await values(query)).toEqual({ [metric]: expected })
  })

  it.each(ours)('is served %s', async (metric) => {
    const { series } = await read(`metric=${metric}&${morning}`)
    expect(series).toMatchObject([{ metric, value: expect.any(Number) as number }])
  })

  it('sees nothing of another org', async () => {
    expect(await values(`metric=failed_deliveries&${morning}`)).toEqual({
      failed_deliveries: [1, null, 0],
    })
    expect(errorOf(await timeseries(`metric=deliveries&org_id=${globex}`))).toMatchObject({
      status: 403,
      code: 'not_a_member',
      field: 'org_id',
    })
  })

  it('is told alike of another org’s webhook and of one that does not exist', async () => {
    const theirs = errorOf(await timeseries(`metric=deliveries&resource=${theirWebhookId}`))
    expect(theirs).toMatchObject({ status: 404, code: 'resource_not_found', field: 'resource' })
    const none = await timeseries(`metric=deliveries&resource=${crypto.randomUUID()}`)
    expect(errorOf(none)).toEqual(theirs)
    expect(errorOf(await timeseries('metric=executions&resource=that'))).toEqual(theirs)
  })
})

describe('the buckets', () => {
  it('are aligned, and begin at or before the start of the range', async () => {
    const answer = await read(
      'metric=deliveries&from=2026-11-02T09:07:31.5Z&to=2026-11-02T09:31:00%2B00:00&step=15m',
    )
    expect(answer).toMatchObject({ step_seconds: 900, resource: null })
    expect(new Date(answer.from)).toEqual(new Date(at('09:00:00')))
    expect(new Date(answer.to)).toEqual(new Date(at('09:31:00')))
    const starts = answer.series[0]?.points.map((point) => new Date(point.at).toISOString())
    expect(starts).toEqual(['09:00', '09:15', '09:30'].map((time) => at(`${time}:00.000`)))
  })

  it('of a day are days of UTC, also for a session whose clocks are set back', async () => {
    const starts = await stack.db.asService(async (sql) => {
      await sql`set local timezone = 'Europe/Berlin'`
      const [row] = await sql<[{ answer: TimeseriesAnswer }]>`
        select everwatch.monitoring_timeseries(
          '{deliveries}', '2026-10-24T00:00Z', '2026-10-27T00:00Z', 86400, ${acme}
        ) as answer`
      return row.answer.series[0]?.points.map((point) => new Date(point.at).toISOString())
    })
    expect(starts).toEqual([24, 25, 26].map((day) => `2026-10-${day}T00:00:00.000Z`))
  })

  it.each([
    ['-1h', 60],
    ['-24h', 900],
    ['-7d', 3600],
    ['-30d', 21_600],
    ['-90m', 60],
  ])('from %s on are of %i seconds when no step is given', async (from, seconds) => {
    const { step_seconds, series } = await read(`metric=deliveries&from=${from}`)
    expect(step_seconds).toBe(seconds)
    expect(series[0]?.points.length).toBeLessThanOrEqual(201)
  })

  it('are longer when many metrics are asked for, so that the answer fits', async () => {
    const { step_seconds, series } = await read(`metric=${ours.join()}&from=-24h`)
    expect({ step_seconds, series: series.length }).toEqual({ step_seconds: 3600, series: 18 })
  })

  it('are of the last day up to now when no range is given', async () => {
    const { from, to, timestamp } = await read('metric=deliveries')
    const day = new Date(to).getTime() - new Date(from).getTime()
    expect(day).toBeGreaterThanOrEqual(86_400_000)
    expect(day).toBeLessThan(86_400_000 + 900_000)
    expect(Math.abs(new Date(timestamp).getTime() - new Date(to).getTime())).toBeLessThan(5000)
  })

  it('may be a thousand and no more, over all metrics', async () => {
    const range = 'to=2026-11-02T16:40:00Z&step=1m'
    const { series } = await read(`metric=deliveries&from=-1000m&${range}`)
    expect(series[0]?.points).toHaveLength(1000)
    const tooMany = errorOf(await timeseries(`metric=deliveries&from=-1001m&${range}`))
    expect(tooMany).toMatchObject({ status: 400, code: 'too_many_points', field: 'step' })
    const twice = errorOf(await timeseries(`metric=deliveries,executions&from=-501m&${range}`))
    expect(twice).toMatchObject({ code: 'too_many_points' })
  })
})

describe('the holder of the secret key', () => {
  it('reads any org that it names', async () => {
    const { org_id, series } = await read(`metric=deliveries&org_id=${globex}&${morning}`, secret)
    expect({ org_id, value: series[0]?.value }).toEqual({ org_id: globex, value: 1 })
  })

  it('is asked for an org', async () => {
    const answer = await timeseries('metric=deliveries', secret)
    expect(errorOf(answer)).toMatchObject({ status: 400, code: 'org_required' })
  })
})

describe('a caller without a valid credential', () => {
  it('is refused', async () => {
    const answer = await timeseries('metric=deliveries', { token: 'not.a.token' })
    expect(errorOf(answer)).toMatchObject({ status: 401, code: 'unauthenticated' })
  })
})

describe('a request that is not right', () => {
  it.each([
    ['no metric', '', 'invalid_query', 'metric'],
    ['an empty metric', 'metric=', 'invalid_metric', 'metric'],
    ['a metric that there is not', 'metric=deliveries,cats', 'invalid_metric', 'metric'],
    ['a metric named twice', 'metric=deliveries,deliveries', 'invalid_query', 'metric'],
    ['a step that there is not', 'metric=deliveries&step=7m', 'invalid_step', 'step'],
    ['a range that is no time', 'metric=deliveries&from=yesterday', 'invalid_query', 'from'],
    ['a time without a zone', 'metric=deliveries&to=2026-11-02T10:00:00', 'invalid_query', 'to'],
    [
      'a range that ends before it begins',
      'metric=deliveries&from=2026-11-02T10:00:00Z&to=2026-11-01T10:00:00Z',
      'invalid_range',
      'from',
    ],
    ['a range of no length', 'metric=deliveries&from=-0h', 'invalid_range', 'from'],
    [
      'a range from before there was time',
      'metric=deliveries&from=-999999d',
      'invalid_range',
      'from',
    ],
    [
      'a range of centuries',
      'metric=deliveries&from=1970-01-01T00:00:00Z&to=9999-12-31T00:00:00Z',
      'too_many_points',
      'step',
    ],
    ['a resource that is empty', 'metric=deliveries&resource=', 'invalid_query', 'resource'],
    [
      'a resource with a NUL in it',
      'metric=api_requests&resource=%00',
      'invalid_query',
      'resource',
    ],
    [
      'a resource for metrics of two kinds',
      'metric=deliveries,executions&resource=x',
      'invalid_resource',
      'resource',
    ],
    ['a parameter given twice', 'metric=deliveries&metric=executions', 'invalid_query', 'metric'],
    ['a parameter that there is not', 'metric=deliveries&metrics=all', 'invalid_query', 'metrics'],
  ])('with %s is told which parameter is wrong', async (_reason, query, code, field) => {
    expect(errorOf(await timeseries(query))).toMatchObject({ status: 400, code, field })
  })

  it('with a wrong metric is told the right ones', async () => {
    const { message } = errorOf(await timeseries('metric=cats'))
    for (const metric of seriesNames) expect(message).toContain(metric)
  })
})

describe('the list of metrics', () => {
  it('is in the API’s description', async () => {
    const { body } = await ask(stack, '/monitoring/openapi.json')
    expect(body).toMatchObject({
      paths: {
        '/monitoring/timeseries': {
          get: {
            parameters: expect.arrayContaining([
              expect.objectContaining({
                name: 'metric',
                required: true,
                schema: expect.objectContaining({ items: { enum: seriesNames } }) as object,
              }) as object,
            ]) as object[],
          },
        },
      },
    })
  })
})
