import { authenticate } from '../_shared/caller.ts'
import { readEnvironment } from '../_shared/everwatch/environment.ts'
import { serve } from '../_shared/router.ts'
import { readMetrics } from './metrics.ts'
import { metricsQuerySchema } from './metrics-query.ts'
import { describeApi } from './openapi.ts'
import { parseQuery } from './query.ts'
import { readTimeseries } from './timeseries.ts'
import { timeseriesQuerySchema } from './timeseries-query.ts'

const uncached = { headers: { 'cache-control': 'no-store' } }

export default {
  fetch: serve('monitoring', {
    '/metrics': {
      GET: async (request) => {
        const { database } = await authenticate(request)
        const query = parseQuery(metricsQuerySchema, new URL(request.url).searchParams)
        return Response.json(await readMetrics(database, query), uncached)
      },
    },
    '/timeseries': {
      GET: async (request) => {
        const { database } = await authenticate(request)
        const query = parseQuery(timeseriesQuerySchema, new URL(request.url).searchParams)
        return Response.json(await readTimeseries(database, query), uncached)
      },
    },
    '/openapi.json': {
      GET: (request) =>
        Response.json(describeApi(readEnvironment('SUPABASE_URL') ?? new URL(request.url).origin)),
    },
  }),
}
