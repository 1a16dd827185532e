import { readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { parseEnv } from 'node:util'
import postgres from 'postgres'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createCheckout, type Checkout, type RunningCommand } from '../support/checkout.ts'
import { only } from '../support/platform.ts'

const options = { ...only('embedded', 'the commands start that one'), timeout: 120_000 }

describe('a person at the keyboard', options, () => {
  let checkout: Checkout
  let stack: RunningCommand

  beforeAll(async () => {
    checkout = await createCheckout()
  })

  it('is told by status that nothing runs yet', async () => {
    const { code, stdout, stderr } = await checkout.run('status')
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
    expect(stderr).toBe('Everwatch is not running. Start it: npm start\n')
  })

  it('reads which program’s port is in the way, and what to do', async () => {
    const other = createServer().listen(checkout.apiPort, '127.0.0.1')
    try {
      const { code, stderr } = await checkout.run('start', '--no-demo')
      expect(code).toBe(1)
      expect(stderr).toBe(
        `Port ${checkout.apiPort} is taken by another program. End it, or change [api] port in supabase/config.toml.\n`,
      )
    } finally {
      other.close()
    }
  })

  it('starts the stack empty with --no-demo, and pastes the command that it prints', async () => {
    stack = await checkout.start('--no-demo')
    const [, url] = /curl "([^"]+)"/.exec(stack.output()) ?? []
    const response = await fetch(url ?? '')
    expect(await response.json()).toHaveProperty('openapi')
  })

  it('gets from status what a shell can read, and each value works', async () => {
    const { code, stdout } = await checkout.run('status')
    expect(code).toBe(0)
    const status = parseEnv(stdout)
    expect(stdout.match(/^\w+/gm)).toEqual([
      'API_URL',
      'DB_URL',
      'PUBLISHABLE_KEY',
      'SECRET_KEY',
      'FUNCTIONS_URL',
      'DASHBOARD_URL',
    ])
    const metrics = await fetch(`${status['FUNCTIONS_URL']}/monitoring/metrics`, {
      headers: { apikey: status['SECRET_KEY'] ?? '' },
    })
    expect(metrics.status).toBe(400)
    expect((await fetch(status['DASHBOARD_URL'] ?? '')).headers.get('content-type')).toMatch('html')
    expect(await ask(status['DB_URL'], 'show is_superuser')).toBe('on')
  })

  it('is told where it runs when starting it a second time', async () => {
    const { code, stderr } = await checkout.run('start')
    expect(code).toBe(1)
    expect(stderr).toBe(
      `Everwatch runs already, at http://127.0.0.1:${checkout.apiPort}. To stop it: npm stop\n`,
    )
  })

  it('starts again after the stack was killed, with the same keys and data', async () => {
    const before = parseEnv((await checkout.run('status')).stdout)
    stack.process.kill('SIGKILL')
    await stack.ended
    expect((await checkout.run('status')).code).toBe(1)
    stack = await checkout.start('--no-demo')
    expect(parseEnv((await checkout.run('status')).stdout)).toEqual(before)
  })

  it('stops a stack that was started elsewhere', async () => {
    const { stdout } = await checkout.run('stop')
    expect(stdout).toBe('Everwatch has stopped.\n')
    expect((await stack.ended).code).toBe(0)
    expect((await checkout.run('stop')).stdout).toBe('Everwatch was not running.\n')
  })

  it('is told to reset when a migration was edited after the data was made', async () => {
    const folder = join(checkout.folder, 'supabase/migrations')
    const [first = ''] = (await readdir(folder)).toSorted()
    const text = await readFile(join(folder, first), 'utf8')
    await writeFile(join(folder, first), `${text}\n-- edited\n`)
    const { code, stderr } = await checkout.run('start', '--no-demo')
    expect(code).toBe(1)
    expect(stderr).toBe(
      `The data in .everwatch/ cannot be used: supabase/migrations/${first} has changed since it was made. Run: npm run reset && npm start\n`,
    )
    await writeFile(join(folder, first), text)
  })

  it('continues with its data when a migration was added', async () => {
    const added = join(checkout.folder, 'supabase/migrations/20990101000000_later.sql')
    await writeFile(added, `comment on schema everwatch is 'later';`)
    stack = await checkout.start('--no-demo')
    const { DB_URL } = parseEnv((await checkout.run('status')).stdout)
    expect(await ask(DB_URL, `select obj_description('everwatch'::regnamespace)`)).toBe('later')
    await checkout.run('stop')
    await rm(added)
  })

  it('begins anew after reset', async () => {
    const { stdout } = await checkout.run('reset')
    expect(stdout).toBe('The local data is gone. The next `npm start` begins anew.\n')
    expect(await readdir(checkout.folder)).not.toContain('.everwatch')
  })

  it('is told which Node is needed where an older one runs', async () => {
    const manifest = join(checkout.folder, 'package.json')
    const text = await readFile(manifest, 'utf8')
    await writeFile(manifest, text.replace(/"node": ">=[^"]+"/, '"node": ">=99.0"'))
    const { code, stderr } = await checkout.run('start')
    expect(code).toBe(1)
    expect(stderr).toBe(`Everwatch needs Node 99.0 or newer; this is ${process.versions.node}.\n`)
    await writeFile(manifest, text)
  })

  afterAll(async () => {
    await checkout.run('stop')
  })
})

/** The one value that a query returns. */
async function ask(url: string | undefined, query: string): Promise<unknown> {
  const sql = postgres(url ?? '', { max: 1 })
  try {
    const [row] = await sql.unsafe(query)
    return Object.values(row ?? {})[0]
  } finally {
    await sql.end()
  }
}
