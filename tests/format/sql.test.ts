import { readdirSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { format } from 'prettier'
import { describe, expect, it } from 'vitest'
import { projectRoot } from '../../scripts/stack/project.ts'

const layOut = (text: string): Promise<string> =>
  format(text, {
    parser: 'sql',
    plugins: [join(projectRoot, 'scripts/format/sql-plugin.mjs')],
    printWidth: 100,
  })

describe('a definition', () => {
  it.each([
    [
      'stands on one line where it fits',
      'revoke all on everwatch.orgs\nfrom\n  anon,\n  authenticated;',
      'revoke all on everwatch.orgs from anon, authenticated;\n',
    ],
    [
      'has a clause a line where it does not',
      `create policy "members read the webhooks of their orgs" on everwatch.webhooks for select to authenticated using (org_id in (select everwatch_private.my_org_ids ()));`,
      `create policy "members read the webhooks of their orgs"
  on everwatch.webhooks
  for select
  to authenticated
  using (org_id in (select everwatch_private.my_org_ids()));
`,
    ],
    [
      'has a function a line where it grants many',
      `grant execute on function everwatch.monitoring_metrics(uuid, text, integer, text), everwatch_private.track_events(jsonb) to service_role;`,
      `grant execute
  on function
    everwatch.monitoring_metrics(uuid, text, integer, text),
    everwatch_private.track_events(jsonb)
  to service_role;
`,
    ],
    [
      'leaves the body of a function to its author',
      `create function public.f () returns integer language sql as $$\n    select   1;\n$$;`,
      `create function public.f() returns integer language sql as $$\n    select   1;\n$$;\n`,
    ],
    [
      'keeps what is quoted, semicolons and all',
      `comment on table everwatch.orgs is 'A; b  (C) -- d';`,
      `comment on table everwatch.orgs is 'A; b  (C) -- d';\n`,
    ],
    [
      'is left as it is when a comment stands amid it',
      `create index on everwatch.orgs (name) -- why\n  where name is not null;`,
      `create index on everwatch.orgs (name) -- why\n  where name is not null;\n`,
    ],
  ])('%s', async (_reason, text, expected) => {
    expect(await layOut(text)).toBe(expected)
  })
})

describe('a query', () => {
  it('has short brackets on one line', async () => {
    const text = `create view public.v as select count(*) filter (where status = 'sent') as sent from everwatch.webhook_deliveries where org_id = 'a';`
    expect(await layOut(text)).toContain(`count(*) filter (where status = 'sent') as sent`)
  })
})

describe('every SQL file of the project', () => {
  const files = ['scripts', 'supabase'].flatMap((folder) =>
    readdirSync(join(projectRoot, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.sql'))
      .map((name) => join(folder, name)),
  )

  it.each(files)('%s stays as it is once it was laid out', async (file) => {
    const once = await layOut(await readFile(join(projectRoot, file), 'utf8'))
    expect(await layOut(once)).toBe(once)
  })
})
