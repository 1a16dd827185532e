-- What sending needs: to know where the edge functions are, and a worker of pg_net.
create function everwatch_private.missing_sending()
  returns table(part text, detail text, remedy text)
  language plpgsql set search_path = ''
  as $$
begin
  return query
  select 'functions_url', 'it is not said where the edge functions are, so nothing is sent',
    'update everwatch_private.settings set functions_url = ''https://<project>.supabase.co/functions/v1'' where singleton'
  where not exists (select from everwatch_private.settings as s where s.functions_url is not null);

  if to_regnamespace('net') is not null and not everwatch_private.pg_net_is_up() then
    return query select 'worker', 'pg_net has no worker, so nothing is sent', 'select net.worker_restart()';
  end if;
end
$$;

comment on function everwatch_private.missing_sending()
  is 'What keeps the database from calling the edge functions.';

revoke execute on function everwatch_private.missing_sending() from public;
