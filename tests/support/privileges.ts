import type { TestDatabase } from './database.ts'

/**
 * Everything that any role but the owner may do with anything that is there: one sentence for each
 * role, thing and privilege, columns and what everyone may included.
 */
export async function everyPrivilege(db: TestDatabase): Promise<Set<string>> {
  const rows = await db.sql<{ sentence: string }[]>`
    with role as (
      select rolname::text as name from pg_roles
      where not rolsuper and rolname !~ '^pg_' and rolname <> 'postgres'
      union all
      select 'public'
    ),
    schema as (
      select oid, nspname from pg_namespace where nspname !~ '^pg_' and nspname <> 'information_schema'
    ),
    relation as (
      select c.oid, format('%I.%I', nspname, relname) as name, relkind
      from pg_class as c join schema on schema.oid = relnamespace
      where relkind in ('r', 'p', 'v', 'm', 'f', 'S')
    ),
    allowed as (
      select role.name as role, privilege, 'schema ' || nspname as thing
      from role, schema, unnest('{usage,create}'::text[]) as privilege
      where has_schema_privilege(role.name, schema.oid, privilege)
      union all
      select role.name, privilege, relation.name
      from role, relation,
        unnest('{select,insert,update,delete,truncate,references,trigger}'::text[]) as privilege
      where relkind <> 'S' and has_table_privilege(role.name, relation.oid, privilege)
      union all
      select role.name, privilege, format('%s (%s)', relation.name, attname)
      from role, relation
      join pg_attribute on attrelid = relation.oid and attnum > 0 and not attisdropped,
        unnest('{select,insert,update,references}'::text[]) as privilege
      where relkind <> 'S' and has_column_privilege(role.name, relation.oid, attnum, privilege)
      union all
      select role.name, privilege, relation.name
      from role, relation, unnest('{usage,select,update}'::text[]) as privilege
      where relkind = 'S' and has_sequence_privilege(role.name, relation.oid, privilege)
      union all
      select role.name, 'execute', format('%s.%s(%s)', nspname, proname, oidvectortypes(proargtypes))
      from role, pg_proc as p join schema on schema.oid = pronamespace
      where has_function_privilege(role.name, p.oid, 'execute')
    )
    select format('%s may %s %s', role, privilege, thing) as sentence from allowed`
  return new Set(rows.map(({ sentence }) => sentence))
}

/** What roles may do in one database and not in another, sorted. */
export async function gained(before: TestDatabase, after: TestDatabase): Promise<string[]> {
  const [had, has] = [await everyPrivilege(before), await everyPrivilege(after)]
  return [...has].filter((sentence) => !had.has(sentence)).toSorted()
}
