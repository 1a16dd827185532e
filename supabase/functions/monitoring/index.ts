import { withCors } from '../_shared/cors.ts'
import { readEnvironment } from '../_shared/environment.ts'
import { withMonitoring } from '../_shared/middleware.ts'
import { route } from '../_shared/router.ts'
import { getMetrics } from './metrics.ts'
import { describeApi } from './openapi.ts'

const handler = route('monitoring', {
  '/metrics': { GET: getMetrics },
  '/openapi.json': {
    GET: (request) =>
      Response.json(describeApi(readEnvironment('SUPABASE_URL') ?? new URL(request.url).origin)),
  },
})

export default { fetch: withCors(withMonitoring(handler, { track: false })) }
