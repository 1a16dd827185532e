import { spawn } from 'node:child_process'
import { cp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { startTrackServer, type TrackServer } from '../support/track-server.ts'
import { installPackage, runtimes } from './runtime-binaries.ts'

let folder: string
let server: TrackServer

beforeAll(async () => {
  folder = await installPackage()
  await cp(join(import.meta.dirname, 'programs/app.mjs'), join(folder, 'app.mjs'))
})

afterAll(() => rm(folder, { recursive: true, force: true }))

beforeEach(async () => {
  server = await startTrackServer()
})

describe.each(runtimes)('the packed package on $name', ({ find }) => {
  it('logs, serves, tracks, and loses nothing when the program ends', async ({ skip }) => {
    const found = await find(folder)
    if ('missing' in found) return skip(found.missing)
    const child = spawn(found.command, [...found.args, 'app.mjs'], {
      cwd: folder,
      env: { PATH: process.env['PATH'], HOME: process.env['HOME'], SUPABASE_URL: server.url, SUPABASE_SECRET_KEY: 'k' }, // prettier-ignore
    })
    const exited = new Promise((resolve) => child.once('close', resolve))
    const [stdout, stderr, exitCode] = await Promise.all([text(child.stdout), text(child.stderr), exited]) // prettier-ignore
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' })
    const lines = stdout.trimEnd().split('\n').map((line) => JSON.parse(line)) // prettier-ignore
    expect(lines.map(({ message }) => message)).toEqual([
      'Hello',
      'Working',
      'Request served',
      '/v1/contacts/42',
    ])
    expect(lines[1].context).toEqual({ requestId: 'req_1', apikey: '[redacted]' })
    expect(lines[3].context.requestId).toBe(lines[2].context.requestId)
    expect(
      server
        .events()
        .map(({ type }) => type)
        .toSorted(),
    ).toEqual(['api_request', 'metric', 'webhook_delivery', 'webhook_delivery'])
  })
})
