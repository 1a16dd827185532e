-- The `track` function has validated a batch before it comes here; it is judged again so that no event,
-- whoever sent it, can fail the others of its batch at a column's type.
create function everwatch_private.rejected_events(events jsonb)
  returns table("position" bigint, code text, field text, message text)
  language plpgsql stable set search_path = ''
  as $$
#variable_conflict use_column
begin
  return query
  with event as materialized (
    select position, value ->> 'type' as type,
      case jsonb_typeof(value) when 'object' then jsonb_strip_nulls(value) else '{}' end as body
    from jsonb_array_elements(events) with ordinality as _ (value, position)
  ),
  known as (
    select spec.type, array_agg(spec.field) filter (where spec.required) as required
    from everwatch_private.event_fields as spec
    group by spec.type
  ),
  problem as (
    select position, 1 as step, 'unknown_type' as code, 'type' as field, null as reason
    from event
    left join known using (type)
    where known.type is null
    union all
    select position, 2, 'required', absent.field, null
    from event
    join known using (type)
    cross join lateral unnest(known.required) as absent (field)
    where not body ?& known.required and not body ? absent.field
    union all
    select position, case when valid then 4 else 2 end, case when valid then 'not_found' else 'invalid' end,
      field, null
    from (
      select event.position, event.body, spec.field, spec.kind, content,
        case
          when spec.kind = 'integer' then
            case when jsonb_typeof(value) = 'number'
              then scale(value::numeric) = 0 and value::numeric between spec.least and spec.most
              else false
            end
          when spec.kind = 'number' then
            case when jsonb_typeof(value) = 'number' then abs(value::numeric) <= 1e15 else false end
          when spec.kind = 'labels' then everwatch_private.is_labels(value)
          when jsonb_typeof(value) <> 'string' then false
          when spec.kind in ('uuid', 'reference') then
            content like '________-____-____-____-____________'
            and length(replace(content, '-', '')) = 32
            and content !~ '[^-0-9a-fA-F]'
          when spec.kind = 'time' then everwatch_private.is_time(content)
          when spec.kind = 'ip' then everwatch_private.is_ip(content)
          else
            length(content) between spec.least and spec.most
            and (spec.choices is null or content = any (spec.choices))
            and (spec.pattern is null or content ~ spec.pattern)
        end as valid
      from event
      cross join lateral jsonb_each(body) as given (key, value)
      cross join lateral (select value #>> '{}') as as_text (content)
      join everwatch_private.event_fields as spec on spec.type = event.type and spec.field = given.key
      offset 0
    ) as given
    where not valid
      or kind = 'reference' and not case field
        when 'webhook_id' then exists (select from everwatch.webhooks where id = content::uuid)
        when 'rule_id' then exists (select from everwatch.automation_rules where id = content::uuid)
        when 'org_id' then exists (select from everwatch.orgs where id = content::uuid)
        -- A key must be the same org's.
        when 'api_key_id' then exists (
          select from everwatch.api_keys
          where id = content::uuid and org_id::text = lower(body ->> 'org_id')
        )
      end
    union all
    select position, 3, rule.code, rule.field, rule.reason
    from event
    cross join lateral (
      values
        ('invalid', 'duration_ms', 'must be null while the delivery is pending', body ->> 'status' = 'pending' and body ? 'duration_ms'),
        ('invalid', 'error', 'must be null while the delivery is pending', body ->> 'status' = 'pending' and body ? 'error'),
        ('invalid', 'status_code', 'must be null while the delivery is pending', body ->> 'status' = 'pending' and body ? 'status_code'),
        ('required', 'duration_ms', 'is required once the delivery has finished', body ->> 'status' <> 'pending' and not body ? 'duration_ms'),
        ('invalid', 'status_code', 'must be below 400 when the delivery was sent', body ->> 'status' = 'sent' and body ->> 'status_code' like any (array['4__', '5__']))
    ) as rule (code, field, reason, broken)
    where type = 'webhook_delivery' and rule.broken
      and (
        body ->> 'status' = 'pending' and body ?| array['duration_ms', 'error', 'status_code']
        or body ->> 'status' <> 'pending' and not body ? 'duration_ms'
        or body ->> 'status' = 'sent' and body ->> 'status_code' >= '4'
      )
    union all
    select position, 3, 'invalid', 'value', 'must not be below 0 for a counter'
    from event
    where type = 'metric' and body ->> 'kind' = 'counter'
      and body ->> 'value' like '-%' and body -> 'value' < to_jsonb(0)
  )
  select distinct on (p.position) p.position, p.code, p.field,
    case
      when p.reason is not null then p.reason
      when p.code = 'unknown_type' then 'must be one of ' || (select string_agg(known.type, ', ' order by known.type) from known)
      when p.code = 'not_found' then 'does not exist'
      when p.code = 'required' then 'is required'
      when spec.kind = 'integer' then format('must be a whole number from %s to %s', spec.least, spec.most)
      when spec.choices is not null then 'must be one of ' || array_to_string(spec.choices, ', ')
      when spec.pattern is not null then format('must match %s', spec.pattern)
      when spec.kind = 'text' then format('must be text of %s to %s characters', spec.least, spec.most)
      when spec.kind = 'time' then 'must be an ISO 8601 time with an offset, and not ahead of now'
      when spec.kind = 'ip' then 'must be an IP address'
      when spec.kind = 'number' then 'must be a number from -1e15 to 1e15'
      when spec.kind = 'labels' then 'must be up to 10 labels of text'
      else 'must be a uuid'
    end
  from problem as p
  join event using (position)
  left join everwatch_private.event_fields as spec on spec.type = event.type and spec.field = p.field
  order by p.position, p.step, p.field;
end
$$;

comment on function everwatch_private.rejected_events(jsonb)
  is 'Which events of a batch cannot be stored (position from 1), and the first field of each that is wrong.';

revoke execute on function everwatch_private.rejected_events(jsonb) from public;
