-- How monitoring_metrics finds its org, and how its lists are cut into pages.
create function everwatch_private.metrics_org(org_id uuid)
  returns uuid
  language plpgsql stable set search_path = ''
  as $$
declare
  mine uuid[];
begin
  if everwatch_private.reads_every_org() then
    if metrics_org.org_id is null then
      raise exception 'Name the org with org_id.'
        using errcode = 'PT400', detail = 'org_required', hint = 'org_id';
    elsif not exists (select from everwatch.orgs as o where o.id = metrics_org.org_id) then
      raise exception 'There is no such org.'
        using errcode = 'PT404', detail = 'org_not_found', hint = 'org_id';
    end if;
    return metrics_org.org_id;
  end if;

  if auth.uid() is null then
    raise exception 'Sign in first.' using errcode = 'PT401', detail = 'unauthenticated';
  end if;

  mine := array(select everwatch_private.my_org_ids());
  -- An org that does not exist and one that is another's are told alike.
  if cardinality(mine) = 0 or metrics_org.org_id <> all (mine) then
    raise exception 'You are not a member of this org.'
      using errcode = 'PT403', detail = 'not_a_member', hint = 'org_id';
  elsif metrics_org.org_id is null and cardinality(mine) > 1 then
    raise exception 'You are a member of several orgs: name one with org_id.'
      using errcode = 'PT400', detail = 'org_required', hint = 'org_id';
  end if;
  return coalesce(metrics_org.org_id, mine[1]);
end
$$;

comment on function everwatch_private.metrics_org(uuid)
  is 'The org whose metrics the caller may read: the one named, or a member''s only one. Raises PT401, PT403, PT400 or PT404 with a machine code in the detail.';

create function everwatch_private.decode_cursor(cursor text, list text)
  returns text[]
  language plpgsql immutable set search_path = ''
  as $$
declare
  place jsonb;
begin
  if cursor is null then
    return array[]::text[];
  end if;
  begin
    place := convert_from(decode(cursor, 'hex'), 'UTF8')::jsonb;
  exception
    when data_exception then place := null;
  end;
  if jsonb_typeof(place -> list) is distinct from 'array' then
    raise exception 'after is not a cursor of this list.'
      using errcode = 'PT400', detail = 'invalid_cursor', hint = 'after';
  end if;
  return array(select jsonb_array_elements_text(place -> list));
end
$$;

comment on function everwatch_private.decode_cursor(text, text)
  is 'The key after which a page of this list begins; empty for the first page. Any text is safe as a key: it is only compared.';

create function everwatch_private.encode_cursor(list text, key jsonb)
  returns text
  language plpgsql immutable set search_path = ''
  as $$
begin
  return encode(convert_to(jsonb_build_object(list, key)::text, 'UTF8'), 'hex');
end
$$;

comment on function everwatch_private.encode_cursor(text, jsonb)
  is 'The place behind the row with this key (an array) in a list, as text that is safe in a URL.';

create function everwatch_private.page(list text, items jsonb, page_limit integer)
  returns jsonb
  language plpgsql immutable set search_path = ''
  as $$
begin
  return (
    select jsonb_build_object(
      list, coalesce(jsonb_agg(f.row -> 'item' order by f.n) filter (where f.n <= page_limit), '[]'),
      'next', case
        when count(*) > page_limit
          then everwatch_private.encode_cursor(list, items -> (page_limit - 1) -> 'key')
      end
    )
    from jsonb_array_elements(items) with ordinality as f (row, n)
  );
end
$$;

comment on function everwatch_private.page(text, jsonb, integer)
  is 'One page of a list and the cursor of the next. `items` holds up to page_limit + 1 rows, each with its unique key and its item, in order.';

revoke execute
  on function
    everwatch_private.metrics_org(uuid),
    everwatch_private.decode_cursor(text, text),
    everwatch_private.encode_cursor(text, jsonb),
    everwatch_private.page(text, jsonb, integer)
  from public;
