import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Hono } from 'hono'
import { bearerAuth } from 'hono/bearer-auth'
import postgres from 'postgres'
import { z } from 'zod'
import { serveHttp } from '../../scripts/stack/http.ts'
import { projectRoot } from '../../scripts/stack/project.ts'
import { atEndOfFile } from './cleanup.ts'
import type { TestDatabase } from './database.ts'
import { describeUpload, storeUpload, type Upload } from './uploads.ts'

/** A project as the Management API knows it. */
export interface ManagementApi {
  /** The project's reference. */
  ref: string
  /** Has the CLI deploy here, with nothing asked of whoever runs it. */
  environment: Record<string, string>
  /** The functions that are deployed now, by name. */
  functions: Map<string, Upload>
}

const ref = 'abcdefghijklmnopqrst'
const accessToken = `sbp_${'0123456789abcdef'.repeat(2)}01234567`
/** Nothing answers there: the CLI only compares the domain with its profile's. */
const poolerHost = 'pooler.test'
const poolerUrl = `postgres://postgres.${ref}:[YOUR-PASSWORD]@${poolerHost}:6543/postgres`

const deployQuery = z.strictObject({
  slug: z.string().regex(/^[A-Za-z][A-Za-z0-9_-]*$/),
  bundleOnly: z.literal('true').optional(),
})

/** What the answer to an upload says of it, which the CLI hands back to have it go live. */
const bundlesSchema = z.array(z.looseObject({ id: z.uuid(), slug: z.string() })).min(1)

/**
 * Stands in for the Management API, for one project with this database: as much of it as the
 * commands in README.md ask for. It keeps what is uploaded, and ends with the test file.
 */
export async function startManagementApi(db: TestDatabase): Promise<ManagementApi> {
  const folder = await mkdtemp(join(tmpdir(), 'everwatch-deploy-'))
  // The platform fetches the packages that a function's `deno.json` names. These are those that are
  // installed here: uploads find them above their own folder, and Deno refuses another version.
  await symlink(join(projectRoot, 'node_modules'), join(folder, 'node_modules'))
  const functions = new Map<string, Upload>()
  const app = createApp(db, folder, functions)
  const server = await serveHttp((request) => app.fetch(request))
  atEndOfFile(async () => {
    await server.stop()
    await rm(folder, { recursive: true, force: true })
  })
  const profile = join(folder, 'profile.yaml')
  await writeFile(
    profile,
    [
      'name: rehearsal',
      `api_url: ${server.url}`,
      `dashboard_url: ${server.url}`,
      'project_host: project.test',
      `pooler_host: ${poolerHost}`,
    ].join('\n'),
  )
  return {
    ref,
    environment: {
      SUPABASE_PROFILE: profile,
      SUPABASE_ACCESS_TOKEN: accessToken,
      // Else the CLI makes itself a role, and tries it at the pooler before anything.
      SUPABASE_DB_PASSWORD: 'unused',
    },
    functions,
  }
}

function createApp(db: TestDatabase, folder: string, functions: Map<string, Upload>): Hono {
  const app = new Hono()
  const bundles = new Map<string, Upload>()
  const project = `/v1/projects/${ref}`
  app.use(bearerAuth({ token: accessToken }))
  app.onError((error, c) =>
    error instanceof z.ZodError
      ? c.json({ message: z.prettifyError(error) }, 400)
      : c.json({ message: error.message }, 500),
  )

  app.get(project, (c) =>
    c.json({
      id: ref,
      ref,
      name: 'Rehearsal',
      region: 'eu-central-1',
      organization_id: 'acme',
      organization_slug: 'acme',
      created_at: '2026-11-24T00:00:00Z',
      status: 'ACTIVE_HEALTHY',
      database: {
        host: `db.${ref}.project.test`,
        version: '17.6.1.000',
        postgres_engine: '17',
        release_channel: 'ga',
      },
    }),
  )
  app.get(`${project}/api-keys`, (c) =>
    c.json([
      { type: 'publishable', name: 'default', api_key: 'sb_publishable_of_the_rehearsal' },
      { type: 'secret', name: 'default', api_key: 'sb_secret_of_the_rehearsal' },
    ]),
  )
  app.get(`${project}/config/database/pooler`, (c) =>
    c.json([
      {
        identifier: ref,
        database_type: 'PRIMARY',
        is_using_scram_auth: true,
        db_user: 'postgres',
        db_host: poolerHost,
        db_port: 6543,
        db_name: 'postgres',
        connection_string: poolerUrl,
        connectionString: poolerUrl,
        default_pool_size: 15,
        max_client_conn: 200,
        pool_mode: 'transaction',
      },
    ]),
  )
  app.post(`${project}/functions/deploy`, async (c) => {
    const { slug, bundleOnly } = deployQuery.parse(c.req.query())
    const upload = await storeUpload(await c.req.formData(), slug, folder)
    bundles.set(upload.id, upload)
    if (!bundleOnly) functions.set(slug, upload)
    return c.json(describeUpload(upload), 201)
  })
  app.put(`${project}/functions`, async (c) => {
    const chosen = bundlesSchema.parse(await c.req.json()).map(({ id }) => bundles.get(id))
    for (const upload of chosen) {
      if (!upload) return c.json({ message: 'There is no such bundle' }, 400)
      functions.set(upload.slug, upload)
    }
    return c.json({ functions: Array.from(functions.values(), describeUpload) })
  })
  app.post(`${project}/database/query`, async (c) => {
    const { query } = z.strictObject({ query: z.string().min(1) }).parse(await c.req.json())
    try {
      return c.json(await db.sql.unsafe(query), 201)
    } catch (error) {
      if (!(error instanceof postgres.PostgresError)) throw error
      return c.json({ message: error.message }, 400)
    }
  })
  return app
}
