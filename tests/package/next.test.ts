import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process'
import { cp, mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { findFreePort } from '../../scripts/stack/ports.ts'
import { installPackage } from './runtime-binaries.ts'

let folder: string | undefined
let server: ChildProcessWithoutNullStreams | undefined
let url: string
let missing: string | undefined

function next(cwd: string, ...args: string[]): ChildProcessWithoutNullStreams {
  const { PATH, HOME } = process.env
  return spawn(process.execPath, [join(cwd, 'node_modules/next/dist/bin/next'), ...args], {
    cwd,
    env: { PATH, HOME, NEXT_TELEMETRY_DISABLED: '1', NODE_ENV: 'production' },
  })
}

beforeAll(async () => {
  try {
    folder = await installPackage('next@16.4.6', 'react@19.3.1', 'react-dom@19.3.1')
  } catch (error) {
    missing = `Next.js cannot be had: ${String(error).split('\n')[0]}`
    return
  }
  const route = join(folder, 'app/contacts/[id]')
  await mkdir(route, { recursive: true })
  await cp(join(import.meta.dirname, 'programs/next-route.js'), join(route, 'route.js'))
  const layout = 'export default ({ children }) => <html><body>{children}</body></html>'
  await writeFile(join(folder, 'app/layout.jsx'), layout)
  const build = next(folder, 'build')
  const [output] = await Promise.all([
    text(build.stdout),
    new Promise((resolve) => build.once('close', resolve)),
  ])
  if (build.exitCode !== 0) throw new Error(output)
  const port = await findFreePort()
  url = `http://127.0.0.1:${port}`
  server = next(folder, 'start', '--hostname', '127.0.0.1', '--port', `${port}`)
  // Nobody reads what it logs, and a full pipe would hold it.
  server.stdout.resume()
  server.stderr.resume()
  await vi.waitFor(() => fetch(url), { timeout: 60_000, interval: 200 })
})

afterAll(async () => {
  server?.kill()
  if (folder) await rm(folder, { recursive: true, force: true })
})

describe('a route handler of Next.js', () => {
  it('is passed its parameters, and answers with the request’s id', async ({ skip }) => {
    if (missing) return skip(missing)
    const response = await fetch(`${url}/contacts/42`, { headers: { 'x-request-id': 'abc' } })
    expect(await response.json()).toEqual({ id: '42', route: '/contacts/:id' })
    expect(response.headers.get('x-request-id')).toBe('abc')
  })

  it('redirects as Next.js has it', async ({ skip }) => {
    if (missing) return skip(missing)
    const response = await fetch(`${url}/contacts/gone`, { redirect: 'manual' })
    expect(response.status).toBe(307)
    expect(response.headers.get('location')).toContain('/elsewhere')
  })

  it('gives nothing away when it throws', async ({ skip }) => {
    if (missing) return skip(missing)
    const response = await fetch(`${url}/contacts/broken`)
    expect(response.status).toBe(500)
    expect(await response.json()).toMatchObject({ error: { code: 'internal_error' } })
  })
})
