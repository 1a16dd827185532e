import { spawn } from 'node:child_process'
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { tally, type Tally } from '../../scripts/ci/tally.ts'
import { projectRoot } from '../../scripts/stack/project.ts'
import { readText } from '../../scripts/stack/state.ts'

const passes = `it('passes', () => {})`

/** Runs vitest on files with these contents, and counts. */
async function runAndTally(...contents: string[]): Promise<Tally> {
  const folder = await mkdtemp(join(tmpdir(), 'everwatch-tally-'))
  try {
    await symlink(join(projectRoot, 'node_modules'), join(folder, 'node_modules'))
    for (const [index, content] of contents.entries()) {
      const text = `import { expect, it } from 'vitest'\n${content}`
      await writeFile(join(folder, `${index}.test.ts`), text)
    }
    const exitCode = await new Promise<number | null>((resolve) => {
      const vitest = join(projectRoot, 'node_modules/vitest/vitest.mjs')
      const flags = ['--reporter=json', '--outputFile=report.json']
      const child = spawn(process.execPath, [vitest, 'run', ...flags], { cwd: folder })
      child.once('exit', resolve)
    })
    return tally(await readText(join(folder, 'report.json')), exitCode)
  } finally {
    await rm(folder, { recursive: true })
  }
}

describe('a run of the tests', { timeout: 60_000 }, () => {
  it.each([
    {
      reason: 'where all is well',
      contents: [passes, `${passes}\nit('passes, too', () => {})`],
      expected: { passed: 3, failed: 0, skipped: {} },
    },
    {
      reason: 'with tests that fail or are skipped, and files that fail before them',
      contents: [
        `${passes}\nit('fails', () => expect(1).toBe(2))`,
        `it('waits', { skip: true, meta: { skipped: 'for better days' } }, () => {})`,
        `it.skip('rests', () => {})`,
        `import 'nowhere'`,
        `import { beforeAll } from 'vitest'\nbeforeAll(() => expect(1).toBe(2))\n${passes}`,
      ],
      expected: { passed: 1, failed: 3, skipped: { 'for better days': 1, rests: 1, passes: 1 } },
    },
    {
      reason: 'with an error that no test caught',
      contents: [`${passes}\nvoid Promise.reject(new Error('forgotten'))`],
      expected: { passed: 1, failed: 1, skipped: {} },
    },
    {
      reason: 'with no test that ran',
      contents: [`it.skip('rests', () => {})`],
      expected: { passed: 0, failed: 1, skipped: { rests: 1 } },
    },
  ])('is counted $reason', async ({ contents, expected }) => {
    expect(await runAndTally(...contents)).toEqual(expected)
  })

  it.each([
    ['wrote nothing', undefined, 1],
    ['was cut off', '{"testResults":[{"assert', null],
    ['says that all is well, and wrote nothing', undefined, 0],
  ])('is a failure when it %s', (_reason, report, exitCode) => {
    expect(tally(report, exitCode)).toEqual({ passed: 0, failed: 1, skipped: {} })
  })
})
