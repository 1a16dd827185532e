import { authenticate } from '../_shared/caller.ts'
import { readEnvironment } from '../_shared/everwatch/environment.ts'
import { serve } from '../_shared/router.ts'
import { readMetrics } from './metrics.ts'
import { describeApi } from './openapi.ts'
import { parseQuery } from './query.ts'

export default {
  fetch: serve('monitoring', {
    '/metrics': {
      GET: async (request) => {
        const { database } = await authenticate(request)
        const metrics = await readMetrics(database, parseQuery(new URL(request.url).searchParams))
        return Response.json(metrics, { headers: { 'cache-control': 'no-store' } })
      },
    },
    '/openapi.json': {
      GET: (request) =>
        Response.json(describeApi(readEnvironment('SUPABASE_URL') ?? new URL(request.url).origin)),
    },
  }),
}
