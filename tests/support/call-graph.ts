import type { TestDatabase } from './database.ts'

interface Function {
  /** Schema-qualified, without its arguments. */
  name: string
  /** What it runs as its caller: its body, unless it runs as its owner, and its arguments' defaults. */
  text: string
  may: boolean
}

/** What of ours a text calls; functions look nothing up in a search path, so each has its schema. */
function callsIn(text: string, functions: Function[]): string[] {
  const named = Array.from(
    text.matchAll(/\b(everwatch(?:_private)?\.\w+)\s*\(/g),
    ([, name]) => name!,
  )
  if (!text.includes('everwatch_private.%I(')) return named
  // One of a kind, whose name ends with a word that is put together.
  const endings = Array.from(text.matchAll(/'(_\w+)'/g), ([, ending]) => ending!)
  const ofKind = functions.filter(({ name }) => endings.some((ending) => name.endsWith(ending)))
  return [...named, ...ofKind.map(({ name }) => name)]
}

/**
 * The functions in `everwatch_private` that a role may run, and that nothing which the role reaches
 * calls as the role: no function of `everwatch`, view, policy, default, check, index or trigger.
 */
export async function unneededGrants(db: TestDatabase, role: string): Promise<string[]> {
  const functions = await db.sql<Function[]>`
    select nspname || '.' || proname as name,
      concat(pg_get_expr(proargdefaults, 0), case when not prosecdef then prosrc end) as text,
      has_function_privilege(${role}, p.oid, 'execute') as may
    from pg_proc as p join pg_namespace as n on n.oid = pronamespace
    where nspname in ('everwatch', 'everwatch_private')`
  const texts = await db.sql<{ text: string }[]>`
    with reached as (
      select c.oid as relation, relkind,
        has_any_column_privilege(${role}, c.oid, 'insert, update') as is_written
      from pg_class as c
      where relnamespace in ('everwatch'::regnamespace, 'everwatch_private'::regnamespace)
        and relkind in ('r', 'p', 'v') and has_any_column_privilege(${role}, c.oid, 'select, insert, update')
    )
    select pg_get_viewdef(relation) as text from reached where relkind = 'v'
    union all
    select concat(pg_get_expr(polqual, polrelid), pg_get_expr(polwithcheck, polrelid))
    from pg_policy join reached on relation = polrelid
    union all
    select pg_get_constraintdef(c.oid) from pg_constraint as c
    join reached on relation = conrelid and is_written
    union all
    select pg_get_expr(adbin, adrelid) from pg_attrdef join reached on relation = adrelid and is_written
    union all
    select concat(pg_get_expr(indexprs, indrelid), pg_get_expr(indpred, indrelid))
    from pg_index join reached on relation = indrelid and is_written
    union all
    select concat(regexp_replace(pg_get_triggerdef(t.oid), ' EXECUTE .*', ''), case when not prosecdef then prosrc end)
    from pg_trigger as t join pg_proc as p on p.oid = tgfoid join reached on relation = tgrelid and is_written`

  const needed = new Set<string>()
  const need = (names: string[]): void => {
    for (const name of names.filter((each) => !needed.has(each))) {
      needed.add(name)
      for (const each of functions.filter((f) => f.name === name))
        need(callsIn(each.text, functions))
    }
  }
  const entries = functions.filter(({ name, may }) => may && name.startsWith('everwatch.'))
  need(entries.map(({ name }) => name))
  for (const { text } of texts) need(callsIn(text ?? '', functions))
  const granted = functions.filter(({ may }) => may).map(({ name }) => name)
  return granted.filter((name) => !needed.has(name)).toSorted()
}
