import { readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { createCheckout, type CommandResult } from '../support/checkout.ts'
import { only } from '../support/platform.ts'

interface Case {
  /** The check that fails. */
  name: string
  file: string
  spoil(text: string): string
  /** What the check says, besides the file's name. */
  says: string
  /** What is in the file once it was mended; nothing where that takes a person. */
  mended?: string
}

const append =
  (line: string) =>
  (text: string): string =>
    `${text}\n${line}\n`

const release = 'supabase/migrations/20261201000000_everwatch_0.2.0.sql'

const cases: Case[] = [
  {
    name: 'Versions in each deno.json, as in package.json',
    file: 'supabase/functions/track/deno.json',
    spoil: (text) => text.replace(/zod@[\d.]+/, 'zod@0.0.1'),
    says: 'npm:zod@0.0.1 is ',
    mended: '"zod": "npm:zod@4',
  },
  {
    name: 'Reasons of the dependencies',
    file: 'docs/dependencies.md',
    spoil: (text) => text.replaceAll('`vitest`', '`jest`'),
    says: 'vitest is missing, jest is not installed',
  },
  {
    name: 'Files made from the catalog and the schema files',
    file: 'supabase/functions/_shared/database.types.ts',
    spoil: (text) => text.replaceAll('days_since_last_success', 'days_since_then'),
    says: '+          days_since_last_success: number | null',
    mended: 'days_since_last_success: number | null',
  },
  {
    name: 'Files made from the catalog and the schema files',
    file: release,
    spoil: (text) => text.replace('The tenants.', 'The users.'),
    says: '+-- The tenants.',
    mended: '-- The tenants.',
  },
  {
    name: 'Lint',
    file: 'scripts/check/step.ts',
    spoil: append(`import { Sql } from 'postgres'\nexport type Connection = Sql`),
    says: 'consistent-type-imports',
    mended: `import type { Sql } from 'postgres'`,
  },
  {
    name: 'Formatting',
    file: 'supabase/schemas/tenancy/create_org.sql',
    spoil: append("COMMENT ON FUNCTION everwatch.create_org(text)\n\nIS   'Makes an org.';"),
    says: '',
    mended: `\n\ncomment on function everwatch.create_org(text) is 'Makes an org.';`,
  },
  {
    name: 'Types, as Node sees them',
    file: 'tests/support/locks.ts',
    spoil: append(`export const wrong: number = 'one'`),
    says: `error TS2322: Type 'string' is not assignable to type 'number'.`,
  },
  {
    name: 'Types of the edge functions, as Deno sees them',
    file: 'supabase/functions/track/batch.ts',
    spoil: append(`export const wrong: number = 'one'`),
    says: `TS2322 [ERROR]: Type 'string' is not assignable to type 'number'.`,
  },
]

const embedded = only('embedded', 'the check makes that one')

describe('npm run check, where something is wrong with everything', embedded, () => {
  let checked: CommandResult
  let fixed: CommandResult
  const contents = new Map<string, string>()

  beforeAll(async () => {
    const checkout = await createCheckout()
    // The fewer files, the quicker is each check.
    for (const part of await readdir(join(checkout.folder, 'tests'))) {
      // The cases have one of these.
      if (part === 'support') continue
      await rm(join(checkout.folder, 'tests', part), { recursive: true })
    }
    for (const part of [
      'dashboard',
      'examples',
      'scripts/bench',
      'scripts/bench.ts',
      'docs/images',
    ]) {
      await rm(join(checkout.folder, part), { recursive: true })
    }
    for (const { file, spoil } of cases) {
      const path = join(checkout.folder, file)
      await writeFile(path, spoil(await readFile(path, 'utf8')))
    }
    checked = await checkout.run('check')
    fixed = await checkout.run('check', '--fix', 'versions', 'generated', 'lint', 'formatting')
    for (const { file } of cases) {
      contents.set(file, await readFile(join(checkout.folder, file), 'utf8'))
    }
  }, 300_000)

  it.each(cases)('fails for $name, and says what is wrong with $file', ({ name, file, says }) => {
    expect(checked.code).toBe(1)
    const [, report = ''] = checked.stderr.split(`✗ ${name}\n`)
    const [problem = ''] = report.split('\n→ ')
    expect(problem).toContain(file)
    expect(problem).toContain(says)
  })

  it.each(cases)('says of $name how to mend it', ({ name, mended }) => {
    const [, report = ''] = checked.stderr.split(`✗ ${name}\n`)
    const [, advice = ''] = /\n→ (.+)/.exec(report) ?? []
    expect(advice.includes('npm run check -- --fix')).toBe(mended !== undefined)
  })

  it.each(cases.filter(({ mended }) => mended))('mends $file with --fix', ({ file, mended }) => {
    expect(contents.get(file)).toContain(mended)
  })

  it('has nothing to say where it was mended', () => {
    expect(fixed).toMatchObject({ code: 0, stderr: '' })
  })
})
