import { authenticate } from '../_shared/caller.ts'
import { createApp } from '../_shared/router.ts'
import { checkAlerts } from './check.ts'
import { readOrgId } from './org.ts'

const app = createApp('check-alerts')

app.post('/', async (c) => {
  const { database } = await authenticate(c.req.raw)
  c.header('cache-control', 'no-store')
  return c.json(await checkAlerts(database, await readOrgId(c.req.raw)))
})

export default app
