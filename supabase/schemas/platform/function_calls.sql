-- Which calls of edge functions the database made, and what came of each. pg_net's own tables are
-- emptied by a crash and after 6 hours, and pg_cron calls a run a success once the call is queued.
create table everwatch_private.function_calls (
  id bigint generated always as identity primary key,
  path text not null,
  request_id bigint not null,
  cron_run_id bigint,
  called_at timestamptz not null,
  outcome text not null default 'pending' check (outcome in ('pending', 'answered', 'failed', 'lost')),
  status_code integer,
  error text,
  constraint function_calls_status_if_answered check ((outcome = 'answered') = (status_code is not null))
);

-- pg_net counts from 1 again after a crash: of two with one id only the newer may still be answered.
create unique index function_calls_pending_key
  on everwatch_private.function_calls (request_id)
  where outcome = 'pending';

comment on table everwatch_private.function_calls
  is 'Calls of edge functions by the database, each with its true outcome.';
comment on column everwatch_private.function_calls.path is 'Below settings.functions_url.';
comment on column everwatch_private.function_calls.request_id is 'What pg_net calls it.';
comment on column everwatch_private.function_calls.cron_run_id
  is 'The run of cron.job_run_details that made it; null when a change in the data did.';
comment on column everwatch_private.function_calls.outcome
  is 'pending; answered: with a status, whichever; failed: without one; lost: pg_net knows nothing of it.';
comment on column everwatch_private.function_calls.error
  is 'Why it failed, in pg_net''s words; null otherwise.';

create function everwatch_private.current_cron_run()
  returns bigint
  language sql stable set search_path = ''
  as $$
  select max(run.runid)
  from cron.job_run_details as run
  where run.job_pid = pg_backend_pid() and run.status = 'running'
$$;

comment on function everwatch_private.current_cron_run()
  is 'The run of pg_cron that this session is; null when it is none.';

create function everwatch_private.call_function(
  path text,
  body jsonb,
  cron_run_id bigint default null
)
  returns bigint
  language plpgsql security definer set search_path = ''
  as $$
declare
  functions_url constant text := (select s.functions_url from everwatch_private.settings as s);
  id constant text := 'req_' || gen_random_uuid();
  sent_at constant bigint := extract(epoch from clock_timestamp())::bigint;
  request bigint;
  call_id bigint;
begin
  if functions_url is null then
    return null;
  end if;
  request := net.http_post(
    url => functions_url || call_function.path,
    body => call_function.body,
    headers => jsonb_build_object(
      'Content-Type', 'application/json',
      'x-request-id', id,
      'webhook-id', id,
      'webhook-timestamp', sent_at::text,
      'webhook-signature', everwatch_private.sign_request(id, sent_at, call_function.body::text)
    ),
    timeout_milliseconds => 5000
  );
  update everwatch_private.function_calls as c
  set outcome = 'lost'
  where c.request_id = request and c.outcome = 'pending';
  insert into everwatch_private.function_calls (path, request_id, cron_run_id, called_at)
  values (call_function.path, request, call_function.cron_run_id, now())
  returning function_calls.id into call_id;
  return call_id;
end
$$;

comment on function everwatch_private.call_function(text, jsonb, bigint)
  is 'Has pg_net POST a signed request to an edge function once this transaction commits; returns the id in function_calls, or null where settings.functions_url is not set.';

create function everwatch_private.record_call_outcomes(at timestamptz default now())
  returns void
  language plpgsql set search_path = ''
  as $$
begin
  update everwatch_private.function_calls as c
  set outcome = case when r.status_code is null then 'failed' else 'answered' end,
    status_code = r.status_code,
    error = left(r.error_msg, 1000)
  from net._http_response as r
  where r.id = c.request_id and c.outcome = 'pending';

  -- One that waits for pg_net is late, not lost.
  update everwatch_private.function_calls as c
  set outcome = 'lost'
  where c.outcome = 'pending'
    and c.called_at < record_call_outcomes.at - interval '5 minutes'
    and not exists (select from net.http_request_queue as q where q.id = c.request_id);
end
$$;

comment on function everwatch_private.record_call_outcomes(timestamptz)
  is 'Writes down what came of each call that was pending, before pg_net forgets it.';

revoke execute
  on function
    everwatch_private.current_cron_run(),
    everwatch_private.call_function(text, jsonb, bigint),
    everwatch_private.record_call_outcomes(timestamptz)
  from public;

insert into
  everwatch_private.jobs(name, schedule, command)
values
  ('everwatch-record-call-outcomes', '* * * * *', 'select everwatch_private.record_call_outcomes()');
