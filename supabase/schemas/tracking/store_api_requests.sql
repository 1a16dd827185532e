-- Requests are stored or known; none changes.
create function everwatch_private.store_api_requests(
  rows everwatch.api_audit_logs[],
  ids uuid[],
  with_repeats boolean
)
  returns everwatch_private.rejection[]
  language plpgsql set search_path = '' set plan_cache_mode = force_generic_plan
  as $$
declare
  rejected constant everwatch_private.rejection[] := everwatch_private.judge_api_audit_logs(rows);
  known constant uuid[] := array(select l.id from everwatch.api_audit_logs as l where l.id = any (ids));
begin
  if rejected <> '{}' then
    rows := everwatch_private.set_aside(rows, array(select j.place from unnest(rejected) as j));
  end if;
  if with_repeats then
    rows := everwatch_private.set_aside(rows, everwatch_private.repeats(array(select r.id from unnest(rows) as r)));
  end if;
  insert into everwatch.api_audit_logs (
    id, org_id, request_id, api_key_id, method, path, resource_type, status_code, duration_ms, ip,
    user_agent, created_at, bytes_out
  )
  select coalesce(r.id, gen_random_uuid()), r.org_id, r.request_id, r.api_key_id, r.method, r.path,
    r.resource_type, r.status_code, r.duration_ms, r.ip, r.user_agent, coalesce(r.created_at, now()),
    r.bytes_out
  from unnest(rows) with ordinality as r
  where r.org_id is not null and (r.id is null or r.id <> all (known))
  order by r.ordinality;
  return rejected;
end
$$;

comment on function everwatch_private.store_api_requests(everwatch.api_audit_logs[], uuid[], boolean)
  is 'Stores requests and returns those that cannot be. ids: those of all rows of the batch.';

revoke execute
  on function everwatch_private.store_api_requests(everwatch.api_audit_logs[], uuid[], boolean)
  from public;
