-- Tracking a batch. All of it is in one transaction, and what it must have alone it takes in one order:
-- first the ids, then the rows type by type, so that batches that overlap cannot deadlock.
create function everwatch_private.store_events(events jsonb, checked boolean)
  returns jsonb
  language plpgsql set search_path = ''
  as $$
declare
  types text[];
  ids uuid[];
  refused jsonb := jsonb '[]';
begin
  select array_agg(distinct body ->> 'type'), array_agg((body ->> 'id')::uuid) filter (where body ->> 'id' is not null)
  into types, ids
  from jsonb_array_elements(events) as body;

  -- Metrics and deploys are plain in no case: what is wrong with one is seen only when it is looked at.
  if not types <@ '{webhook_delivery,rule_execution,api_request,rate_limit,metric,deploy}'
    or types && '{metric,deploy}' and not checked
  then
    perform everwatch_private.refuse_batch();
  end if;
  if everwatch_private.claim_ids(ids) < cardinality(ids) then
    events := everwatch_private.without_repeats(events);
  end if;
  if 'webhook_delivery' = any (types) then
    perform everwatch_private.store_webhook_deliveries(events, ids, checked);
  end if;
  if 'rule_execution' = any (types) then
    perform everwatch_private.store_rule_executions(events, ids, checked);
  end if;
  if 'api_request' = any (types) then
    perform everwatch_private.store_api_requests(events, ids, checked);
  end if;
  if 'rate_limit' = any (types) then
    perform everwatch_private.store_rate_limits(events, checked);
  end if;
  if 'metric' = any (types) then
    refused := everwatch_private.store_metrics(events);
  end if;
  if 'deploy' = any (types) then
    perform everwatch_private.store_deploys(events);
  end if;
  perform everwatch_private.watch_scheduler();
  return refused;
end
$$;

comment on function everwatch_private.store_events(jsonb, boolean)
  is 'Stores events that are good, and returns rejections of metrics for which their org has no room; raises data_exception or integrity_constraint_violation when one is not, or is not plain and was not `checked`.';

create function everwatch.track_events(events jsonb)
  returns jsonb
  language plpgsql set search_path = ''
  as $$
declare
  rejected jsonb;
  accepted jsonb;
  refused jsonb;
begin
  if jsonb_typeof(events) is distinct from 'array' or jsonb_array_length(events) > 1000 then
    raise exception 'a batch is an array of at most 1000 events'
      using errcode = 'PT400', detail = 'invalid_batch', hint = 'events';
  end if;

  begin
    perform everwatch_private.store_events(events, checked => false);
    return jsonb_build_object('accepted', jsonb_array_length(events), 'rejected', jsonb_build_array());
  exception
    -- Nothing of it was stored, and some of it may be good.
    when data_exception or integrity_constraint_violation then null;
  end;

  select
    coalesce(jsonb_agg(jsonb_build_object(
      'index', coalesce(body -> 'index', to_jsonb(position - 1)),
      'code', code, 'field', field, 'message', message
    ) order by position) filter (where code is not null), '[]'),
    coalesce(jsonb_agg(
      jsonb_build_object('index', position - 1) || jsonb_strip_nulls(body) order by position
    ) filter (where code is null), '[]')
  into rejected, accepted
  from jsonb_array_elements(events) with ordinality as _ (body, position)
  left join everwatch_private.rejected_events(events) as problem using (position);

  refused := everwatch_private.store_events(accepted, checked => true);
  return jsonb_build_object(
    'accepted', jsonb_array_length(accepted) - jsonb_array_length(refused),
    'rejected', rejected || refused
  );
end
$$;

comment on function everwatch.track_events(jsonb)
  is 'Stores a batch of up to 1000 events in one transaction and returns {accepted, rejected: [{index, code, field, message}]}; an event that is rejected leaves the others as they are.';

revoke execute
  on function everwatch_private.store_events(jsonb, boolean), everwatch.track_events(jsonb)
  from public;
