import { readdirSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parse } from 'smol-toml'
import { beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { functionsFolder } from '../../scripts/stack/functions.ts'
import { projectRoot } from '../../scripts/stack/project.ts'
import { createDatabase } from '../support/database.ts'
import { checkTypes, findMissing, hostUploads } from '../support/deployed-functions.ts'
import { prepareDeployment } from '../support/deployment.ts'
import { createOrg, createWebhook, delivery } from '../support/fixtures.ts'
import { ask } from '../support/requests.ts'
import { startStack, type TestStack } from '../support/stack.ts'
import type { Upload } from '../support/uploads.ts'

const functions = readdirSync(functionsFolder, { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && !entry.name.startsWith('_'))
  .map(({ name }) => name)

const configSchema = z.object({
  functions: z.record(z.string(), z.object({ verify_jwt: z.boolean() })),
})

let uploads: Map<string, Upload>
let stack: TestStack

beforeAll(async () => {
  const db = await createDatabase()
  const deployment = await prepareDeployment(db)
  await deployment.run(`npx supabase functions deploy --use-api --project-ref ${deployment.ref}`)
  uploads = deployment.functions
  stack = await startStack({ db, hostFunctions: (options) => hostUploads(uploads, options) })
}, 180_000)

describe('the Supabase CLI', () => {
  it('deploys every function that there is', () => {
    expect([...uploads.keys()].toSorted()).toEqual(functions.toSorted())
  })
})

describe.each(functions)(
  'the function %s, from what was uploaded alone,',
  { timeout: 60_000 },
  (name) => {
    it('is entered, configured and guarded as the project says', async () => {
      const text = await readFile(join(projectRoot, 'supabase/config.toml'), 'utf8')
      expect(uploads.get(name)?.metadata).toEqual({
        name,
        entrypoint_path: `supabase/functions/${name}/index.ts`,
        import_map_path: `supabase/functions/${name}/deno.json`,
        static_patterns: [],
        verify_jwt: configSchema.parse(parse(text)).functions[name]?.verify_jwt ?? true,
      })
    })

    it('finds all that it imports', async () => {
      expect(await findMissing(uploads.get(name)!)).toEqual([])
    })

    it('is sound in its types', async () => {
      await expect(checkTypes(uploads.get(name)!)).resolves.toBeUndefined()
    })

    it('answers', async () => {
      // What hosts a function answers for one that does not load, under a request id of its own.
      const headers = { 'x-request-id': `req_to_${name}` }
      const answer = await ask(stack, `/${name}`, undefined, { headers })
      expect(answer.headers.get('x-request-id')).toBe(`req_to_${name}`)
      expect(answer.status).toBeLessThan(500)
    })
  },
)

describe('a project that was deployed', () => {
  it('tracks a delivery, and shows it to the secret key’s holder alone', async () => {
    const orgId = await createOrg(stack.db)
    const webhookId = await createWebhook(stack.db, orgId)
    const secret = { apikey: stack.secretKey }
    const tracked = await ask(stack, '/track', secret, { body: { events: [delivery(webhookId)] } })
    expect(tracked.body).toEqual({ accepted: 1, rejected: [] })
    await stack.db.sql`select everwatch.refresh_monitoring_views()`

    const path = `/monitoring/metrics?type=webhook&org_id=${orgId}`
    expect((await ask(stack, path)).status).toBe(401)
    const shown = await ask(stack, path, secret)
    expect(shown.status).toBe(200)
    expect(shown.body).toMatchObject({ webhooks: { summary: { successful_deliveries: 1 } } })
  })
})
