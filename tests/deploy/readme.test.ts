import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { createDatabase, type TestDatabase } from '../support/database.ts'
import { hostUploads } from '../support/deployed-functions.ts'
import { prepareDeployment, type Deployment } from '../support/deployment.ts'
import { readCommands } from '../support/readme.ts'
import { startStack } from '../support/stack.ts'

let db: TestDatabase
let deployment: Deployment
let deploy: string
let verify: string

beforeAll(async () => {
  db = await createDatabase({ regime: 'strict', migrated: false })
  deployment = await prepareDeployment(db)
  ;[deploy = '', verify = ''] = await readCommands('Deploy to your own project')
})

describe('a person who pastes what README.md says', { timeout: 120_000 }, () => {
  it('links the project, pushes every migration and deploys every function', async () => {
    await deployment.run(deploy)
    const applied = await db.sql<{ file: string }[]>`
      select version || '_' || name || '.sql' as file
      from supabase_migrations.schema_migrations order by version`
    const migrations = await readdir(join(deployment.folder, 'supabase/migrations'))
    expect(applied.map(({ file }) => file)).toEqual(migrations.toSorted())
    expect(deployment.functions.size).toBeGreaterThan(0)
  })

  it('tells the database where the functions are', async () => {
    expect(await db.sql`select functions_url from everwatch_private.settings`).toEqual([
      { functions_url: `https://${deployment.ref}.supabase.co/functions/v1` },
    ])
  })

  it('sees the views, empty as they are, and what the functions answer', async () => {
    const { apiUrl } = await startStack({
      db,
      hostFunctions: (options) => hostUploads(deployment.functions, options),
    })
    const output = await deployment.run(verify.replace('https://$PROJECT_REF.supabase.co', apiUrl))
    expect(output).toContain('v_webhook_health')
    expect(output).toContain('"openapi":"3.1.0"')
  })

  it('is told on a second push that there is nothing to do', async () => {
    const push = deploy.split('\n').filter((line) => line.includes('db push'))
    expect(await deployment.run(push.join())).toContain('Remote database is up to date')
  })
})
