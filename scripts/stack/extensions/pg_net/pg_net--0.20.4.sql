-- A stand-in for pg_net 0.20 in SQL alone: its schema, types, tables, functions, permissions and
-- errors. A worker beside the server (scripts/stack/worker) makes the requests.
create schema if not exists net;

create domain net.http_method as text check (lower(value) in ('get', 'post', 'delete'));

create unlogged table net.http_request_queue (
  id bigserial,
  method net.http_method not null,
  url text not null,
  headers jsonb,
  body bytea,
  timeout_milliseconds integer not null
);

create unlogged table net._http_response (
  id bigint,
  status_code integer,
  content_type text,
  headers jsonb,
  content text,
  timed_out boolean,
  error_msg text,
  created timestamptz not null default now()
);

create index on net._http_response (created);

create type net.request_status as enum('PENDING', 'SUCCESS', 'ERROR');

create type net.http_response as (status_code integer, headers jsonb, body text);

create type net.http_response_result as (status net.request_status, message text, response net.http_response);

create function net._urlencode_string(string character varying)
  returns text
  language sql immutable strict
  as $$
  select coalesce(string_agg(
    case when byte ~ '^[A-Za-z0-9._~-]$' then byte else '%' || upper(encode(raw, 'hex')) end, ''
    order by place
  ), '')
  from generate_series(0, length(convert_to(string, 'UTF8')) - 1) as place,
    substr(convert_to(string, 'UTF8'), place + 1, 1) as raw,
    encode(raw, 'escape') as byte
$$;

comment on function net._urlencode_string(character varying)
  is 'Percent-encodes all but unreserved bytes.';

create function net._url_problem(url text)
  returns text
  language plpgsql immutable strict set search_path = ''
  as $$
declare
  -- Scheme, host, port, and the rest; a name and password may precede the host.
  parts text[] := regexp_match(
    url,
    '^([A-Za-z][A-Za-z0-9+.-]*):(?://)?(?:[^/?#@]*@)?(\[[^/?#\]]*\]|[^:/?#]*)(?::([^/?#]*))?(.*)$'
  );
  scheme text := lower(parts[1]);
begin
  return case
    when scheme is null then 'Bad scheme'
    -- Of some other schemes it is the worker that says that it may not use them.
    when scheme not in ('http', 'https', 'file', 'ftp', 'ftps') then 'Unsupported URL scheme'
    when scheme = 'file' then null
    when parts[2] = '' then 'No host part in the URL'
    when parts[2] ~ '^\[' and parts[2] !~ '^\[[0-9A-Fa-f:.]+\]$' then 'Bad IPv6 address'
    when parts[2] !~ '^\[' and parts[2] ~ '[[:cntrl:] !@{}$''"^`*<>=;,+&()\[\]\\]' then 'Bad hostname'
    when parts[3] !~ '^[0-9]{0,5}$' or lpad(parts[3], 5, '0') > '65535' then
      'Port number was not a decimal number between 0 and 65535'
    when parts[4] ~ '[[:cntrl:] ]' then 'Bad path'
  end;
end
$$;

comment on function net._url_problem(text)
  is 'Why libcurl does not take an address, in its words; null when it does.';

create function net._encode_url_with_params_array(url text, params_array text[])
  returns text
  language plpgsql immutable strict set search_path = ''
  as $$
declare
  problem text := net._url_problem(url);
  -- Scheme, authority, path, query, fragment.
  parts text[] := regexp_match(url, '^([^:]*):(?://)?([^/?#]*)([^?#]*)(?:\?([^#]*))?(#.*)?$');
begin
  if problem is not null then
    raise exception 'invalid URL "%": %', url, problem using errcode = 'internal_error';
  end if;
  return lower(parts[1]) || '://' || parts[2] || coalesce(nullif(parts[3], ''), '/')
    || coalesce('?' || nullif(array_to_string(parts[4] || params_array, '&'), ''), '')
    || coalesce(parts[5], '');
end
$$;

comment on function net._encode_url_with_params_array(text, text[])
  is 'The address with encoded `name=value` pairs added to its query.';

create function net._params_array(params jsonb)
  returns text[]
  language sql immutable set search_path = ''
  as $$
  select coalesce(
    array_agg(net._urlencode_string(key) || '=' || net._urlencode_string(value)), '{}'
  )
  from jsonb_each_text(params)
$$;

comment on function net._params_array(jsonb) is 'An object as encoded `name=value` pairs.';

create function net.wake() returns void language sql set search_path = '' as $$
  select pg_notify('pg_net', '')
$$;

comment on function net.wake() is 'Has the worker look at the queue once this transaction commits.';

create function net.http_get(
  url text,
  params jsonb default '{}',
  headers jsonb default '{}',
  timeout_milliseconds integer default 5000
)
  returns bigint
  language plpgsql set search_path = ''
  as $$
declare
  request_id bigint;
begin
  insert into net.http_request_queue (method, url, headers, timeout_milliseconds)
  values (
    'GET',
    net._encode_url_with_params_array(url, net._params_array(params)),
    headers,
    timeout_milliseconds
  )
  returning id into request_id;
  perform net.wake();
  return request_id;
end
$$;

comment on function net.http_get(text, jsonb, jsonb, integer)
  is 'Queues a GET; its response comes under the id that is returned.';

create function net.http_post(
  url text,
  body jsonb default '{}',
  params jsonb default '{}',
  headers jsonb default '{"Content-Type": "application/json"}',
  timeout_milliseconds integer default 5000
)
  returns bigint
  language plpgsql set search_path = ''
  as $$
declare
  request_id bigint;
  content_type text;
begin
  select value into content_type
  from jsonb_each_text(coalesce(headers, '{}')) where lower(key) = 'content-type' limit 1;
  if content_type is null then
    headers := headers || '{"Content-Type": "application/json"}';
  elsif content_type <> 'application/json' then
    raise exception 'Content-Type header must be "application/json"';
  end if;
  insert into net.http_request_queue (method, url, headers, body, timeout_milliseconds)
  values (
    'POST',
    net._encode_url_with_params_array(url, net._params_array(params)),
    headers,
    convert_to(body::text, 'UTF8'),
    timeout_milliseconds
  )
  returning id into request_id;
  perform net.wake();
  return request_id;
end
$$;

comment on function net.http_post(text, jsonb, jsonb, jsonb, integer)
  is 'Queues a POST of JSON; its response comes under the id that is returned.';

create function net.http_delete(
  url text,
  params jsonb default '{}',
  headers jsonb default '{}',
  timeout_milliseconds integer default 5000,
  body jsonb default null
)
  returns bigint
  language plpgsql set search_path = ''
  as $$
declare
  request_id bigint;
begin
  insert into net.http_request_queue (method, url, headers, body, timeout_milliseconds)
  values (
    'DELETE',
    net._encode_url_with_params_array(url, net._params_array(params)),
    headers,
    convert_to(body::text, 'UTF8'),
    timeout_milliseconds
  )
  returning id into request_id;
  perform net.wake();
  return request_id;
end
$$;

comment on function net.http_delete(text, jsonb, jsonb, integer, jsonb)
  is 'Queues a DELETE; its response comes under the id that is returned.';

create function net._is_worker_up()
  returns boolean
  language sql volatile set search_path = ''
  as $$
  -- Who may not see other roles' sessions sees no worker either, as with the real one.
  select exists (
    select from pg_catalog.pg_stat_activity
    where backend_type = 'client backend' and application_name = 'pg_net 0.20.4'
      and datname = current_database()
  )
$$;

comment on function net._is_worker_up() is 'Whether a worker serves this database.';

create function net.check_worker_is_up()
  returns void
  language plpgsql set search_path = ''
  as $$
begin
  if not net._is_worker_up() then
    raise exception 'the pg_net background worker is not up' using
      detail = 'the pg_net background worker is down due to an internal error and cannot process requests',
      hint = 'make sure that you didn''t modify any of pg_net internal tables';
  end if;
end
$$;

comment on function net.check_worker_is_up()
  is 'Raises an exception when no worker serves this database.';

create function net.wait_until_running() returns void language plpgsql set search_path = '' as $$
begin
  while not net._is_worker_up() loop
    perform pg_sleep(0.05), pg_stat_clear_snapshot();
  end loop;
end
$$;

comment on function net.wait_until_running() is 'Returns when a worker serves this database.';

create function net.worker_restart()
  returns boolean
  language plpgsql security definer set search_path = ''
  as $$
begin
  perform pg_notify('pg_net', 'restart');
  return pg_reload_conf();
end
$$;

comment on function net.worker_restart()
  is 'Has the server read its settings again, and the worker begin anew after its batch.';

create function net._await_response(request_id bigint)
  returns boolean
  language plpgsql set search_path = ''
  as $$
begin
  while not exists (select from net._http_response where id = request_id) loop
    perform pg_sleep(0.05);
  end loop;
  return true;
end
$$;

comment on function net._await_response(bigint) is 'Returns when the response is there.';

create function net._http_collect_response(request_id bigint, async boolean default true)
  returns net.http_response_result
  language plpgsql set search_path = ''
  as $$
declare
  found_response net._http_response;
begin
  if not async then
    perform net._await_response(request_id);
  end if;
  select * into found_response from net._http_response where id = request_id;
  if not found or found_response.error_msg is not null then
    return row(
      'ERROR', coalesce(found_response.error_msg, 'request matching request_id not found'), null
    )::net.http_response_result;
  end if;
  return row(
    'SUCCESS',
    'ok',
    row(found_response.status_code, found_response.headers, found_response.content)::net.http_response
  )::net.http_response_result;
end
$$;

comment on function net._http_collect_response(bigint, boolean)
  is 'The response to a request; with `async` false, once it is there.';

create function net.http_collect_response(request_id bigint, async boolean default true)
  returns net.http_response_result
  language plpgsql set search_path = ''
  as $$
begin
  raise notice 'The net.http_collect_response function is deprecated.';
  -- The real one ends so, whatever it is asked: read net._http_response.
  raise syntax_error using message = 'query has no destination for result data';
end
$$;

comment on function net.http_collect_response(bigint, boolean)
  is 'Deprecated, and always an error.';

grant usage on schema net to public;
grant all on all sequences in schema net to public;
grant all on all tables in schema net to public;
