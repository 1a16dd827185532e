-- Whatever schema they are in: ours rest on them.
select
  format('extension %I', extname) as object,
  extnamespace::regnamespace as schema
from
  pg_extension;
