-- What may be tracked. The `track` function has validated a batch before it comes here; it is judged
-- again so that no event, whoever sent it, can fail the others of its batch at a column's type.
create function monitoring.event_fields()
  returns table(type text, field text, kind text, required boolean, limits int8range, pattern text)
  language sql immutable set search_path = ''
  as $$
  values
    ('webhook_delivery', 'id', 'uuid', false, null::int8range, null::text),
    ('webhook_delivery', 'webhook_id', 'reference', true, null, null),
    ('webhook_delivery', 'status', 'text', true, '[1,20]', '^(pending|sent|failed)$'),
    ('webhook_delivery', 'duration_ms', 'integer', false, '[0,2147483647]', null),
    ('webhook_delivery', 'event_type', 'text', false, '[1,200]', null),
    ('webhook_delivery', 'status_code', 'integer', false, '[100,599]', null),
    ('webhook_delivery', 'attempt', 'integer', false, '[1,2147483647]', null),
    ('webhook_delivery', 'error', 'text', false, '[0,10000]', null),
    ('webhook_delivery', 'sent_at', 'time', false, null, null),
    ('rule_execution', 'id', 'uuid', false, null, null),
    ('rule_execution', 'rule_id', 'reference', true, null, null),
    ('rule_execution', 'status', 'text', true, '[1,20]', '^(success|failed)$'),
    ('rule_execution', 'duration_ms', 'integer', true, '[0,2147483647]', null),
    ('rule_execution', 'affected_contacts', 'integer', true, '[0,2147483647]', null),
    ('rule_execution', 'error', 'text', false, '[0,10000]', null),
    ('rule_execution', 'executed_at', 'time', false, null, null),
    ('api_request', 'id', 'uuid', false, null, null),
    ('api_request', 'org_id', 'reference', true, null, null),
    ('api_request', 'method', 'text', true, '[1,20]', '^[A-Z]+$'),
    ('api_request', 'path', 'text', true, '[1,2048]', null),
    ('api_request', 'status_code', 'integer', true, '[100,599]', null),
    ('api_request', 'duration_ms', 'integer', true, '[0,2147483647]', null),
    ('api_request', 'request_id', 'text', false, '[1,200]', null),
    ('api_request', 'resource_type', 'text', false, '[1,100]', null),
    ('api_request', 'api_key_id', 'reference', false, null, null),
    ('api_request', 'ip', 'ip', false, null, null),
    ('api_request', 'user_agent', 'text', false, '[0,1024]', null),
    ('api_request', 'created_at', 'time', false, null, null),
    ('rate_limit', 'id', 'uuid', false, null, null),
    ('rate_limit', 'org_id', 'reference', true, null, null),
    ('rate_limit', 'key_type', 'text', true, '[1,20]', '^(api_key|org|ip)$'),
    ('rate_limit', 'identifier', 'text', true, '[1,200]', null),
    ('rate_limit', 'request_count', 'integer', true, '[0,2147483647]', null),
    ('rate_limit', 'limit_max', 'integer', true, '[1,2147483647]', null),
    ('rate_limit', 'window_start', 'time', false, null, null),
    ('rate_limit', 'window_seconds', 'integer', false, '[1,2147483647]', null),
    ('metric', 'id', 'uuid', false, null, null),
    ('metric', 'org_id', 'reference', true, null, null),
    ('metric', 'name', 'text', true, '[1,200]', '^[a-zA-Z_][a-zA-Z0-9_.:-]*$'),
    ('metric', 'kind', 'text', true, '[1,20]', '^(counter|gauge|histogram)$'),
    ('metric', 'value', 'number', true, null, null),
    ('metric', 'count', 'integer', false, '[1,2147483647]', null),
    ('metric', 'labels', 'labels', false, null, null),
    ('metric', 'at', 'time', false, null, null)
$$;

comment on function monitoring.event_fields()
  is 'The fields of each type of event. kind: uuid, reference (the uuid of a row that is there), text, integer, number (from -1e15 to 1e15), labels (a set of up to 10 texts by name), time or ip; limits: of an integer''s value or of a text''s length in characters.';

revoke all on function monitoring.event_fields() from public, anon, authenticated, service_role;
grant execute on function monitoring.event_fields() to service_role;

create function monitoring.is_time(value text)
  returns boolean
  language plpgsql stable set search_path = ''
  as $$
begin
  -- Postgres alone would also take `tomorrow`, and times without an offset.
  return value ~ '^\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d(:?\d\d)?)$'
    and value::timestamptz <= now() + interval '5 minutes';
exception
  when data_exception then return false;
end
$$;

comment on function monitoring.is_time(text)
  is 'Whether a text is an ISO 8601 time with an offset, at most five minutes ahead of the database''s clock.';

revoke all on function monitoring.is_time(text) from public, anon, authenticated, service_role;
grant execute on function monitoring.is_time(text) to service_role;

create function monitoring.is_ip(value text)
  returns boolean
  language plpgsql immutable set search_path = ''
  as $$
begin
  return value::inet is not null;
exception
  when data_exception then return false;
end
$$;

comment on function monitoring.is_ip(text) is 'Whether a text is an IPv4 or IPv6 address.';

revoke all on function monitoring.is_ip(text) from public, anon, authenticated, service_role;
grant execute on function monitoring.is_ip(text) to service_role;

create function monitoring.is_labels(value jsonb)
  returns boolean
  language sql immutable set search_path = ''
  as $$
  select case when jsonb_typeof(value) = 'object' then (
    select count(*) <= 10 and coalesce(bool_and(
      name ~ '^[a-zA-Z_][a-zA-Z0-9_]{0,62}$'
      and jsonb_typeof(label) = 'string'
      and length(label #>> '{}') <= 200
    ), true)
    from jsonb_each(value) as _ (name, label)
  ) else false end
$$;

comment on function monitoring.is_labels(jsonb)
  is 'Whether a value is a set of labels: up to 10 texts of up to 200 characters, by name.';

revoke all on function monitoring.is_labels(jsonb) from public, anon, authenticated, service_role;
grant execute on function monitoring.is_labels(jsonb) to service_role;

-- Of a reference that is well formed: whether the row is there. A key must be the same org's.
create function monitoring.is_known(event jsonb, field text)
  returns boolean
  language plpgsql stable set search_path = ''
  as $$
begin
  return case field
    when 'webhook_id' then
      exists (select from public.webhooks where id = (event ->> 'webhook_id')::uuid)
    when 'rule_id' then
      exists (select from public.automation_rules where id = (event ->> 'rule_id')::uuid)
    when 'org_id' then
      exists (select from public.orgs where id = (event ->> 'org_id')::uuid)
    when 'api_key_id' then
      exists (
        select from public.api_keys
        where id = (event ->> 'api_key_id')::uuid and org_id::text = lower(event ->> 'org_id')
      )
  end;
end
$$;

comment on function monitoring.is_known(jsonb, text)
  is 'Whether the row to which a field of an event refers is there.';

revoke all
  on function monitoring.is_known(jsonb, text)
  from public, anon, authenticated, service_role;
grant execute on function monitoring.is_known(jsonb, text) to service_role;

create function monitoring.rejected_events(events jsonb)
  returns table("position" bigint, code text, field text, message text)
  language sql stable set search_path = ''
  as $$
  with event as (
    select position, jsonb_strip_nulls(value) as body, value ->> 'type' as type
    from jsonb_array_elements(events) with ordinality as _ (value, position)
  ),
  given as (
    select event.position, event.body, spec.*,
      event.body -> spec.field as value, event.body ->> spec.field as content
    from event
    join monitoring.event_fields() as spec on spec.type = event.type
  ),
  judged as (
    select given.*,
      case
        when value is null then not required
        when kind = 'integer' then
          case
            when jsonb_typeof(value) = 'number' and content ~ '^-?\d{1,18}$'
              then content::bigint <@ limits
            else false
          end
        when kind = 'number' then
          jsonb_typeof(value) = 'number' and abs(content::numeric) <= 1e15
        when kind = 'labels' then monitoring.is_labels(value)
        when jsonb_typeof(value) <> 'string' then false
        when kind in ('uuid', 'reference') then
          content ~* '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$'
        when kind = 'text' then
          length(content)::bigint <@ limits and (pattern is null or content ~ pattern)
        when kind = 'time' then monitoring.is_time(content)
        when kind = 'ip' then monitoring.is_ip(content)
      end as valid
    from given
  ),
  problem as (
    select position, 1 as step, 'unknown_type' as code, 'type' as field,
      'must be one of ' || (
        select string_agg(distinct known.type, ', ') from monitoring.event_fields() as known
      ) as message
    from event
    where not exists (
      select from monitoring.event_fields() as known where known.type = event.type
    )
    union all
    select position, 2, case when value is null then 'required' else 'invalid' end, field,
      case
        when value is null then 'is required'
        when kind = 'integer' then
          format('must be a whole number from %s to %s', lower(limits), upper(limits) - 1)
        when kind = 'text' and pattern is not null then format('must match %s', pattern)
        when kind = 'text' then
          format('must be text of %s to %s characters', lower(limits), upper(limits) - 1)
        when kind = 'time' then 'must be an ISO 8601 time with an offset, and not ahead of now'
        when kind = 'ip' then 'must be an IP address'
        when kind = 'number' then 'must be a number from -1e15 to 1e15'
        when kind = 'labels' then 'must be up to 10 labels of text'
        else 'must be a uuid'
      end
    from judged
    where not valid
    union all
    select position, 3, 'invalid', field, 'must be null while the delivery is pending'
    from given
    where type = 'webhook_delivery' and body ->> 'status' = 'pending'
      and field in ('duration_ms', 'status_code', 'error') and value is not null
    union all
    select position, 3, 'required', field, 'is required once the delivery has finished'
    from given
    where type = 'webhook_delivery' and body ->> 'status' <> 'pending'
      and field = 'duration_ms' and value is null
    union all
    select position, 3, 'invalid', field, 'must be below 400 when the delivery was sent'
    from given
    where type = 'webhook_delivery' and body ->> 'status' = 'sent'
      and field = 'status_code' and content ~ '^[45]\d\d$'
    union all
    select position, 3, 'invalid', field, 'must not be below 0 for a counter'
    from given
    where type = 'metric' and body ->> 'kind' = 'counter' and field = 'value'
      and content like '-%' and content::numeric < 0
    union all
    select position, 4, 'not_found', field, 'does not exist'
    from judged
    where kind = 'reference' and value is not null
      and case when valid then not monitoring.is_known(body, field) end
  )
  select distinct on (position) position, code, field, message
  from problem
  order by position, step, field
$$;

comment on function monitoring.rejected_events(jsonb)
  is 'Which events of a batch cannot be stored (position from 1), and the first field of each that is wrong.';

revoke all
  on function monitoring.rejected_events(jsonb)
  from public, anon, authenticated, service_role;
grant execute on function monitoring.rejected_events(jsonb) to service_role;
