import { readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { createCheckout, type Checkout, type CommandResult } from '../support/checkout.ts'
import { only } from '../support/platform.ts'

const options = { ...only('embedded', 'the check makes that one'), timeout: 300_000 }

const first = 'supabase/migrations/20261201000000_everwatch_0.2.0.sql'

/** What a person changes for a next release, all that a draft is known to get wrong among it. */
const additions: Record<string, string> = {
  'portal/automation_rules.sql': `
alter table everwatch.segments add column color text check (length(color) <= 20);

comment on column everwatch.segments.color is 'In which color it is shown.';

grant select, insert (color), update (color) on everwatch.segments to authenticated;`,
  'raw/webhook_deliveries.sql': `
create index webhook_deliveries_by_status_code_idx
  on everwatch.webhook_deliveries (org_id, status_code, sent_at desc);`,
  'alerts/trim_alerts.sql': `
create function everwatch_private.sweep()
  returns void
  language sql set search_path = ''
  as $$
  select everwatch_private.trim_alerts()
$$;

comment on function everwatch_private.sweep() is 'Calls trim_alerts().';

revoke execute on function everwatch_private.sweep() from public;

select
  cron.schedule('everwatch-sweep', '27 4 * * *', 'select everwatch_private.sweep()');`,
  'aliases/alias_names.sql': `
insert into
  everwatch_private.aliases(name, kind)
values
  ('orgs', 'view');`,
}

describe('a person who makes releases', options, () => {
  let checkout: Checkout

  const read = (path: string): Promise<string> => readFile(join(checkout.folder, path), 'utf8')
  const write = (path: string, text: string): Promise<void> =>
    writeFile(join(checkout.folder, path), text)
  const release = (...args: string[]): Promise<CommandResult> => checkout.run('release', ...args)
  const check = (): Promise<CommandResult> => checkout.run('check', 'releases')

  /** The file of 0.3.0 in a folder. */
  const next = async (folder: string): Promise<string> => {
    const names = await readdir(join(checkout.folder, folder))
    return `${folder}/${names.find((name) => name.endsWith('_everwatch_0.3.0.sql'))}`
  }

  beforeAll(async () => {
    checkout = await createCheckout()
    await rm(join(checkout.folder, 'tests'), { recursive: true })
  })

  it('reads how with --help', async () => {
    expect((await release('--help')).stdout).toContain('npm run release -- --freeze')
  })

  it('is kept from beginning the next while one is not frozen', async () => {
    const { code, stderr } = await release('0.3.0')
    expect(code).toBe(1)
    expect(stderr).toBe('0.2.0 is not frozen yet: npm run release -- --freeze\n')
  })

  it('freezes the first', async () => {
    const { code, stdout } = await release('--freeze')
    expect({ code, stdout }).toMatchObject({ code: 0, stdout: /^0\.2\.0 is frozen/ })
    expect(JSON.parse(await read('packages/everwatch/releases.json'))).toEqual([
      { version: '0.2.0', stamp: '20261201000000', full: expect.stringMatching(/^[0-9a-f]{64}$/) },
    ])
  })

  it('does not write it again', async () => {
    const { code, stderr } = await release()
    expect(code).toBe(1)
    expect(stderr).toMatch(/^0\.2\.0 is frozen\./)
  })

  it('reads what the schema files have, and no release', async () => {
    for (const [file, text] of Object.entries(additions)) {
      const path = `supabase/schemas/${file}`
      await write(path, `${await read(path)}${text}\n`)
    }
    const { code, stderr } = await check()
    expect(code).toBe(1)
    expect(stderr).toContain('column everwatch.segments.color: only in the schema files')
    expect(stderr).toContain('job everwatch-sweep: only in the schema files')
  })

  it('gets a draft of the next, and reads what it lacks: data', async () => {
    const { code, stdout } = await release('0.3.0')
    expect(code).toBe(0)
    const [, byHand] = stdout.split('To be finished by hand:\n\n')
    const lines = byHand?.trim().split('\n') ?? []
    // With the row, there is the alias: a column, a comment, rights.
    expect(lines.filter((line) => !line.includes('public.orgs'))).toEqual([
      'row of everwatch_private.aliases with name "orgs": only in the schema files',
    ])
  })

  it('finishes it', async () => {
    const path = await next('supabase/migrations')
    const seed = additions['aliases/alias_names.sql']
    const text = (await read(path)).replace(
      '\nreset check_function_bodies;',
      `${seed}\n\nreset check_function_bodies;`,
    )
    await write(path, text)
    expect(await release()).toMatchObject({ code: 0, stderr: '' })
    expect(await check()).toMatchObject({ code: 0, stderr: '' })
    expect(await release('--freeze')).toMatchObject({ code: 0, stderr: '' })
  })

  it('finds both its files, the whole database and what changed, under one name', async () => {
    const [delta, full] = [
      await next('supabase/migrations'),
      await next('packages/everwatch/releases'),
    ]
    expect(delta.split('/').at(-1)).toBe(full.split('/').at(-1))
    expect(await read(full)).toContain('create schema everwatch;')
    expect(await read(delta)).not.toContain('create schema everwatch;')
    expect(JSON.parse(await read('packages/everwatch/package.json'))).toMatchObject({
      version: '0.3.0',
    })
  })

  it('is told when a frozen file was edited', async () => {
    await write(first, `${await read(first)}\n-- edited\n`)
    const { code, stderr } = await check()
    expect(code).toBe(1)
    expect(stderr).toContain(`${first} was changed since 0.2.0 was released`)
  })
})
