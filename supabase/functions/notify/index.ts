import { authenticate, connectAsService } from '../_shared/caller.ts'
import { keepAlive } from '../_shared/everwatch/runtime/environment.ts'
import { createApp } from '../_shared/router.ts'
import { acceptCall } from './claim.ts'
import { deliver } from './deliver.ts'
import { sendHeartbeat } from './heartbeat.ts'
import { readSignedCall } from './signed-call.ts'
import { readTestRequest, testChannel } from './test-channel.ts'

const app = createApp('notify')

// Answers as soon as it knows what to do: pg_net makes no further call before this one ends.
app.post('/', async (c) => {
  const call = await readSignedCall(c.req.raw)
  const database = connectAsService()
  const { work, at } = await acceptCall(database, call)
  keepAlive(deliver(database, work, at))
  return c.json({ accepted: Boolean(work.message ?? work.next) }, 202)
})

app.post('/heartbeat', async (c) => {
  const call = await readSignedCall(c.req.raw)
  await sendHeartbeat(connectAsService(), call)
  return c.body(null, 204)
})

app.post('/test', async (c) => {
  const { database } = await authenticate(c.req.raw)
  const channelId = await readTestRequest(c.req.raw)
  return c.json(await testChannel(database, connectAsService(), channelId))
})

export default app
