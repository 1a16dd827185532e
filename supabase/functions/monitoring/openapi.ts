import { z } from 'zod'
import { seriesNames } from '../_shared/catalog/series.ts'
import { channelTestAnswerSchema, channelTestSchema } from '../_shared/channel-test.ts'
import { costsAnswerSchema } from '../_shared/costs-answer.ts'
import { eventSchema, largestBatch, trackAnswerSchema } from '../_shared/events.ts'
import { insightsAnswerSchema } from '../_shared/insights-answer.ts'
import { answers, checkAlertsAnswer } from '../_shared/metrics-answer.ts'
import { timeseriesAnswerSchema } from '../_shared/timeseries-answer.ts'
import { version } from '../_shared/version.ts'
import { costsQuerySchema } from './costs-query.ts'
import { insightsQuerySchema } from './insights-query.ts'
import { metricsQuerySchema } from './metrics-query.ts'
import { contentTypes } from './prometheus/exposition.ts'
import { prometheusQuerySchema } from './prometheus/query.ts'
import { timeseriesQuerySchema } from './timeseries-query.ts'

const errorSchema = z.strictObject({
  error: z.strictObject({
    code: z.string().meta({ description: 'For programs, for example not_a_member' }),
    message: z.string(),
    request_id: z.string().meta({ description: 'As in the x-request-id header' }),
    field: z.string().optional().meta({ description: 'The parameter or field that is wrong' }),
  }),
})

/**
 * The API as an OpenAPI 3.1 document, made of the schemas that parse it.
 *
 * @param origin where the functions are reached, for example `https://abc.supabase.co`
 */
export function describeApi(origin: string): object {
  return {
    openapi: '3.1.0',
    info: {
      title: 'Everwatch',
      version,
      description: 'Metrics of a developer platform out, events in. Isolated per organisation.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: `${origin}/functions/v1` }],
    paths: {
      '/monitoring/metrics': { get: metricsOperation() },
      '/monitoring/timeseries': { get: timeseriesOperation() },
      '/monitoring/insights': { get: insightsOperation() },
      '/monitoring/costs': { get: costsOperation() },
      '/monitoring/prometheus': { get: prometheusOperation() },
      '/monitoring/openapi.json': {
        get: {
          operationId: 'getOpenApi',
          summary: 'This document',
          security: [],
          responses: { 200: { description: 'OpenAPI 3.1' } },
        },
      },
      '/check-alerts': { post: checkAlertsOperation() },
      '/notify/test': { post: testChannelOperation() },
      '/track': { post: trackOperation() },
    },
    components: {
      schemas: { Error: schemaOf(errorSchema) },
      securitySchemes: {
        user: { type: 'http', scheme: 'bearer', description: 'A signed-in user’s token' },
        secretKey: { type: 'apiKey', in: 'header', name: 'apikey', description: 'A secret key' },
        basic: { type: 'http', scheme: 'basic', description: 'A secret key as the password' },
      },
    },
  }
}

function metricsOperation(): object {
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

function checkAlertsOperation(): object {
  const orgId = { type: 'string', format: 'uuid' }
  const description = 'Needed with a secret key, and by members of several orgs'
  return {
    operationId: 'checkAlerts',
    summary: 'Evaluates an org’s alerts now',
    description: 'Opens, escalates and resolves alerts, and answers which conditions are true.',
    security: [{ user: [] }, { secretKey: [] }],
    parameters: [{ name: 'org_id', in: 'query', required: false, description, schema: orgId }],
    requestBody: {
      required: false,
      content: {
        'application/json': {
          schema: {
            type: 'object',
            additionalProperties: false,
            properties: { org_id: { ...orgId, description } },
          },
        },
      },
    },
    responses: {
      200: json('The conditions that are true, critical ones first', schemaOf(checkAlertsAnswer)),
      ...errors(400, 401, 403, 404, 405, 413, 503),
    },
  }
}

function timeseriesOperation(): object {
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

function insightsOperation(): object {
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

function costsOperation(): object {
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

function testChannelOperation(): object {
  return {
    operationId: 'testChannel',
    summary: 'Tries a channel that alerts are told to',
    description: 'Sends a message at once; for owners and admins, and the secret key.',
    security: [{ user: [] }, { secretKey: [] }],
    requestBody: {
      required: true,
      content: { 'application/json': { schema: schemaOf(channelTestSchema, 'input') } },
    },
    responses: {
      200: json('What the receiver answered', schemaOf(channelTestAnswerSchema)),
      ...errors(400, 401, 403, 404, 405, 409, 413, 503),
    },
  }
}

function prometheusOperation(): object {
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

function trackOperation(): object {
  const event = schemaOf(eventSchema, 'input')
  return {
    operationId: 'track',
    summary: 'A batch of events',
    description: 'Good events are stored; of each bad one the answer says what is wrong.',
    security: [{ secretKey: [] }],
    requestBody: {
      required: true,
      content: {
        'application/json': {
          schema: {
            type: 'object',
            required: ['events'],
            additionalProperties: false,
            properties: { events: { type: 'array', maxItems: largestBatch, items: event } },
          },
        },
      },
    },
    responses: {
      200: json('What was stored and what was not', schemaOf(trackAnswerSchema)),
      ...errors(400, 401, 403, 405, 413, 503),
    },
  }
}

const meanings: Record<number, string> = {
  400: 'A parameter or the body is wrong; `field` says which',
  401: 'No valid credential',
  403: 'Not yours to see, or the wrong kind of credential',
  404: 'No such org, resource or channel',
  405: 'Another method is needed: see `Allow`',
  409: 'Not now',
  413: 'The body is too long',
  503: 'The database did not answer',
}

function errors(...statuses: number[]): Record<number, object> {
  const schema = { $ref: '#/components/schemas/Error' }
  return Object.fromEntries(
    statuses.map((status) => [status, json(meanings[status] ?? '', schema)]),
  )
}

function parametersOf(schema: z.ZodObject): object[] {
  return Object.entries(schema.shape).map(([name, parameter]) => ({
    name,
    in: 'query',
    required: false,
    schema: schemaOf(parameter, 'input'),
  }))
}

function json(description: string, schema: object): object {
  return { description, content: { 'application/json': { schema } } }
}

function schemaOf(schema: z.core.$ZodType, io: 'input' | 'output' = 'output'): object {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: 'any' })
  return rest
}
