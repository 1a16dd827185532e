import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { withCliHome } from '../../scripts/stack/supabase-cli.ts'
import { copyProject } from './checkout.ts'
import type { TestDatabase } from './database.ts'
import { startManagementApi, type ManagementApi } from './management-api.ts'

const run = promisify(execFile)

/** A clone of the project, beside a project on the platform that it can be deployed to. */
export interface Deployment extends ManagementApi {
  /** The clone's folder. */
  folder: string
  /** Runs commands of README.md, and returns what they print. @throws when one of them fails */
  run(commands: string): Promise<string>
}

/**
 * Prepares a deployment to a database. The commands run as they stand, but for the project's
 * reference; and the push is told the database's address, since the CLI insists on port 5432 and TLS.
 */
export async function prepareDeployment(db: TestDatabase): Promise<Deployment> {
  const api = await startManagementApi(db)
  const folder = await copyProject()
  const url = `${db.urlAs('postgres')}?sslmode=disable`
  return {
    ...api,
    folder,
    run: async (commands) => {
      const script = commands
        .replace(/^PROJECT_REF=.*$/m, `PROJECT_REF=${api.ref}`)
        .replace(/^npx supabase db push\b/m, `$& --db-url '${url}'`)
      const { stdout, stderr } = await withCliHome((home) =>
        run('sh', ['-ec', script], {
          cwd: folder,
          env: { ...home, ...api.environment, npm_config_update_notifier: 'false' },
        }),
      )
      return stdout + stderr
    },
  }
}
