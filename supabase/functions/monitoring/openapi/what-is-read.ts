import { z } from 'zod'
import { seriesNames } from '../../_shared/catalog/series.ts'
import { costsAnswerSchema } from '../../_shared/costs-answer.ts'
import { insightsAnswerSchema } from '../../_shared/insights-answer.ts'
import { answers } from '../../_shared/metrics-answer.ts'
import { timeseriesAnswerSchema } from '../../_shared/timeseries-answer.ts'
import { costsQuerySchema } from '../costs-query.ts'
import { insightsQuerySchema } from '../insights-query.ts'
import { metricsQuerySchema } from '../metrics-query.ts'
import { contentTypes } from '../prometheus/exposition.ts'
import { prometheusQuerySchema } from '../prometheus/query.ts'
import { timeseriesQuerySchema } from '../timeseries-query.ts'
import { errors, json, parametersOf, schemaOf } from './parts.ts'

export function metricsOperation(): object {
  return {
    operationId: 'getMetrics',
    summary: 'An org’s metrics',
    security: [{ user: [] }, { secretKey: [] }],
    parameters: parametersOf(metricsQuerySchema),
    responses: {
      200: json('The part that `type` names, or all', {
        anyOf: Object.values(answers).map((answer) => schemaOf(answer)),
      }),
      ...errors(400, 401, 403, 404, 405, 503),
    },
  }
}

export function timeseriesOperation(): object {
  const { metric, ...others } = timeseriesQuerySchema.shape
  return {
    operationId: 'getTimeseries',
    summary: 'An org’s metrics over time',
    description:
      'In buckets, over the whole range, and over the range before. At most 1,000 points.',
    security: [{ user: [] }, { secretKey: [] }],
    parameters: [
      {
        name: 'metric',
        in: 'query',
        required: true,
        description: metric.description,
        style: 'form',
        explode: false,
        schema: { type: 'array', items: { enum: seriesNames }, uniqueItems: true },
      },
      ...parametersOf(z.object(others)),
    ],
    responses: {
      200: json('Each metric in the order asked', schemaOf(timeseriesAnswerSchema)),
      ...errors(400, 401, 403, 404, 405, 503),
    },
  }
}

export function insightsOperation(): object {
  return {
    operationId: 'getInsights',
    summary: 'What is unusual, what will break, what got slower, what it costs',
    security: [{ user: [] }, { secretKey: [] }],
    parameters: parametersOf(insightsQuerySchema),
    responses: {
      200: json('One page of insights, newest first', schemaOf(insightsAnswerSchema)),
      ...errors(400, 401, 403, 404, 405, 503),
    },
  }
}

export function costsOperation(): object {
  return {
    operationId: 'getCosts',
    summary: 'What an org used and what it costs',
    description: 'In all, and by webhook, rule and route. What nothing records is null.',
    security: [{ user: [] }, { secretKey: [] }],
    parameters: parametersOf(costsQuerySchema),
    responses: {
      200: json('One page of resources, those that hold most first', schemaOf(costsAnswerSchema)),
      ...errors(400, 401, 403, 404, 405, 503),
    },
  }
}

export function prometheusOperation(): object {
  return {
    operationId: 'getPrometheus',
    summary: 'Metrics of an org, or with a secret key of all, as Prometheus scrapes them',
    description: 'In OpenMetrics or in the text format of Prometheus, by `Accept`.',
    security: [{ user: [] }, { secretKey: [] }, { basic: [] }],
    parameters: parametersOf(prometheusQuerySchema),
    responses: {
      200: {
        description: 'Lifetime counters, histograms of durations, and the state of now',
        content: Object.fromEntries(
          Object.values(contentTypes).map((type) => [type, { schema: { type: 'string' } }]),
        ),
      },
      ...errors(400, 401, 403, 404, 405, 503),
    },
  }
}
