import { describe, expect, it } from 'vitest'
import { isoTime } from '../../../supabase/functions/_shared/everwatch/runtime/clock.ts'
import { BaseContext, LogEntry } from '../../../supabase/functions/_shared/everwatch/log/entry.ts'
import { longestLine } from '../../../supabase/functions/_shared/everwatch/log/line.ts'
import { writeTextLine } from '../../../supabase/functions/_shared/everwatch/log/text-line.ts'
import { runProgram } from '../../support/run-program.ts'

const program = 'tests/library/programs/log.ts'

function textOf(message: string, error?: unknown, context = {}): string {
  const base = new BaseContext(context)
  return writeTextLine(new LogEntry(0, 'info', message, error, undefined, base, {}), true)
}

function messages(output: string): unknown[] {
  return output
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line).message)
}

describe.each(['node', 'deno'] as const)('on %s', (runtime) => {
  it('prints one JSON object per line in production, and warnings and errors to stderr', async () => {
    const { stdout, stderr, exitCode } = await runProgram(runtime, program)
    expect(exitCode).toBe(0)
    expect(messages(stdout)).toEqual(['Operation completed'])
    expect(messages(stderr)).toEqual(['Slow', 'Operation\nfailed \u001B[2J'])
    expect(JSON.parse(stdout)).toMatchObject({ context: { userId: '123', apikey: '[redacted]' } })
  })

  it('prints text in development, plain where there is no terminal', async () => {
    const { stdout, stderr } = await runProgram(runtime, program, { NODE_ENV: 'development' })
    expect(stdout.replaceAll(/^\S+ /gm, '')).toBe(
      'DEBUG Debugging\nINFO Operation completed {"userId":"123","apikey":"[redacted]"}\n',
    )
    expect(stderr).toContain(' WARN Slow {"requestId":"req_1"}\n')
    expect(stderr).toContain(
      ' ERROR Operation\n    failed \\u001b[2J {"big":"1"} \n    Error: lost',
    )
  })
})

describe('in an edge function', () => {
  it('lines go to the console, where the platform collects them', async () => {
    const { stdout, stderr } = await runProgram('deno', 'tests/library/programs/log-in-function.ts')
    expect(stdout).toMatch(/^collected \{.*"Operation completed"\}\n$/)
    expect(stderr).toMatch(/^collected \{.*"Slow"\}\n$/)
  })
})

describe('for a person at a terminal', () => {
  it('a line is coloured and aligned', () => {
    expect(textOf('Hello', undefined, { a: 1 })).toBe(
      '00:00:00.000 \u001B[36mINFO \u001B[0m Hello {"a":1}',
    )
  })

  it.each([
    ['an escape', 'a\u001B[2Jb', 'a\\u001b[2Jb'],
    ['a bell', 'a\u0007', 'a\\u0007'],
    ['text that is turned round', 'a\u202Eb', 'a\\u202eb'],
    ['a carriage return, which overwrites', 'good\rbad', 'good\\u000dbad'],
    ['another line, which could be taken for a true one', 'a\n00:00:00.000 INFO b', 'a\n    00:00:00.000 INFO b'], // prettier-ignore
    ['half a pair', '\ud800', '\ufffd'],
    ['a secret', 'whsec_abcdefghijklmnop', '[redacted]'],
  ])('nothing can be mistaken for something else: %s', (_what, message, shown) => {
    expect(textOf(message)).toBe(`${textOf('')}${shown}`)
  })

  it('a line that is too long is cut', () => {
    const huge = 'x'.repeat(1e6)
    expect(textOf(huge, new Error(huge, { cause: huge }), { huge }).length).toBeLessThanOrEqual(
      longestLine,
    )
  })
})

describe('a time', () => {
  it.each([0, 1, 999, 1000, 1_700_000_000_123, -1])(
    'is written as Date would write it: %i',
    (time) => {
      expect(isoTime(time)).toBe(new Date(time).toISOString())
    },
  )
})
