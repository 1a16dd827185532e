import { authenticate } from '../_shared/caller.ts'
import { serve } from '../_shared/router.ts'
import { readBatch } from './batch.ts'
import { store } from './store.ts'

export default {
  fetch: serve('track', {
    '/': {
      POST: async (request) => {
        const { database } = await authenticate(request, ['secret'])
        return Response.json(await store(database, await readBatch(request)))
      },
    },
  }),
}
