import type { TestDatabase } from './database.ts'
import type { KnownValues } from './known-values.ts'

interface Argument {
  name: string
  type: string
  /** What a domain is made of, else the type itself. */
  base: string
}

/** What a function takes, from the catalog. */
async function argumentsOf(db: TestDatabase, signature: string): Promise<Argument[]> {
  return db.sql<Argument[]>`
    select coalesce(inputs[n], '') as name, format_type(t.oid, null) as type,
      format_type(coalesce(nullif(typbasetype, 0), t.oid), null) as base
    from pg_proc as p
    cross join lateral (
      select case when proargmodes is null then proargnames else array(
        select name from unnest(proargnames, proargmodes) with ordinality as a (name, mode, n)
        where mode in ('i', 'b', 'v') order by n
      ) end
    ) as named (inputs)
    cross join lateral unnest(proargtypes::oid[]) with ordinality as a (type, n)
    join pg_type as t on t.oid = a.type
    where p.oid = ${signature}::regprocedure
    order by n`
}

/** Whose id an argument wants by its name: `alert_id` is of `alerts`, `webhook_ids` of `webhooks`. */
const tableOf = (name: string): string => {
  const thing = name.replace(/_ids?$/, '').replace(/s$/, '')
  return thing === 'resource' ? 'webhooks' : `${thing}s`
}

const times: Record<string, string> = {
  before_start: `now() - interval '2 hours'`,
  range_start: `now() - interval '1 hour'`,
  since: `now() - interval '1 hour'`,
}

const quote = (text: string): string => `'${text.replaceAll("'", "''")}'`

/** What to try for an argument, as expressions; the likeliest comes first. */
function candidates({ name, base: type }: Argument, known: KnownValues): string[] {
  const words = (column: string): string[] => (known.words.get(column) ?? []).map(quote)
  const ids = [...known.ids.values()]
  const uuids = ids.filter((id) => !/^\d+$/.test(id))
  const own = known.ids.get(tableOf(name)) ?? known.orgId
  const byDefault = known.defaults.has(name) ? [known.defaults.get(name)!] : []
  switch (type) {
    case 'uuid':
      return [own, ...uuids].map(quote)
    case 'uuid[]':
      return [own, ...uuids].map((id) => `array[${quote(id)}]`)
    case 'bigint':
      return [own, '1', ...ids].filter((id) => /^\d+$/.test(id))
    case 'text': {
      // The names of the org's things and of its routes, and the ids of what has a series.
      const resources = name === 'name' ? [] : [known.orgId, own]
      const asText = [known.marker, `/${known.marker}`, ...resources].map(quote)
      return [
        ...byDefault,
        ...words(name),
        ...(known.optional.has(name) ? ['null'] : []),
        `'x'`,
        ...asText,
        'null',
      ]
    }
    case 'text[]': {
      const singular = words(name.replace(/s$/, ''))
      return [...byDefault, ...singular.map((word) => `array[${word}]`), 'null', `'{}'`]
    }
    case 'jsonb':
      return [
        ...byDefault,
        ...words(name),
        `'{}'`,
        `'[]'`,
        `'{"warning": 95, "change": 0.1}'`,
        'null',
      ]
    case 'timestamp with time zone':
      return [times[name] ?? 'now()', `now() + interval '1 hour'`, 'null']
    case 'boolean':
      return ['true', 'false', 'null']
    case 'integer':
      return [...byDefault, '60', '3600', 'null']
    case 'numeric':
    case 'double precision':
      return [...byDefault, '0.9', '2', 'null']
    case 'interval':
      return [`'1 hour'`, 'null']
    case 'interval[]':
      return [`'{3 days}'`, 'null']
    case 'jsonb[]':
      return [`array['{"1": 1}']`, 'null']
  }
  if (type.endsWith('[]')) return [/numeric|int/.test(type) ? `'{1,2}'` : `'{}'`, 'null']
  return [...(known.rows.get(type) ?? []).map(quote), 'null']
}

/**
 * Calls of a function that try to reach an org: one with the likeliest values, then, one argument after
 * the other, with everything else that this may be.
 */
export async function callsOf(
  db: TestDatabase,
  signature: string,
  known: KnownValues,
): Promise<string[]> {
  const list: { argument: Argument; values: string[] }[] = []
  for (const argument of await argumentsOf(db, signature)) {
    list.push({ argument, values: candidates(argument, known) })
  }
  const name = signature.slice(0, signature.indexOf('('))
  const call = (changed = -1, value = ''): string => {
    const passed = list.map(
      ({ argument, values }, n) =>
        `"${argument.name}" => (${n === changed ? value : values[0]!})::${argument.type}`,
    )
    return `select * from ${name}(${passed.join(', ')})`
  }
  return [
    ...new Set([call(), ...list.flatMap(({ values }, n) => values.map((value) => call(n, value)))]),
  ]
}
