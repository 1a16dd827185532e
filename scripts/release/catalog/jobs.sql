-- The name of the database is another in each: what counts is that it is this one.
select
  format('job %s', coalesce(jobname, command)) as object,
  schedule,
  command,
  username,
  active,
  database = current_database() as in_this_database
from
  cron.job
where
  coalesce(jobname, '') like 'everwatch%'
  or command like '%everwatch%';
