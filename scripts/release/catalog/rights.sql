-- Who may do what. No list of rights at all means the ones that Postgres gives by itself.
with
  thing as (
    select
      format('schema %I', nspname) as name,
      coalesce(nspacl, acldefault('n', nspowner)) as acl
    from
      pg_namespace
    where
      nspname = any ($1)
    union all
    select
      format('%s %s', case relkind when 'S' then 'sequence' else 'relation' end, oid::regclass),
      coalesce(relacl, acldefault(case relkind when 'S' then 's' else 'r' end::"char", relowner))
    from
      pg_class
    where
      relnamespace::regnamespace::text = any ($1)
      and relkind in ('r', 'p', 'v', 'm', 'f', 'S')
    union all
    select
      format('column %s.%I', attrelid::regclass, attname),
      attacl
    from
      pg_attribute
      join pg_class as c on c.oid = attrelid
    where
      c.relnamespace::regnamespace::text = any ($1)
      and not attisdropped
    union all
    select
      format('function %s', oid::regprocedure),
      coalesce(proacl, acldefault('f', proowner))
    from
      pg_proc
    where
      pronamespace::regnamespace::text = any ($1)
    union all
    select
      format('type %s', oid::regtype),
      coalesce(typacl, acldefault('T', typowner))
    from
      pg_type
    where
      typnamespace::regnamespace::text = any ($1)
      -- Those of a table follow it.
      and (typtype in ('d', 'e', 'r') or typrelid in (select oid from pg_class where relkind = 'c'))
    union all
    select
      format(
        'what %s will make in %s (%s)',
        defaclrole::regrole,
        defaclnamespace::regnamespace,
        defaclobjtype
      ),
      defaclacl
    from
      pg_default_acl
    where
      defaclnamespace::regnamespace::text = any ($1)
  )
select
  format(
    'rights of %s on %s',
    case a.grantee
      when 0 then 'public'
      else a.grantee::regrole::text
    end,
    name
  ) as object,
  array_agg(
    a.privilege_type || case
      when a.is_grantable then ', and may grant it'
      else ''
    end
    order by
      a.privilege_type
  ) as rights
from
  thing
  cross join aclexplode(thing.acl) as a
group by
  name,
  a.grantee;
