-- When a condition is true, and when it is an alert. A type of alert is one file in the catalog, which has
-- its row here made, and one function,
-- everwatch_private.<type>_conditions(at, org_id), which says of what the condition is true.
create function everwatch_private.is_threshold(value numeric)
  returns boolean
  language sql immutable set search_path = ''
  as $$
  select value = 'Infinity' or (value between 0 and 1e9 and scale(value) <= 6)
$$;

comment on function everwatch_private.is_threshold(numeric)
  is 'Whether a number may be a threshold: within bounds in which nothing that is computed with it can overflow; Infinity is never reached.';

revoke execute on function everwatch_private.is_threshold(numeric) from public;

create table everwatch_private.alert_policies (
  type text primary key check (type ~ '^[a-z][a-z0-9_]{0,40}$'),
  scope text not null check (scope in ('org', 'operator')),
  unit text not null,
  enabled boolean not null default true,
  warning numeric check (everwatch_private.is_threshold (warning)),
  critical numeric check (everwatch_private.is_threshold (critical)),
  recovery numeric check (everwatch_private.is_threshold (recovery)),
  minimum_sample integer not null default 0 check (minimum_sample >= 0),
  pending_for interval not null default '0' check (pending_for >= interval '0'),
  keep_firing_for interval not null default '0' check (keep_firing_for >= interval '0'),
  repeat_interval interval not null default '4 hours' check (repeat_interval >= interval '1 minute'),
  inhibited_by text[] not null default '{}',
  judge_order integer not null default 0,
  prepare text check (prepare ~ '^[a-z][a-z0-9_]{0,62}$'),
  constraint alert_policies_have_a_threshold check (coalesce(warning, critical) is not null)
);

comment on table everwatch_private.alert_policies
  is 'The types of alerts, and the policy of each for orgs that have set nothing else.';
comment on column everwatch_private.alert_policies.scope
  is 'org: judged for each org, whose members are told; operator: about the platform itself.';
comment on column everwatch_private.alert_policies.unit is 'What the thresholds count.';
comment on column everwatch_private.alert_policies.warning
  is 'Where a warning begins; null or Infinity for no such level.';
comment on column everwatch_private.alert_policies.critical is 'Where it is critical; as warning.';
comment on column everwatch_private.alert_policies.recovery
  is 'What fires stays true while above this: for webhook_failure, api_error_rate and rate_limit; null where falling below the thresholds is enough.';
comment on column everwatch_private.alert_policies.minimum_sample
  is 'Fewer requests or executions than this say nothing.';
comment on column everwatch_private.alert_policies.pending_for
  is 'For how long the condition must be true before the alert fires.';
comment on column everwatch_private.alert_policies.keep_firing_for
  is 'For how long the condition must be false before the alert is resolved.';
comment on column everwatch_private.alert_policies.repeat_interval
  is 'After how long an alert that still fires notifies again.';
comment on column everwatch_private.alert_policies.inhibited_by
  is 'Types of the operator''s alerts that explain this one: while one of them fires, its notifications are held back.';
comment on column everwatch_private.alert_policies.judge_order
  is 'An evaluation judges the types with the lowest number first.';
comment on column everwatch_private.alert_policies.prepare
  is 'The function everwatch_private.<prepare>(at) that an evaluation calls before it judges the type; null for none.';

grant select on everwatch_private.alert_policies to authenticated, service_role;
