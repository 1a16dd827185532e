import { authenticate } from '../_shared/caller.ts'
import { serve } from '../_shared/router.ts'
import { checkAlerts } from './check.ts'
import { readOrgId } from './org.ts'

export default {
  fetch: serve('check-alerts', {
    '/': {
      POST: async (request) => {
        const { database } = await authenticate(request)
        return Response.json(await checkAlerts(database, await readOrgId(request)), {
          headers: { 'cache-control': 'no-store' },
        })
      },
    },
  }),
}
