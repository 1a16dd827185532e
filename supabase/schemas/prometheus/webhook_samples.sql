-- Made of supabase/functions/_shared/catalog by `npm run check -- --fix generated`.
create function everwatch_private.webhook_samples(performance everwatch.mv_webhook_performance)
  returns jsonb
  language sql immutable set search_path = ''
  as $$
  select jsonb_build_object(
    'successful_deliveries', performance.successful_deliveries,
    'failed_deliveries', performance.failed_deliveries,
    'pending_deliveries', performance.pending_deliveries
  )
$$;

comment on function everwatch_private.webhook_samples(everwatch.mv_webhook_performance)
  is 'The numbers of a webhook that Prometheus is told, by the column.';

revoke execute
  on function everwatch_private.webhook_samples(everwatch.mv_webhook_performance)
  from public;
