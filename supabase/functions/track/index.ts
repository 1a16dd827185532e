import { authenticate } from '../_shared/caller.ts'
import { createApp } from '../_shared/router.ts'
import { readBatch } from './batch.ts'
import { store } from './store.ts'

const app = createApp('track')

app.post('/', async (c) => {
  const { database } = await authenticate(c.req.raw, ['secret'])
  return c.json(await store(database, await readBatch(c.req.raw)))
})

export default app
