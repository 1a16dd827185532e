import { parsePlPgSQL, parse } from 'libpg-query'
import type { TestDatabase } from './database.ts'

type Tree = { [key: string]: unknown }

/**
 * The statements of our functions and schedules that update or delete without a condition. The Data API's
 * connections of a hosted project refuse them (its extension safeupdate, 21000), inside functions as well.
 */
export async function unconditionalWrites(db: TestDatabase): Promise<string[]> {
  const bodies = await db.sql<{ name: string; language: string; source: string }[]>`
    select p.oid::regprocedure::text as name, l.lanname as language,
      case l.lanname when 'plpgsql' then pg_get_functiondef(p.oid) else p.prosrc end as source
    from pg_proc as p
    join pg_language as l on l.oid = p.prolang
    where l.lanname in ('sql', 'plpgsql')
      and (p.pronamespace in ('everwatch'::regnamespace, 'everwatch_private'::regnamespace)
        or p.pronamespace = 'public'::regnamespace and p.proowner = 'postgres'::regrole)
    union all
    select jobname, 'sql', command from cron.job
    order by name`
  const found = await Promise.all(
    bodies.map(async ({ name, language, source }) => {
      const trees = language === 'sql' ? [await parse(source)] : await parseBody(source)
      const writes = await Promise.all(trees.map((tree) => writesIn(tree)))
      return writes.flat().map((write) => `${name}: ${write}`)
    }),
  )
  return found.flat()
}

/**
 * Each statement and expression of a function in plpgsql. The parser knows no types: it would take an
 * array of ours for a record.
 */
async function parseBody(definition: string): Promise<unknown[]> {
  const queries = collect(
    await parsePlPgSQL(definition.replaceAll(/\beverwatch(_private)?\.\w+\[\]/g, 'text[]')),
    'PLpgSQL_expr',
  )
  return Promise.all(queries.map((expression) => parseQuery(String(expression['query']))))
}

/** An expression stands alone there, or is assigned. */
async function parseQuery(query: string): Promise<unknown> {
  const forms = [query, `select ${query}`, `select ${query.replace(/^.*?:=/s, '')}`]
  for (const form of forms) {
    try {
      return await parse(form)
    } catch {}
  }
  throw new Error(`No SQL that can be read: ${query}`)
}

async function writesIn(tree: unknown): Promise<string[]> {
  const plain = (['UpdateStmt', 'DeleteStmt'] as const).flatMap((kind) =>
    collect(tree, kind)
      .filter((statement) => !statement['whereClause'])
      .map((statement) => `${kind} of ${relationOf(statement)}`),
  )
  const texts = [...new Set(collect(tree, 'sval').map(({ sval }) => String(sval)))]
  const executed = await Promise.all(
    texts
      .filter((text) => /\b(delete\s+from|update\s+\S+(\s+as\s+\w+)?\s+set)\b/i.test(text))
      .map(writesInText),
  )
  return [...plain, ...executed.flat()]
}

/** Of a statement that is put together by format(): names and values are put in. */
async function writesInText(text: string): Promise<string[]> {
  const statement = text.replaceAll(/%(\d+\$)?L/g, `'x'`).replaceAll(/%(\d+\$)?[Is]/g, 'x')
  return writesIn(await parse(statement))
}

const relationOf = (statement: Tree): string =>
  String((statement['relation'] as { relname?: string } | undefined)?.relname)

/** All nodes of a kind, at any depth; a string's own node is the one that holds it. */
function collect(node: unknown, kind: string): Tree[] {
  if (typeof node !== 'object' || node === null) return []
  return Object.entries(node).flatMap(([key, value]) => {
    const inner = collect(value, kind)
    if (key !== kind) return inner
    return [...inner, (typeof value === 'object' ? value : node) as Tree]
  })
}
