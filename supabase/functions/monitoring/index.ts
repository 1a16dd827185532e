import type { z } from 'zod'
import { authenticate, type Caller } from '../_shared/caller.ts'
import { readEnvironment } from '../_shared/everwatch/runtime/environment.ts'
import { createApp, type Handler } from '../_shared/router.ts'
import { readCosts } from './costs.ts'
import { costsQuerySchema } from './costs-query.ts'
import { readInsights } from './insights.ts'
import { insightsQuerySchema } from './insights-query.ts'
import { readMetrics } from './metrics.ts'
import { metricsQuerySchema } from './metrics-query.ts'
import { describeApi } from './openapi/index.ts'
import { readBasicKey } from './prometheus/basic-key.ts'
import { contentTypes } from './prometheus/exposition.ts'
import { chooseFormat } from './prometheus/format.ts'
import { prometheusQuerySchema } from './prometheus/query.ts'
import { readExposition } from './prometheus/read.ts'
import { parseQuery } from './query.ts'
import { readTimeseries } from './timeseries.ts'
import { timeseriesQuerySchema } from './timeseries-query.ts'

const app = createApp('monitoring')

/** Answers a caller whose query is good with what is read for it. */
const answer =
  <Query extends z.ZodObject>(
    schema: Query,
    read: (database: Caller['database'], query: z.infer<Query>) => Promise<object>,
  ): Handler =>
  async (c) => {
    const { database } = await authenticate(c.req.raw)
    const query = parseQuery(schema, new URL(c.req.url).searchParams)
    c.header('cache-control', 'no-store')
    return c.json(await read(database, query))
  }

app.get('/metrics', answer(metricsQuerySchema, readMetrics))
app.get('/timeseries', answer(timeseriesQuerySchema, readTimeseries))
app.get('/insights', answer(insightsQuerySchema, readInsights))
app.get('/costs', answer(costsQuerySchema, readCosts))

app.get('/prometheus', async (c) => {
  const { database } = await authenticate(readBasicKey(c.req.raw))
  const query = parseQuery(prometheusQuerySchema, new URL(c.req.url).searchParams)
  const format = chooseFormat(c)
  c.header('cache-control', 'no-store')
  c.header('content-type', contentTypes[format])
  c.header('vary', 'accept')
  return c.body(await readExposition(database, query, format))
})

app.get('/openapi.json', (c) =>
  c.json(describeApi(readEnvironment('SUPABASE_URL') ?? new URL(c.req.url).origin)),
)

export default app
