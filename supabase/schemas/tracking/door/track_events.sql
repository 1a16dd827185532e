-- The one door for events, from wherever they come: those that `track` was sent, and rows of the owner's
-- tables. All of it is in one transaction, and what it must have alone it takes in one order: first the
-- ids, then the rows type by type, so that batches that overlap cannot deadlock.
create function everwatch_private.store_rows(
  deliveries everwatch.webhook_deliveries[] default null,
  executions everwatch.rule_executions[] default null,
  requests everwatch.api_audit_logs[] default null,
  rate_limits everwatch.api_rate_limits[] default null,
  metrics everwatch_private.metric_events[] default null,
  deploys everwatch_private.deploy_events[] default null
)
  returns everwatch_private.rejection[]
  language plpgsql set search_path = ''
  as $$
declare
  rejected everwatch_private.rejection[] := array[]::everwatch_private.rejection[];
  ids uuid[] := array[]::uuid[];
  with_repeats boolean;
begin
  -- Type by type: most batches are of one, and are often one event.
  if deliveries is not null then
    ids := ids || array(select r.id from unnest(deliveries) as r where r.id is not null);
  end if;
  if executions is not null then
    ids := ids || array(select r.id from unnest(executions) as r where r.id is not null);
  end if;
  if requests is not null then
    ids := ids || array(select r.id from unnest(requests) as r where r.id is not null);
  end if;
  if metrics is not null then
    ids := ids || array(select r.id from unnest(metrics) as r where r.id is not null);
  end if;
  if deploys is not null then
    ids := ids || array(select r.id from unnest(deploys) as r where r.id is not null);
  end if;
  with_repeats := everwatch_private.claim_ids(ids) < cardinality(ids);

  if deliveries is not null then
    rejected := rejected || everwatch_private.store_webhook_deliveries(deliveries, ids, with_repeats);
  end if;
  if executions is not null then
    rejected := rejected || everwatch_private.store_rule_executions(executions, ids, with_repeats);
  end if;
  if requests is not null then
    rejected := rejected || everwatch_private.store_api_requests(requests, ids, with_repeats);
  end if;
  if rate_limits is not null then
    rejected := rejected || everwatch_private.store_rate_limits(rate_limits);
  end if;
  if metrics is not null then
    rejected := rejected || everwatch_private.store_metrics(metrics, with_repeats);
  end if;
  if deploys is not null then
    rejected := rejected || everwatch_private.store_deploys(deploys, with_repeats);
  end if;
  perform everwatch_private.watch_scheduler();
  return rejected;
end
$$;

comment on function everwatch_private.store_rows(everwatch.webhook_deliveries[], everwatch.rule_executions[], everwatch.api_audit_logs[], everwatch.api_rate_limits[], everwatch_private.metric_events[], everwatch_private.deploy_events[])
  is 'Stores rows of events, in one transaction, and returns those that cannot be stored, which leave the others as they are. What is null in a row is filled in, where it can be: an id, a time, the org of a webhook or a rule.';

-- The shape of the JSON was judged before, by the function `track`. Who calls this directly with JSON
-- that makes no rows is told what could not be read, and nothing of the batch is stored.
create function everwatch.track_events(events jsonb)
  returns jsonb
  language plpgsql security definer set search_path = ''
  as $$
declare
  typed record;
  rejected everwatch_private.rejection[];
begin
  if jsonb_typeof(events) is distinct from 'array' or jsonb_array_length(events) > 1000 then
    raise exception 'a batch is an array of at most 1000 events'
      using errcode = 'PT400', detail = 'invalid_batch', hint = 'events';
  end if;

  begin
    select
      array_agg(jsonb_populate_record(null::everwatch.webhook_deliveries, e)) filter (where type = 'webhook_delivery') as deliveries,
      array_agg(jsonb_populate_record(null::everwatch.rule_executions, e)) filter (where type = 'rule_execution') as executions,
      array_agg(jsonb_populate_record(null::everwatch.api_audit_logs, e)) filter (where type = 'api_request') as requests,
      array_agg(jsonb_populate_record(null::everwatch.api_rate_limits, e)) filter (where type = 'rate_limit') as rate_limits,
      array_agg(jsonb_populate_record(null::everwatch_private.metric_events, e)) filter (where type = 'metric') as metrics,
      array_agg(jsonb_populate_record(null::everwatch_private.deploy_events, e)) filter (where type = 'deploy') as deploys
    into strict typed
    from (select value as e, value ->> 'type' as type from jsonb_array_elements(events)) as given;
  exception
    when data_exception then
      raise exception 'an event has not the shape of its type: %', sqlerrm
        using errcode = 'PT400', detail = 'invalid_event', hint = 'events';
  end;
  if jsonb_array_length(events) > coalesce(cardinality(typed.deliveries), 0)
    + coalesce(cardinality(typed.executions), 0) + coalesce(cardinality(typed.requests), 0)
    + coalesce(cardinality(typed.rate_limits), 0) + coalesce(cardinality(typed.metrics), 0)
    + coalesce(cardinality(typed.deploys), 0)
  then
    raise exception 'an event has no type that there is'
      using errcode = 'PT400', detail = 'unknown_type', hint = 'type';
  end if;

  rejected := everwatch_private.store_rows(
    typed.deliveries, typed.executions, typed.requests, typed.rate_limits, typed.metrics, typed.deploys
  );
  return jsonb_build_object(
    'accepted', jsonb_array_length(events) - cardinality(rejected),
    'rejected', everwatch_private.place_rejections(events, rejected)
  );
end
$$;

comment on function everwatch.track_events(jsonb)
  is 'Stores a batch of up to 1000 events in one transaction and returns {accepted, rejected: [{index, code, field, message}]}; an event that is rejected leaves the others as they are. Raises PT400 when what it is given is no batch of events.';

-- An event may carry its index in a longer batch.
create function everwatch_private.place_rejections(
  events jsonb,
  rejected everwatch_private.rejection[]
)
  returns jsonb
  language plpgsql immutable set search_path = ''
  as $$
begin
  if rejected = '{}' then
    return jsonb_build_array();
  end if;
  return (
    select jsonb_agg(jsonb_build_object(
      'index', event.index, 'code', r.code, 'field', r.field, 'message', r.message
    ) order by event.n)
    from unnest(rejected) as r
    join (
      select n, body ->> 'type' as type, coalesce(body -> 'index', to_jsonb(n - 1)) as index,
        row_number() over (partition by body ->> 'type' order by n) as place
      from jsonb_array_elements(events) with ordinality as _ (body, n)
    ) as event using (type, place)
  );
end
$$;

comment on function everwatch_private.place_rejections(jsonb, everwatch_private.rejection[])
  is 'Rejections with the index, in the batch, of the event that each is about.';

revoke execute
  on function
    everwatch_private.store_rows(everwatch.webhook_deliveries[], everwatch.rule_executions[], everwatch.api_audit_logs[], everwatch.api_rate_limits[], everwatch_private.metric_events[], everwatch_private.deploy_events[]),
    everwatch_private.place_rejections(jsonb, everwatch_private.rejection[]),
    everwatch.track_events(jsonb)
  from public;
