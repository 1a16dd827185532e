import { authenticate, connectAsService } from '../_shared/caller.ts'
import { keepAlive } from '../_shared/everwatch/runtime/environment.ts'
import { serve } from '../_shared/router.ts'
import { acceptCall } from './claim.ts'
import { deliver } from './deliver.ts'
import { sendHeartbeat } from './heartbeat.ts'
import { readSignedCall } from './signed-call.ts'
import { readTestRequest, testChannel } from './test-channel.ts'

export default {
  fetch: serve('notify', {
    // Answers as soon as it knows what to do: pg_net makes no further call before this one ends.
    '/': {
      POST: async (request) => {
        const call = await readSignedCall(request)
        const database = connectAsService()
        const { work, at } = await acceptCall(database, call)
        keepAlive(deliver(database, work, at))
        return Response.json({ accepted: Boolean(work.message ?? work.next) }, { status: 202 })
      },
    },
    '/heartbeat': {
      POST: async (request) => {
        const call = await readSignedCall(request)
        await sendHeartbeat(connectAsService(), call)
        return new Response(null, { status: 204 })
      },
    },
    '/test': {
      POST: async (request) => {
        const { database } = await authenticate(request)
        const channelId = await readTestRequest(request)
        const service = connectAsService()
        return Response.json(await testChannel(database, service, channelId))
      },
    },
  }),
}
