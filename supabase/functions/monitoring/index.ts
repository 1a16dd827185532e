import { authenticate } from '../_shared/caller.ts'
import { readEnvironment } from '../_shared/everwatch/runtime/environment.ts'
import { serve } from '../_shared/router.ts'
import { readCosts } from './costs.ts'
import { costsQuerySchema } from './costs-query.ts'
import { readInsights } from './insights.ts'
import { insightsQuerySchema } from './insights-query.ts'
import { readMetrics } from './metrics.ts'
import { metricsQuerySchema } from './metrics-query.ts'
import { describeApi } from './openapi.ts'
import { readBasicKey } from './prometheus/basic-key.ts'
import { contentTypes } from './prometheus/exposition.ts'
import { chooseFormat } from './prometheus/format.ts'
import { prometheusQuerySchema } from './prometheus/query.ts'
import { readExposition } from './prometheus/read.ts'
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
    '/insights': {
      GET: async (request) => {
        const { database } = await authenticate(request)
        const query = parseQuery(insightsQuerySchema, new URL(request.url).searchParams)
        return Response.json(await readInsights(database, query), uncached)
      },
    },
    '/costs': {
      GET: async (request) => {
        const { database } = await authenticate(request)
        const query = parseQuery(costsQuerySchema, new URL(request.url).searchParams)
        return Response.json(await readCosts(database, query), uncached)
      },
    },
    '/prometheus': {
      GET: async (request) => {
        const { database } = await authenticate(readBasicKey(request))
        const query = parseQuery(prometheusQuerySchema, new URL(request.url).searchParams)
        const format = chooseFormat(request.headers.get('accept'))
        return new Response(await readExposition(database, query, format), {
          headers: { ...uncached.headers, 'content-type': contentTypes[format], vary: 'accept' },
        })
      },
    },
    '/openapi.json': {
      GET: (request) =>
        Response.json(describeApi(readEnvironment('SUPABASE_URL') ?? new URL(request.url).origin)),
    },
  }),
}
