-- The names in `public` that queries may use without our schema: each an alias of what has that name in
-- `everwatch`. This is the one place where `public` is spoken of; nothing of ours rests on an alias.
create table everwatch_private.aliases (name text primary key, kind text not null check (kind in ('view', 'function')));

comment on table everwatch_private.aliases
  is 'The names in public that are aliases of the same names in everwatch.';
comment on column everwatch_private.aliases.kind
  is 'What it is in public: a view that reads as its caller, or a function.';

insert into
  everwatch_private.aliases(name, kind)
values
  ('mv_webhook_performance', 'view'),
  ('mv_rule_performance', 'view'),
  ('v_api_usage_metrics', 'view'),
  ('v_rate_limit_utilization', 'view'),
  ('v_webhook_health', 'view'),
  ('v_alert_conditions', 'view'),
  ('webhook_deliveries', 'view'),
  ('refresh_monitoring_views', 'function');
