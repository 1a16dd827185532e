import { cp, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { functionsFolder } from '../../scripts/stack/functions.ts'
import { createDatabase } from '../support/database.ts'
import { checkTypes, findMissing, hostUploads } from '../support/deployed-functions.ts'
import { prepareDeployment, type Deployment } from '../support/deployment.ts'
import type { Upload } from '../support/uploads.ts'

let deployment: Deployment
beforeAll(async () => {
  deployment = await prepareDeployment(await createDatabase())
})

/** Deploys `track` after a change; the CLI itself only warns of a file that is not there. */
async function deployAfter(change: (folder: string) => Promise<void>): Promise<Upload> {
  const folder = join(deployment.folder, 'supabase/functions')
  await cp(functionsFolder, folder, { recursive: true })
  await change(folder)
  await deployment.run(
    `npx supabase functions deploy track --use-api --project-ref ${deployment.ref}`,
  )
  return deployment.functions.get('track')!
}

async function replaceIn(file: string, from: RegExp, to: string): Promise<void> {
  await writeFile(file, (await readFile(file, 'utf8')).replace(from, to))
}

describe('a function that is deployed', { timeout: 120_000 }, () => {
  it('without a shared file is found to lack it, and does not run', async () => {
    const upload = await deployAfter((folder) => rm(join(folder, '_shared/router.ts')))
    expect((await findMissing(upload)).join()).toContain('_shared/router.ts')
    await expect(checkTypes(upload)).rejects.toThrow('_shared/router.ts')

    const host = await hostUploads(new Map([['track', upload]]), { env: {} })
    const { status } = await fetch(`${host.url}/track`)
    await host.stop()
    expect(status).toBe(503)
  })

  it('with an import that its deno.json does not explain is found to lack it', async () => {
    const upload = await deployAfter((folder) =>
      replaceIn(join(folder, 'track/deno.json'), /"zod":/, '"other":'),
    )
    expect((await findMissing(upload)).join()).toContain('Import "zod"')
  })

  it('with another version of a package than is tested here is found out', async () => {
    const upload = await deployAfter((folder) =>
      replaceIn(join(folder, 'track/deno.json'), /npm:zod@[^"]+/, 'npm:zod@1.0.0'),
    )
    await expect(checkTypes(upload)).rejects.toThrow('npm:zod@1.0.0')
  })
})
