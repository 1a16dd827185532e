-- The read path of GET /functions/v1/monitoring/metrics: everything in one round trip.
create function everwatch.monitoring_metrics(
  org_id uuid default null,
  type text default 'all',
  page_limit integer default 100,
  after text default null
)
  returns jsonb
  language plpgsql stable set search_path = ''
  -- To plan its parts takes several times as long as to read them, and so for each new connection.
  set plan_cache_mode = 'force_generic_plan'
  as $$
declare
  types constant text[] := array['webhook', 'rule', 'rate_limit', 'api', 'alerts', 'system', 'all'];
  org constant uuid := everwatch_private.metrics_org(monitoring_metrics.org_id);
  answer jsonb;
begin
  if type is null or type <> all (types) then
    raise exception 'type must be one of %.', array_to_string(types, ', ')
      using errcode = 'PT400', detail = 'invalid_type', hint = 'type';
  elsif page_limit is null or page_limit not between 1 and 500 then
    raise exception 'page_limit must be from 1 to 500.'
      using errcode = 'PT400', detail = 'invalid_limit', hint = 'page_limit';
  elsif after is not null and type = 'all' then
    raise exception 'after continues one list: name its type.'
      using errcode = 'PT400', detail = 'invalid_cursor', hint = 'after';
  end if;

  answer := jsonb_build_object(
    'org_id', org, 'timestamp', now(), 'refreshed_at', everwatch_private.refreshed_at()
  );
  if type in ('webhook', 'all') then
    answer := answer || jsonb_build_object('webhooks', everwatch_private.webhook_metrics(org, page_limit, after));
  end if;
  if type in ('rule', 'all') then
    answer := answer || jsonb_build_object('rules', everwatch_private.rule_metrics(org, page_limit, after));
  end if;
  if type in ('rate_limit', 'all') then
    answer := answer || jsonb_build_object('rate_limits', everwatch_private.rate_limit_metrics(org, page_limit, after));
  end if;
  if type in ('api', 'all') then
    answer := answer || jsonb_build_object('api', everwatch_private.api_metrics(org, page_limit, after));
  end if;
  if type in ('alerts', 'all') then
    answer := answer || jsonb_build_object('alerts', everwatch_private.alert_metrics(org, page_limit, after));
  end if;
  if type in ('system', 'all') then
    answer := answer || jsonb_build_object('system', everwatch_private.system_metrics());
  end if;
  return answer;
end
$$;

comment on function everwatch.monitoring_metrics(uuid, text, integer, text)
  is 'An org''s metrics: of one type (webhook, rule, rate_limit, api, alerts, system) or all. Lists hold page_limit rows (1 to 500) and continue after the cursor that their `next` gives. Raises PT400, PT401, PT403 or PT404 with a machine code in the detail and the argument in the hint.';

revoke execute on function everwatch.monitoring_metrics(uuid, text, integer, text) from public;
