-- A stand-in for pg_cron 1.6 in SQL alone: its schema, tables, functions, permissions and errors.
-- The schedules are kept by a worker beside the server (scripts/stack/worker), which runs what
-- `cron._is_due` says is due.
create schema cron;

create sequence cron.jobid_seq;

create sequence cron.runid_seq;

create table cron.job (
  jobid bigint primary key default nextval('cron.jobid_seq'),
  schedule text not null,
  command text not null,
  nodename text not null default 'localhost',
  nodeport integer not null default inet_server_port(),
  database text not null default current_database(),
  username text not null default current_user,
  active boolean not null default true,
  jobname text,
  constraint jobname_username_uniq unique (jobname, username)
);

alter table cron.job enable row level security;

create policy cron_job_policy on cron.job using (username = current_user);

create table cron.job_run_details (
  jobid bigint,
  runid bigint primary key default nextval('cron.runid_seq'),
  job_pid integer,
  database text,
  username text,
  command text,
  status text,
  return_message text,
  start_time timestamptz,
  end_time timestamptz
);

alter table cron.job_run_details enable row level security;

create policy cron_job_run_details_policy on cron.job_run_details using (username = current_user);

grant select on cron.job to public;
grant select, delete on cron.job_run_details to public;

-- The real functions write as the extension's owner. Here the jobs are written through a view: the
-- table is reached with its owner's rights, while `current_user` remains the caller. This is why a
-- caller needs the sequence, which they do not with the real one.
grant usage, select on sequence cron.jobid_seq to public;
grant select on sequence cron.runid_seq to public;

create view cron._own_job as
select
  *
from
  cron.job
where
  username = current_user
  or has_table_privilege('cron.job', 'delete')
with
  check option;

grant select, insert, update, delete on cron._own_job to public;

create function cron.job_cache_invalidate() returns trigger language plpgsql as $$
begin
  notify pg_cron;
  return null;
end
$$;

comment on function cron.job_cache_invalidate() is 'Tells the worker to read the jobs again.';

create trigger cron_job_cache_invalidate
  after insert or update or delete or truncate on cron.job for statement
  execute function cron.job_cache_invalidate();

create function cron._parse_value(value text, low integer, names text[])
  returns integer
  language sql immutable set search_path = ''
  as $$
  select coalesce(
    array_position(names, lower(value)) + low - 1,
    case when value ~ '^[0-9]{1,9}$' then value::integer end
  )
$$;

comment on function cron._parse_value(text, integer, text[])
  is 'A number, or the place of a name counted from `low`; null for anything else.';

-- Items are `*`, `a-b`, both also with `/step`, or a lone `a`. As in the real parser, what follows
-- the last item is ignored, and a range that runs backwards is valid and selects nothing.
create function cron._parse_field(field text, low integer, high integer, names text[] default null)
  returns integer[]
  language plpgsql immutable set search_path = ''
  as $$
declare
  pattern constant text := '^(?:(?:(\*)|([0-9A-Za-z]+)-([0-9A-Za-z]+))'
    '(?:/([0-9A-Za-z]+)|(?![/0-9A-Za-z]))|([0-9A-Za-z]+)(?![-/0-9A-Za-z]))';
  rest text := field;
  item text[];
  first integer;
  last integer;
  step integer;
  selected integer[] := '{}';
begin
  loop
    item := regexp_match(rest, pattern);
    if item[1] is not null then
      first := low;
      last := high;
    else
      first := cron._parse_value(coalesce(item[2], item[5]), low, names);
      last := cron._parse_value(coalesce(item[3], item[5]), low, names);
    end if;
    step := cron._parse_value(coalesce(item[4], '1'), 0, null);
    if (first between low and high and last between low and high and step >= 1) is not true then
      return null;
    end if;
    selected := selected || array(select * from generate_series(first, last, step));
    rest := regexp_replace(rest, pattern, '');
    exit when left(rest, 1) <> ',';
    rest := substr(rest, 2);
  end loop;
  return selected;
end
$$;

comment on function cron._parse_field(text, integer, integer, text[])
  is 'The values that one field of a cron expression selects; null when it is not valid.';

create function cron._interval_seconds(schedule text)
  returns integer
  language sql immutable set search_path = ''
  as $$
  select seconds
  from cron._parse_value(
    substring(lower(schedule) from '^\s*\+?([0-9]+)\s*second(?:s\s*)?$'), 0, null
  ) as seconds
  where seconds between 1 and 59
$$;

comment on function cron._interval_seconds(text)
  is 'The seconds of a schedule such as `30 seconds`; null for every other.';

create function cron._is_due(schedule text, at timestamptz)
  returns boolean
  language plpgsql stable set search_path = ''
  as $$
declare
  shorthands constant jsonb := '{
    "@yearly": "0 0 1 1 *", "@annually": "0 0 1 1 *", "@monthly": "0 0 1 * *",
    "@weekly": "0 0 * * 0", "@daily": "0 0 * * *", "@midnight": "0 0 * * *", "@hourly": "0 * * * *"
  }';
  clock constant timestamp := at at time zone coalesce(current_setting('cron.timezone', true), 'GMT');
  line text := regexp_replace(schedule, '^([ \t]*(#[^\n]*)?\n)*[ \t]*', '');
  fields text[];
  minutes integer[];
  hours integer[];
  days integer[];
  months integer[];
  weekdays integer[];
  on_day boolean;
  on_weekday boolean;
begin
  if octet_length(schedule) >= 1000 then
    return null;
  end if;
  if line ~ '^@(reboot|restart)([ \t\n]|$)' then
    return false;
  end if;
  line := coalesce(shorthands ->> substring(line from '^@[^ \t\n]*'), line);
  fields := regexp_match(line, '^' || repeat('([^ \t\n]+)[ \t]+', 4) || '([^ \t\n]+)');

  minutes := cron._parse_field(fields[1], 0, 59);
  hours := cron._parse_field(fields[2], 0, 23);
  days := case when fields[3] = '$' then '{}' else cron._parse_field(fields[3], 1, 31) end;
  months := cron._parse_field(
    fields[4], 1, 12, '{jan,feb,mar,apr,may,jun,jul,aug,sep,oct,nov,dec}'
  );
  weekdays := cron._parse_field(fields[5], 0, 7, '{sun,mon,tue,wed,thu,fri,sat,sun}');
  if num_nulls(minutes, hours, days, months, weekdays) > 0 then
    return null;
  end if;

  on_day := extract(day from clock) = any (days)
    or fields[3] = '$' and extract(day from clock + interval '1 day') = 1;
  on_weekday := extract(dow from clock) = any (weekdays)
    or extract(isodow from clock) = 7 and 7 = any (weekdays);
  return extract(minute from clock) = any (minutes)
    and extract(hour from clock) = any (hours)
    and extract(month from clock) = any (months)
    -- Where both are named, either will do.
    and case when fields[3] like '*%' or fields[5] like '*%'
      then on_day and on_weekday
      else on_day or on_weekday
    end;
end
$$;

comment on function cron._is_due(text, timestamptz)
  is 'Whether a schedule names the minute of `at` (in cron.timezone, GMT by default); null when it is not a cron expression. `@reboot` names no minute.';

create function cron._check_job(schedule text, database text, username text)
  returns void
  language plpgsql stable set search_path = ''
  as $$
declare
  can_login boolean;
begin
  if schedule is not null
    and num_nulls(cron._is_due(schedule, now()), cron._interval_seconds(schedule)) = 2
  then
    raise exception 'invalid schedule: %', schedule using
      errcode = 'invalid_parameter_value',
      hint = 'Use cron format (e.g. 5 4 * * *), or interval format ''[1-59] seconds''';
  end if;
  if username is not null then
    select rolcanlogin into can_login from pg_catalog.pg_roles where rolname = username;
    if can_login is null then
      raise exception 'role "%" does not exist', username using errcode = 'internal_error';
    elsif not can_login then
      raise exception 'role "%" can not log in', username using
        errcode = 'internal_error',
        detail = 'Jobs may only be run by roles that have the LOGIN attribute.';
    end if;
  end if;
  if not has_database_privilege(coalesce(username, current_user), database, 'connect') then
    raise exception 'User % does not have CONNECT privilege on %',
      coalesce(username, current_user), database using errcode = 'internal_error';
  end if;
end
$$;

comment on function cron._check_job(text, text, text)
  is 'Raises what the real functions raise for a schedule, database or role; null is not checked.';

create function cron._is_superuser() returns boolean language sql stable set search_path = '' as $$
  select rolsuper from pg_catalog.pg_roles where rolname = current_user
$$;

comment on function cron._is_superuser() is 'Whether the caller may act for other roles.';

create function cron._save_job(
  job_name text,
  schedule text,
  command text,
  database text,
  username text,
  active boolean
)
  returns bigint
  language plpgsql set search_path = ''
  as $$
#variable_conflict use_column
declare
  id bigint;
begin
  if username is not null and not cron._is_superuser() then
    raise exception 'must be superuser to create a job for another role' using
      errcode = 'internal_error';
  end if;
  perform cron._check_job(schedule, coalesce(database, current_database()), username);
  insert into cron._own_job as job
    (jobname, schedule, command, nodename, nodeport, database, username, active)
  values (
    job_name, schedule, command, 'localhost', current_setting('port')::integer,
    coalesce(database, current_database()), coalesce(username, current_user), coalesce(active, true)
  )
  on conflict (jobname, username) do update
    set schedule = excluded.schedule, command = excluded.command, database = excluded.database
  returning jobid into id;
  return id;
end
$$;

comment on function cron._save_job(text, text, text, text, text, boolean)
  is 'Stores a job; one of the same name and role keeps its id.';

create function cron.schedule(schedule text, command text)
  returns bigint
  language sql strict set search_path = ''
  as $$
  select cron._save_job(null, schedule, command, null, null, null)
$$;

comment on function cron.schedule(text, text) is 'Schedules a job without a name.';

create function cron.schedule_in_database(
  job_name text,
  schedule text,
  command text,
  database text,
  username text default null,
  active boolean default true
)
  returns bigint
  language plpgsql set search_path = ''
  as $$
begin
  if job_name is null then
    raise exception 'job_name can not be NULL' using errcode = 'internal_error';
  elsif schedule is null then
    raise exception 'schedule can not be NULL' using errcode = 'internal_error';
  elsif command is null then
    raise exception 'command can not be NULL' using errcode = 'internal_error';
  end if;
  return cron._save_job(job_name, schedule, command, database, username, active);
end
$$;

comment on function cron.schedule_in_database(text, text, text, text, text, boolean)
  is 'Schedules a job in another database, and as a superuser for another role.';

create function cron.schedule(job_name text, schedule text, command text)
  returns bigint
  language plpgsql set search_path = ''
  as $$
begin
  if job_name is null then
    raise exception 'job_name can not be NULL' using errcode = 'internal_error';
  elsif schedule is null then
    raise exception 'schedule can not be NULL' using errcode = 'internal_error';
  elsif command is null then
    raise exception 'command can not be NULL' using errcode = 'internal_error';
  end if;
  return cron._save_job(job_name, schedule, command, null, null, null);
end
$$;

comment on function cron.schedule(text, text, text)
  is 'Schedules a job; the same name again changes the caller''s job of that name.';

create function cron.alter_job(
  job_id bigint,
  schedule text default null,
  command text default null,
  database text default null,
  username text default null,
  active boolean default null
)
  returns void
  language plpgsql set search_path = ''
  as $$
begin
  if job_id is null then
    raise exception 'job_id can not be NULL' using errcode = 'internal_error';
  elsif username is not null and not cron._is_superuser() then
    raise exception 'must be superuser to alter username' using errcode = 'internal_error';
  end if;
  perform cron._check_job(schedule, database, username);
  if num_nonnulls(schedule, command, database, username, active) = 0 then
    raise exception 'no updates specified' using
      errcode = 'internal_error',
      hint = 'You must specify at least one job attribute to change when calling alter_job';
  end if;
  update cron._own_job as job
  set
    schedule = coalesce(alter_job.schedule, job.schedule),
    command = coalesce(alter_job.command, job.command),
    database = coalesce(alter_job.database, job.database),
    username = coalesce(alter_job.username, job.username),
    active = coalesce(alter_job.active, job.active)
  where job.jobid = job_id;
  if not found then
    raise exception 'Job % does not exist or you don''t own it', job_id using
      errcode = 'internal_error';
  end if;
end
$$;

comment on function cron.alter_job(bigint, text, text, text, text, boolean)
  is 'Changes what is given of a job; null leaves it as it is.';

create function cron._job_exists(job_id bigint)
  returns boolean
  language sql stable security definer set search_path = ''
  as $$
  select exists (select from cron.job where jobid = job_id)
$$;

comment on function cron._job_exists(bigint) is 'Whether anyone has this job.';

create function cron.unschedule(job_id bigint)
  returns boolean
  language plpgsql strict set search_path = ''
  as $$
begin
  delete from cron._own_job where jobid = job_id;
  if not found then
    if cron._job_exists(job_id) then
      raise insufficient_privilege using message = 'permission denied for table job';
    end if;
    raise exception 'could not find valid entry for job %', job_id using errcode = 'internal_error';
  end if;
  return true;
end
$$;

comment on function cron.unschedule(bigint) is 'Removes a job; its run history stays.';

create function cron.unschedule(job_name text)
  returns boolean
  language plpgsql strict set search_path = ''
  as $$
begin
  delete from cron._own_job where jobname = job_name and username = current_user;
  if not found then
    raise exception 'could not find valid entry for job ''%''', job_name using
      errcode = 'internal_error';
  end if;
  return true;
end
$$;

comment on function cron.unschedule(text) is 'Removes the caller''s job of that name.';

revoke all on function cron.alter_job(bigint, text, text, text, text, boolean) from public;
revoke all on function cron.schedule_in_database(text, text, text, text, text, boolean) from public;

select
  pg_extension_config_dump ('cron.job', '');

select
  pg_extension_config_dump ('cron.jobid_seq', '');

select
  pg_extension_config_dump ('cron.job_run_details', '');

select
  pg_extension_config_dump ('cron.runid_seq', '');

-- What the hosted platform grants once the extension is made.
do $$
begin
  if exists (select from pg_roles where rolname = 'postgres') then
    grant usage on schema cron to postgres with grant option;
    grant all on all functions in schema cron to postgres with grant option;
    grant all on all tables in schema cron to postgres with grant option;
    revoke all on cron.job from postgres;
    grant select on cron.job to postgres with grant option;
  end if;
end
$$;
