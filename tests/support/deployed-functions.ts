import { execFile } from 'node:child_process'
import { symlink } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { Hono } from 'hono'
import { proxy } from 'hono/proxy'
import { z } from 'zod'
import type { FunctionsHost } from '../../scripts/stack/api.ts'
import { findDeno } from '../../scripts/stack/deno.ts'
import { startFunctions, type FunctionsOptions } from '../../scripts/stack/functions.ts'
import { serveHttp } from '../../scripts/stack/http.ts'
import { projectRoot } from '../../scripts/stack/project.ts'
import type { Upload } from './uploads.ts'

const run = promisify(execFile)

const graphSchema = z.object({
  modules: z.array(
    z.object({
      specifier: z.string(),
      error: z.string().optional(),
      dependencies: z
        .array(
          z.object({
            code: z.object({ error: z.string().optional() }).optional(),
            type: z.object({ error: z.string().optional() }).optional(),
          }),
        )
        .default([]),
    }),
  ),
})

/** What of a function's imports was not uploaded, nor is in its import map, in Deno's words. */
export async function findMissing({ folder, metadata }: Upload): Promise<string[]> {
  const { stdout } = await deno(folder, [
    'info',
    '--json',
    '--no-lock',
    '--no-remote',
    '--no-npm',
    `--config=${metadata.import_map_path}`,
    metadata.entrypoint_path,
  ])
  const { modules } = graphSchema.parse(JSON.parse(stdout))
  return modules
    .filter(({ specifier }) => !specifier.startsWith('npm:'))
    .flatMap(({ error, dependencies }) => [
      error,
      ...dependencies.flatMap(({ code, type }) => [code?.error, type?.error]),
    ])
    .filter((error) => error !== undefined)
}

/** Checks the types of a function. @throws with what is wrong */
export async function checkTypes({ folder, metadata }: Upload): Promise<void> {
  // The types of `node:` modules are a package, too, which Deno looks for beside its configuration.
  const beside = join(folder, dirname(metadata.import_map_path), 'node_modules')
  await symlink(join(projectRoot, 'node_modules'), beside)
  await deno(folder, [
    'check',
    '--quiet',
    '--no-lock',
    '--no-remote',
    '--node-modules-dir=manual',
    `--config=${metadata.import_map_path}`,
    metadata.entrypoint_path,
  ])
}

/** Hosts functions from their uploads, each in a process of its own, as the platform does. */
export async function hostUploads(
  uploads: Map<string, Upload>,
  options: FunctionsOptions,
): Promise<FunctionsHost> {
  const hosts = new Map<string, FunctionsHost>()
  for (const [slug, upload] of uploads) {
    const folder = join(upload.folder, 'supabase/functions')
    const config = join(upload.folder, upload.metadata.import_map_path)
    hosts.set(slug, await startFunctions({ ...options, folder, config }))
  }
  const app = new Hono()
  app.all('/:slug/*', (c) => {
    const { pathname, search } = new URL(c.req.url)
    const host = hosts.get(c.req.param('slug'))
    return host ? proxy(`${host.url}${pathname}${search}`, c.req) : c.notFound()
  })
  const router = await serveHttp((request) => app.fetch(request))
  const all = [...hosts.values()]
  return {
    url: router.url,
    exited: Promise.race(all.map((host) => host.exited)),
    stop: async () => {
      await Promise.all([router.stop(), ...all.map((host) => host.stop())])
    },
  }
}

function deno(folder: string, args: string[]): Promise<{ stdout: string }> {
  return run(findDeno(), args, {
    cwd: folder,
    env: { ...process.env, NO_COLOR: '1' },
    maxBuffer: 16 * 1024 * 1024,
  })
}
