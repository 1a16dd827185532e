-- Objects of kinds that no other query here looks at, such as operators: that they are there, at least.
select distinct
  format('%s (its definition is not compared)', pg_describe_object(classid, objid, objsubid)) as object
from
  pg_depend
where
  refclassid = 'pg_namespace'::regclass
  and refobjid::regnamespace::text = any ($1)
  and classid not in (
    'pg_class'::regclass,
    'pg_proc'::regclass,
    'pg_type'::regclass,
    'pg_constraint'::regclass,
    'pg_default_acl'::regclass
  );
