import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { serveStatic } from '@hono/node-server/serve-static'
import { Hono } from 'hono'
import { projectRoot } from './project.ts'
import { readText } from './state.ts'

const run = promisify(execFile)

/** The page's sources, and where the built page goes: the folder that any static host can serve. */
const sources = join(projectRoot, 'dashboard')
const built = join(sources, 'dist')
const stampFile = join(built, 'sources.sha256')

/**
 * Builds the page, unless it was built from these very sources. @returns the folder to serve
 *
 * @throws with the builder's words when it fails, for example because a first visit would load more
 *   than is allowed
 */
export async function buildDashboard(): Promise<string> {
  const stamp = await hashSources()
  if ((await readText(stampFile))?.trim() === stamp) return built
  // A process of its own: whoever calls may run as a test or for development, and React would too.
  const vite = join(projectRoot, 'node_modules/vite/bin/vite.js')
  await run(process.execPath, [vite, 'build', sources, '--logLevel', 'error'], {
    env: { ...process.env, NODE_ENV: 'production' },
  })
  await writeFile(stampFile, `${stamp}\n`)
  return built
}

async function hashSources(): Promise<string> {
  const hash = createHash('sha256')
  for (const path of await sourceFiles()) {
    hash.update(`${path}\0`).update(await readFile(join(projectRoot, path)))
  }
  return hash.digest('hex')
}

async function sourceFiles(): Promise<string[]> {
  const paths = ['package-lock.json']
  for (const folder of ['dashboard/src', 'dashboard/public', 'supabase/functions/_shared']) {
    const entries = await readdir(join(projectRoot, folder), {
      recursive: true,
      withFileTypes: true,
    })
    for (const entry of entries) {
      if (entry.isFile()) paths.push(join(entry.parentPath, entry.name).slice(projectRoot.length))
    }
  }
  return [...paths, 'dashboard/index.html', 'dashboard/vite.config.ts'].toSorted()
}

/** Serves a built page, with the two values that tell it its project. */
export function serveDashboard(
  folder: string,
  config: { url: string; publishableKey: string },
): Hono {
  const app = new Hono()
  app.get('/config.json', (c) => c.json(config))
  app.use('*', serveStatic({ root: folder, onFound: setCaching }))
  return app
}

/** What is named after its content never changes; the page that names it may. */
function setCaching(path: string, c: { header(name: string, value: string): void }): void {
  const isNamedByContent = path.includes('/assets/')
  c.header('cache-control', isNamedByContent ? 'public, max-age=31536000, immutable' : 'no-cache')
}
