import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startFunctions, type FunctionsServer } from '../../scripts/stack/functions.ts'

const sources = {
  echo: `export default { fetch: (request: Request) => new Response(new URL(request.url).pathname) }`,
  environment: `export default { fetch: () => Response.json(Deno.env.toObject()) }`,
  unloadable: `throw new Error('cannot load: secret')`,
  empty: `export const nothing = 1`,
  throwing: `export default { fetch: () => { throw new Error('cannot serve: secret') } }`,
  forgetful: `export default { fetch: () => {
    Promise.reject(new Error('forgotten'))
    setTimeout(() => { throw new Error('forgotten, too') })
    return new Response('fine')
  } }`,
  reading: `export default { fetch: () => new Response(Deno.readTextFileSync('/etc/hostname')) }`,
  _shared: `throw new Error('is no function')`,
}

let folder: string
let functions: FunctionsServer
const logs: string[] = []

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'everwatch-functions-'))
  for (const [name, source] of Object.entries(sources)) {
    await mkdir(join(folder, name))
    await writeFile(join(folder, name, 'index.ts'), source)
  }
  functions = await startFunctions({
    env: { GREETING: 'hello' },
    folder,
    log: (line) => logs.push(line),
  })
})

afterAll(async () => {
  await functions.stop()
  await rm(folder, { recursive: true })
})

async function call(path: string): Promise<{ status: number; text: string }> {
  const response = await fetch(`${functions.url}${path}`)
  return { status: response.status, text: await response.text() }
}

describe('The host of the edge functions', () => {
  it('gives each function its requests, with the path from its name on', async () => {
    expect(await call('/echo/a/b?c=d')).toEqual({ status: 200, text: '/echo/a/b' })
  })

  it.each([
    ['is not there', 'nothing', 404],
    ['is only shared code', '_shared', 404],
    ['does not load', 'unloadable', 503],
    ['exports nothing to call', 'empty', 503],
    ['throws', 'throwing', 500],
    ['reads what is not its own', 'reading', 500],
  ])('answers for a function that %s, and gives nothing away', async (_reason, name, status) => {
    const answer = await call(`/${name}`)
    expect(answer.status).toBe(status)
    expect(JSON.parse(answer.text)).toEqual({
      error: {
        code: expect.any(String),
        message: expect.not.stringContaining('secret'),
        request_id: expect.stringMatching(/^req_/),
      },
    })
  })

  it('outlives what a function forgot to catch, and logs it', async () => {
    expect(await call('/forgetful')).toEqual({ status: 200, text: 'fine' })
    await expect.poll(() => logs.join('\n')).toContain('forgotten, too')
    expect((await call('/echo')).status).toBe(200)
  })

  it('shows the functions their own environment, and none of ours', async () => {
    const { text } = await call('/environment')
    expect(Object.keys(JSON.parse(text)).toSorted()).toEqual([
      'GREETING',
      'HOME',
      'NO_COLOR',
      'PATH',
    ])
  })

  it('ends when it is stopped', async () => {
    const other = await startFunctions({ env: {}, folder })
    await other.stop()
    await other.exited
    await expect(fetch(other.url)).rejects.toThrow('fetch failed')
  })

  it('says why when it cannot start', async () => {
    const { port } = functions
    await expect(startFunctions({ env: {}, folder, port })).rejects.toThrow(/AddrInUse|in use/)
  })
})
