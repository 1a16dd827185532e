import { beforeAll, describe, expect, it } from 'vitest'
import { seriesNames } from '../../supabase/functions/_shared/catalog/series.ts'
import type { TimeseriesAnswer } from '../../supabase/functions/_shared/timeseries-answer.ts'
import { addMember, createOrg, metric, track } from '../support/fixtures.ts'
import { errorOf, type Answer, type Credential } from '../support/requests.ts'
import { startStack, type TestStack } from '../support/stack.ts'
import { askTimeseries, at, morning, readTimeseries, valuesOf } from '../support/timeseries.ts'

let stack: TestStack
let member: Credential

beforeAll(async () => {
  stack = await startStack()
  const { db } = stack
  const acme = await createOrg(db, 'Acme')
  const globex = await createOrg(db, 'Globex')
  const emails = { name: 'emails.sent', kind: 'counter' }
  const balance = { name: 'balance', kind: 'gauge' }
  const render = { name: 'render.ms', kind: 'histogram' }
  const weekly = { kind: 'weekly' }
  // In the first and the last hour of the morning, and in the hour before.
  await track(
    db,
    metric(acme, { ...emails, value: 3, at: at('08:10:00'), labels: weekly }),
    metric(acme, { ...emails, value: 5, at: at('09:10:00'), labels: weekly }),
    metric(acme, { ...emails, value: 2, at: at('09:20:00'), labels: { kind: 'welcome' } }),
    metric(acme, { ...balance, value: -4, at: at('09:10:00') }),
    metric(acme, { ...balance, value: -2, at: at('09:50:00') }),
    metric(acme, { ...render, value: 100, at: at('09:10:00'), count: 90 }),
    metric(acme, { ...render, value: 700, at: at('11:10:00'), count: 10 }),
    metric(globex, { ...balance, name: 'theirs', at: at('09:10:00') }),
  )
  const { userId, accessToken } = await stack.signUp()
  await addMember(db, acme, 'viewer', userId)
  member = { token: accessToken }
})

const queryOf = (metrics: string, resource: string, range = morning): string =>
  `metric=${metrics}&resource=${encodeURIComponent(resource)}&${range}`

type Query = Parameters<typeof queryOf>

const timeseries = (...query: Query): Promise<Answer> =>
  askTimeseries(stack, queryOf(...query), member)
const read = (...query: Query): Promise<TimeseriesAnswer> =>
  readTimeseries(stack, queryOf(...query), member)
const values = async (...query: Query): Promise<Record<string, (number | null)[]>> =>
  valuesOf(await read(...query))

describe('a member', () => {
  it('reads a counter by its name, over all its labels', async () => {
    expect(await values('custom_sum,custom_count', 'emails.sent')).toEqual({
      custom_sum: [7, null, null],
      custom_count: [2, null, null],
    })
  })

  it('reads it of some labels alone', async () => {
    expect(await values('custom_sum', 'emails.sent{"kind":"welcome"}')).toEqual({
      custom_sum: [2, null, null],
    })
  })

  it('reads the whole range and the one before it, for comparison', async () => {
    const { series } = await read('custom_sum', 'emails.sent')
    expect(series).toMatchObject([{ unit: 'value', value: 7, previous: 3 }])
  })

  it('reads a gauge, also below zero', async () => {
    expect(await values('custom_min,custom_max,custom_avg,custom_last', 'balance')).toEqual({
      custom_min: [-4, null, null],
      custom_max: [-2, null, null],
      custom_avg: [-3, null, null],
      custom_last: [-2, null, null],
    })
  })

  it('reads a histogram’s 95th percentile within 1%, of each hour and of the range', async () => {
    const { series } = await read('custom_p95', 'render.ms')
    const [first, between, last] = series[0]?.points ?? []
    expect(Math.abs((first?.value ?? 0) / 100 - 1)).toBeLessThan(0.01)
    expect(between?.value).toBeNull()
    expect(Math.abs((last?.value ?? 0) / 700 - 1)).toBeLessThan(0.01)
    expect(series[0]?.value).toBe(last?.value)
  })

  it('has no percentile of what is no histogram', async () => {
    expect(await values('custom_p95', 'balance')).toEqual({ custom_p95: [null, null, null] })
  })

  it('is served hours when no step is given', async () => {
    expect(await read('custom_sum', 'emails.sent', 'from=-1h')).toMatchObject({
      step_seconds: 3600,
    })
  })

  it.each([
    ['another org’s metric', 'theirs'],
    ['one with other labels', 'emails.sent{"kind":"none"}'],
  ])('is told of %s what is told of one that does not exist', async (_reason, resource) => {
    const none = errorOf(await timeseries('custom_sum', 'nobodys'))
    expect(none).toMatchObject({ status: 404, code: 'resource_not_found', field: 'resource' })
    expect(errorOf(await timeseries('custom_sum', resource))).toEqual(none)
  })
})

describe('a request that is not right', () => {
  it.each([
    ['labels that are no JSON', 'custom_sum', 'emails.sent{kind', morning, 'invalid_resource'],
    ['labels with a lone surrogate', 'custom_sum', 'a{"\\ud800":""}', morning, 'invalid_resource'],
    ['labels with a NUL', 'custom_sum', 'a{"\\u0000":""}', morning, 'invalid_resource'],
    ['metrics of two kinds', 'custom_sum,deliveries', 'emails.sent', morning, 'invalid_resource'],
    ['steps under an hour', 'custom_sum', 'emails.sent', 'from=-1h&step=15m', 'invalid_step'],
  ])('with %s is told so', async (_reason, metrics, resource, range, code) => {
    const answer = errorOf(await timeseries(metrics, resource, range))
    const field = code === 'invalid_step' ? 'step' : 'resource'
    expect(answer).toMatchObject({ status: 400, code, field })
  })

  it.each(seriesNames.filter((name) => name.startsWith('custom_')))(
    'for %s without a name is told that it needs one',
    async (name) => {
      const answer = await askTimeseries(stack, `metric=${name}&${morning}`, member)
      expect(errorOf(answer)).toMatchObject({ status: 400, code: 'resource_required' })
    },
  )
})
