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
  coalesce(x.warning, d.warning) as warning,
  coalesce(x.critical, d.critical) as critical,
  coalesce(x.recovery, d.recovery) as recovery,
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
  is 'The policy in force for each org and type of alert: the org''s own, and the default where it has set nothing. See everwatch_private.alert_policies for the columns.';

grant select on everwatch.v_alert_policies to authenticated, service_role;
