-- Requests are stored or known; none changes.
create function everwatch_private.store_api_requests(events jsonb, ids uuid[], checked boolean)
  returns void
  language plpgsql set search_path = '' set plan_cache_mode = force_generic_plan
  as $$
declare
  known constant uuid[] := array(select l.id from everwatch.api_audit_logs as l where l.id = any (ids));
begin
  insert into everwatch.api_audit_logs (
    id, org_id, request_id, api_key_id, method, path, resource_type, status_code, duration_ms, ip,
    user_agent, created_at, bytes_out
  )
  select coalesce(e.id, gen_random_uuid()), e.org_id, e.request_id, e.api_key_id, e.method, e.path,
    e.resource_type, e.status_code, e.duration_ms, e.ip, e.user_agent, coalesce(e.created_at, now()),
    e.bytes_out
  from jsonb_array_elements(events) with ordinality as _ (body, position)
  cross join lateral jsonb_to_record(body) as e (
    id uuid, org_id uuid, request_id text, api_key_id uuid, method text, path text, resource_type text,
    status_code integer, duration_ms integer, ip inet, user_agent text, created_at timestamptz,
    bytes_out bigint
  )
  where body ->> 'type' = 'api_request'
    and case
      when checked
        or to_jsonb(e) @> body - '{type,index,created_at}'::text[]
          and (
            body ->> 'created_at' is null
            or body ->> 'created_at' like '____-__-__T__:__:__%'
              and translate(body ->> 'created_at', '0123456789', '') in ('--T::Z', '--T::.Z', '--T::+:', '--T::.+:')
              and e.created_at <= now() + interval '5 minutes'
          )
        then e.id is null or e.id <> all (known)
      else everwatch_private.refuse_batch()
    end
  order by position;
end
$$;

comment on function everwatch_private.store_api_requests(jsonb, uuid[], boolean)
  is 'Stores the API requests among events, whose ids are given too.';

revoke execute on function everwatch_private.store_api_requests(jsonb, uuid[], boolean) from public;
