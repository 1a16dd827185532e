select
  format('comment on %s %s', thing.type, thing.identity) as object,
  d.description as comment
from
  pg_description as d
  cross join pg_identify_object(d.classoid, d.objoid, d.objsubid) as thing
where
  -- A policy, a trigger or a constraint is in the schema of its table, which its identity ends with.
  coalesce(
    thing.schema,
    substring(thing.identity from '^"?(\w+)"?$'),
    substring(thing.identity from ' on "?(\w+)"?\.')
  ) = any ($1);
