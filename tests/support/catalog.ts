import type { TestDatabase } from './database.ts'

/** A table, view or materialized view, and what a role may do with it. */
export interface Relation {
  /** Schema-qualified. */
  name: string
  kind: 'table' | 'view' | 'materialized view' | 'sequence'
  /** Columns by what the role may do with them. */
  readable: string[]
  insertable: string[]
  updatable: string[]
  deletable: boolean
  /** Anything else: truncate, references, trigger, or a sequence's use. */
  other: boolean
}

/**
 * What is ours: objects of the role that runs migrations, in any schema, that no extension brought.
 * Whatever is made later is therefore found without being named.
 */
const ours = (catalog: 'pg_class' | 'pg_proc', alias: string): string => `
  ${alias}.${catalog === 'pg_class' ? 'relowner' : 'proowner'} = 'postgres'::regrole
  and namespace.nspname !~ '^pg_'
  and not exists (
    select from pg_depend
    where classid = '${catalog}'::regclass and objid = ${alias}.oid and deptype = 'e'
  )`

const columns = (privilege: string): string => `
  coalesce(array(
    select attname::text from pg_attribute
    where attrelid = relation.oid and attnum > 0 and not attisdropped
      and has_column_privilege($1, relation.oid, attnum, '${privilege}')
    order by attnum
  ), '{}')`

/** Our relations that a role can reach in any way. */
export async function reachableRelations(db: TestDatabase, role: string): Promise<Relation[]> {
  return db.sql.unsafe<Relation[]>(
    `select * from (
      select format('%I.%I', nspname, relname) as name,
        case relkind when 'v' then 'view' when 'm' then 'materialized view'
          when 'S' then 'sequence' else 'table' end as kind,
        ${columns('select')} as readable,
        ${columns('insert')} as insertable,
        ${columns('update')} as updatable,
        relkind <> 'S' and has_table_privilege($1, relation.oid, 'delete') as deletable,
        case when relkind = 'S' then has_sequence_privilege($1, relation.oid, 'usage, select, update')
          else has_table_privilege($1, relation.oid, 'truncate, references, trigger') end as other
      from pg_class as relation
      join pg_namespace as namespace on namespace.oid = relnamespace
      where relkind in ('r', 'p', 'v', 'm', 'f', 'S') and ${ours('pg_class', 'relation')}
        and has_schema_privilege($1, namespace.oid, 'usage')
    ) as reached
    where deletable or other or (kind <> 'sequence' and readable || insertable || updatable <> '{}')
    order by name`,
    [role],
  )
}

/** Our functions that a role can execute, each with the types of its arguments. */
export async function reachableFunctions(db: TestDatabase, role: string): Promise<string[]> {
  const rows = await db.sql.unsafe<{ name: string }[]>(
    `select format('%s.%s(%s)', nspname, proname, oidvectortypes(proargtypes)) as name
    from pg_proc as function
    join pg_namespace as namespace on namespace.oid = pronamespace
    where ${ours('pg_proc', 'function')}
      and has_schema_privilege($1, namespace.oid, 'usage')
      and has_function_privilege($1, function.oid, 'execute')
    order by name`,
    [role],
  )
  return rows.map(({ name }) => name)
}

/** What of ours breaks a rule that a condition on the catalog states. */
export async function relationsWhere(db: TestDatabase, condition: string): Promise<string[]> {
  const rows = await db.sql.unsafe<{ name: string }[]>(
    `select format('%I.%I', nspname, relname) as name
    from pg_class as relation
    join pg_namespace as namespace on namespace.oid = relnamespace
    where ${ours('pg_class', 'relation')} and nspname in ('everwatch', 'everwatch_private')
      and relkind in ('r', 'p', 'v', 'm') and (${condition})
    order by name`,
  )
  return rows.map(({ name }) => name)
}

/** As `relationsWhere`, for functions. */
export async function functionsWhere(db: TestDatabase, condition: string): Promise<string[]> {
  const rows = await db.sql.unsafe<{ name: string }[]>(
    `select format('%s.%s(%s)', nspname, proname, oidvectortypes(proargtypes)) as name
    from pg_proc as function
    join pg_namespace as namespace on namespace.oid = pronamespace
    where ${ours('pg_proc', 'function')} and (${condition})
    order by name`,
  )
  return rows.map(({ name }) => name)
}
