-- What a text must be like that Postgres would take more freely. Patterns of places, such as
-- ^\d{4}-\d\d, are slow in Postgres, which prepares them anew for each text: hence like and translate.
create function everwatch_private.is_time(value text)
  returns boolean
  language plpgsql stable set search_path = ''
  as $$
declare
  -- With a 0 for every digit.
  shape constant text := translate(value, '123456789', '000000000');
  rest text := substr(shape, 17);
begin
  -- Postgres alone would also take `tomorrow`, and times without an offset.
  if shape not like '0000-00-00T00:00%' and shape not like '0000-00-00 00:00%' then
    return false;
  end if;
  if rest like ':00%' then
    rest := substr(rest, 4);
    if rest like '.0%' then
      rest := ltrim(substr(rest, 2), '0');
    end if;
  end if;
  return rest in ('Z', '+00', '-00', '+0000', '-0000', '+00:00', '-00:00')
    and value::timestamptz <= now() + interval '5 minutes';
exception
  when data_exception then return false;
end
$$;

comment on function everwatch_private.is_time(text)
  is 'Whether a text is an ISO 8601 time with an offset, at most five minutes ahead of the database''s clock.';

create function everwatch_private.is_ip(value text)
  returns boolean
  language plpgsql immutable set search_path = ''
  as $$
begin
  return value::inet is not null;
exception
  when data_exception then return false;
end
$$;

comment on function everwatch_private.is_ip(text) is 'Whether a text is an IPv4 or IPv6 address.';

create function everwatch_private.is_labels(value jsonb)
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

comment on function everwatch_private.is_labels(jsonb)
  is 'Whether a value is a set of labels: up to 10 texts of up to 200 characters, by name.';

revoke execute
  on function
    everwatch_private.is_time(text),
    everwatch_private.is_ip(text),
    everwatch_private.is_labels(jsonb)
  from public;
