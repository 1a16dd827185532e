-- The write path. Each `store_…` takes the events of one type that passed validation, in the order in
-- which they were given; an id that is known changes nothing. Rows are written in the order of their
-- keys, and types in one order, so that batches that overlap cannot deadlock.
create function monitoring.store_webhook_deliveries(events jsonb)
  returns void
  language plpgsql set search_path = ''
  as $$
declare
  deliveries public.webhook_deliveries[];
begin
  -- All of the batch's locks, before its first statement.
  perform monitoring.lock_webhooks(
    array_agg((body ->> 'webhook_id')::uuid), array_agg(body ->> 'status' = 'failed')
  )
  from jsonb_array_elements(events) as body
  where body ->> 'status' <> 'pending';

  -- And the webhooks that will be written although others share their locks. A statement that updates
  -- some rows and inserts others would lock them in two turns: each in order, both together in none.
  perform from public.webhooks as webhook
  where webhook.consecutive_failures > 0
    and webhook.id in (
      select (body ->> 'webhook_id')::uuid
      from jsonb_array_elements(events) as body
      where body ->> 'status' <> 'pending'
    )
  order by webhook.id
  for no key update;

  -- A statement counts what it updates before what it inserts, whatever their order. So failures
  -- that a success follows, successes, and failures that none follows are three statements; within
  -- each of them order makes no difference to the counters.
  for deliveries in
    with event as (
      select position, delivery,
        first_value(delivery.webhook_id) over (partition by delivery.id order by position) as owner
      from jsonb_array_elements(events) with ordinality as _ (body, position)
      join public.webhooks as webhook on webhook.id = (body ->> 'webhook_id')::uuid
      cross join jsonb_populate_record(
        null::public.webhook_deliveries,
        jsonb_build_object('id', gen_random_uuid(), 'attempt', 1, 'sent_at', now())
          || jsonb_strip_nulls(body) || jsonb_build_object('org_id', webhook.org_id)
      ) as delivery
    ),
    -- What an id amounts to at the end of the batch: the first event that finishes it, if any does.
    outcome as (
      select distinct on ((delivery).id) position, delivery
      from event
      where (delivery).webhook_id = owner
      order by (delivery).id, (delivery).status = 'pending', position
    ),
    step as (
      select delivery, case
        when (delivery).status <> 'failed' then 2
        when bool_or((delivery).status = 'sent') over (
          partition by (delivery).webhook_id
          order by (delivery).sent_at, position
          rows between 1 following and unbounded following
        ) then 1
        else 3
      end as number
      from outcome
    )
    select array_agg(delivery order by (delivery).id) from step group by number order by number
  loop
    insert into public.webhook_deliveries as known
    select * from unnest(deliveries)
    on conflict (id) do update
    set status = excluded.status,
      status_code = excluded.status_code,
      attempt = greatest(known.attempt, excluded.attempt),
      duration_ms = excluded.duration_ms,
      error = excluded.error,
      event_type = coalesce(excluded.event_type, known.event_type),
      sent_at = excluded.sent_at
    where known.status = 'pending' and excluded.status <> 'pending'
      and known.webhook_id = excluded.webhook_id;
  end loop;
end
$$;

comment on function monitoring.store_webhook_deliveries(jsonb)
  is 'Stores deliveries, and finishes those that were pending.';

revoke all
  on function monitoring.store_webhook_deliveries(jsonb)
  from public, anon, authenticated, service_role;
grant execute on function monitoring.store_webhook_deliveries(jsonb) to service_role;

create function monitoring.store_rule_executions(events jsonb)
  returns void
  language sql set search_path = ''
  as $$
  insert into public.rule_executions
  select execution.*
  from jsonb_array_elements(events) as body
  join public.automation_rules as rule on rule.id = (body ->> 'rule_id')::uuid
  cross join jsonb_populate_record(
    null::public.rule_executions,
    jsonb_build_object('id', gen_random_uuid(), 'executed_at', now())
      || jsonb_strip_nulls(body) || jsonb_build_object('org_id', rule.org_id)
  ) as execution
  order by execution.id
  on conflict (id) do nothing
$$;

comment on function monitoring.store_rule_executions(jsonb) is 'Stores runs of rules.';

revoke all
  on function monitoring.store_rule_executions(jsonb)
  from public, anon, authenticated, service_role;
grant execute on function monitoring.store_rule_executions(jsonb) to service_role;

create function monitoring.store_api_requests(events jsonb)
  returns void
  language sql set search_path = ''
  as $$
  insert into public.api_audit_logs
  select request.*
  from jsonb_array_elements(events) as body
  cross join jsonb_populate_record(
    null::public.api_audit_logs,
    jsonb_build_object('id', gen_random_uuid(), 'created_at', now()) || jsonb_strip_nulls(body)
  ) as request
  order by request.id
  on conflict (id) do nothing
$$;

comment on function monitoring.store_api_requests(jsonb) is 'Stores API requests.';

revoke all
  on function monitoring.store_api_requests(jsonb)
  from public, anon, authenticated, service_role;
grant execute on function monitoring.store_api_requests(jsonb) to service_role;

-- A window's count only grows, so reports that arrive late or twice change nothing. Windows without a
-- start are those of the clock: the hour's minutes, the day's hours.
create function monitoring.store_rate_limits(events jsonb)
  returns void
  language sql set search_path = ''
  as $$
  insert into public.api_rate_limits as known (
    org_id, key_type, identifier, window_start, window_seconds, request_count, limit_max, updated_at
  )
  select distinct on (org_id, key_type, identifier, window_start)
    org_id, key_type, identifier, window_start, window_seconds,
    max(request_count) over (partition by org_id, key_type, identifier, window_start),
    limit_max, now()
  from (
    select position, report.org_id, report.key_type, report.identifier, report.window_seconds,
      report.request_count, report.limit_max,
      coalesce(
        report.window_start,
        date_bin(make_interval(secs => report.window_seconds), now(), 'epoch')
      ) as window_start
    from jsonb_array_elements(events) with ordinality as event (body, position)
    cross join jsonb_populate_record(
      null::public.api_rate_limits,
      jsonb_build_object('window_seconds', 60) || jsonb_strip_nulls(body)
    ) as report
  ) as report
  order by org_id, key_type, identifier, window_start, position desc
  on conflict (org_id, key_type, identifier, window_start) do update
  set window_seconds = excluded.window_seconds,
    request_count = greatest(known.request_count, excluded.request_count),
    limit_max = excluded.limit_max,
    updated_at = excluded.updated_at
$$;

comment on function monitoring.store_rate_limits(jsonb)
  is 'Stores the use of rate limits: of each window, the highest count reported.';

revoke all
  on function monitoring.store_rate_limits(jsonb)
  from public, anon, authenticated, service_role;
grant execute on function monitoring.store_rate_limits(jsonb) to service_role;

create function public.track_events(events jsonb)
  returns jsonb
  language plpgsql set search_path = ''
  as $$
declare
  rejected jsonb;
  stored jsonb;
  accepted integer;
  refused jsonb := jsonb '[]';
begin
  if jsonb_typeof(events) is distinct from 'array' or jsonb_array_length(events) > 1000 then
    raise exception 'a batch is an array of at most 1000 events'
      using errcode = 'PT400', detail = 'invalid_batch', hint = 'events';
  end if;

  with event as (
    select body, position, body ->> 'type' as type, problem.code, problem.field, problem.message
    from jsonb_array_elements(events) with ordinality as _ (body, position)
    left join monitoring.rejected_events(events) as problem using (position)
  )
  select
    coalesce(jsonb_agg(jsonb_build_object(
      'index', coalesce(body -> 'index', to_jsonb(position - 1)),
      'code', code, 'field', field, 'message', message
    ) order by position) filter (where code is not null), '[]'),
    count(*) filter (where code is null),
    (
      select jsonb_object_agg(type, bodies)
      from (
        select type, jsonb_agg(
          jsonb_build_object('index', position - 1) || body order by position
        ) as bodies
        from event
        where code is null
        group by type
      ) as of_type
    )
  into rejected, accepted, stored
  from event;

  if stored ? 'webhook_delivery' then
    perform monitoring.store_webhook_deliveries(stored -> 'webhook_delivery');
  end if;
  if stored ? 'rule_execution' then
    perform monitoring.store_rule_executions(stored -> 'rule_execution');
  end if;
  if stored ? 'api_request' then
    perform monitoring.store_api_requests(stored -> 'api_request');
  end if;
  if stored ? 'rate_limit' then
    perform monitoring.store_rate_limits(stored -> 'rate_limit');
  end if;
  if stored ? 'metric' then
    refused := monitoring.store_metrics(stored -> 'metric');
  end if;
  perform monitoring.watch_scheduler();
  return jsonb_build_object(
    'accepted', accepted - jsonb_array_length(refused),
    'rejected', rejected || refused
  );
end
$$;

comment on function public.track_events(jsonb)
  is 'Stores a batch of up to 1000 events in one transaction and returns {accepted, rejected: [{index, code, field, message}]}; an event that is rejected leaves the others as they are.';

revoke all on function public.track_events(jsonb) from public, anon, authenticated, service_role;
grant execute on function public.track_events(jsonb) to service_role;
