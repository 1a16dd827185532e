import { version } from '../../_shared/version.ts'
import { errorSchema, schemaOf } from './parts.ts'
import { checkAlertsOperation, testChannelOperation, trackOperation } from './what-is-done.ts'
import {
  costsOperation,
  insightsOperation,
  metricsOperation,
  prometheusOperation,
  timeseriesOperation,
} from './what-is-read.ts'

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
