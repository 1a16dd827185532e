-- What an org has set otherwise: null in all other columns.
create table everwatch_private.alert_policy_overrides (
  org_id uuid not null references everwatch.orgs (id) on delete cascade,
  type text not null references everwatch_private.alert_policies (type) on delete cascade,
  enabled boolean,
  warning numeric check (everwatch_private.is_threshold (warning)),
  critical numeric check (everwatch_private.is_threshold (critical)),
  recovery numeric check (everwatch_private.is_threshold (recovery)),
  minimum_sample integer check (minimum_sample >= 0),
  pending_for interval check (pending_for >= interval '0'),
  keep_firing_for interval check (keep_firing_for >= interval '0'),
  repeat_interval interval check (repeat_interval >= interval '1 minute'),
  primary key (type, org_id)
);

create index alert_policy_overrides_org_idx on everwatch_private.alert_policy_overrides (org_id);

comment on table everwatch_private.alert_policy_overrides
  is 'What orgs have set otherwise than everwatch_private.alert_policies; null where they have not.';

alter table everwatch_private.alert_policy_overrides enable row level security;

grant select, insert, update
  on everwatch_private.alert_policy_overrides
  to authenticated, service_role;

create policy "members read their orgs' policies"
  on everwatch_private.alert_policy_overrides
  for select
  to authenticated
  using (org_id = any (array(select everwatch_private.my_org_ids())));

create policy "owners and admins set policies"
  on everwatch_private.alert_policy_overrides
  for insert
  to authenticated
  with check (org_id = any (array(select everwatch_private.my_org_ids(array['owner', 'admin']))));

create policy "owners and admins change policies"
  on everwatch_private.alert_policy_overrides
  for update
  to authenticated
  using (org_id = any (array(select everwatch_private.my_org_ids(array['owner', 'admin']))))
  with check (org_id = any (array(select everwatch_private.my_org_ids(array['owner', 'admin']))));

create view everwatch.v_alert_policies
with
  (security_invoker = on) as
select
  o.id as org_id,
  d.type,
  d.unit,
  coalesce(x.enabled, d.enabled) as enabled,
  -- Infinity is how a level is done without when it is stored; whoever reads finds no level at all.
  nullif(coalesce(x.warning, d.warning), 'Infinity') as warning,
  nullif(coalesce(x.critical, d.critical), 'Infinity') as critical,
  nullif(coalesce(x.recovery, d.recovery), 'Infinity') as recovery,
  coalesce(x.minimum_sample, d.minimum_sample) as minimum_sample,
  coalesce(x.pending_for, d.pending_for) as pending_for,
  coalesce(x.keep_firing_for, d.keep_firing_for) as keep_firing_for,
  coalesce(x.repeat_interval, d.repeat_interval) as repeat_interval
from
  everwatch.orgs as o
  cross join everwatch_private.alert_policies as d
  left join everwatch_private.alert_policy_overrides as x on x.org_id = o.id
  and x.type = d.type
where
  d.scope = 'org';

comment on view everwatch.v_alert_policies
  is 'The policy in force for each org and type of alert: the org''s own, and the default where it has set nothing. See everwatch_private.alert_policies for the columns; a level that is done without is null.';

grant select on everwatch.v_alert_policies to authenticated, service_role;

create view everwatch_private.alert_levels
with
  (security_invoker = on) as
select
  org_id,
  type,
  case
    when enabled then warning
  end as warning,
  case
    when enabled then critical
  end as critical
from
  everwatch.v_alert_policies;

comment on view everwatch_private.alert_levels
  is 'From where on an org calls something a warning or critical, for whatever shows a status: null for a level that is done without, and where the policy is switched off.';

grant select on everwatch_private.alert_levels to authenticated, service_role;

create view everwatch_private.webhook_levels
with
  (security_invoker = on) as
select
  org_id,
  max(warning) filter (where type = 'webhook_failure') as warning,
  max(critical) filter (where type = 'webhook_failure') as critical,
  max(least(warning, critical)) filter (where type = 'webhook_inactive') as most_days
from
  everwatch_private.alert_levels
where
  type in ('webhook_failure', 'webhook_inactive')
group by
  org_id;

comment on view everwatch_private.webhook_levels
  is 'What everwatch_private.webhook_health() goes by, one row for each org: as a row of groups it is found once for an org, and not for each of its webhooks.';
comment on column everwatch_private.webhook_levels.warning
  is 'From how many consecutive failures on; critical likewise.';
comment on column everwatch_private.webhook_levels.most_days
  is 'How many days without a success make a webhook inactive.';

grant select on everwatch_private.webhook_levels to authenticated, service_role;
