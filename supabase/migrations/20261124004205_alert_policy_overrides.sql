-- What an org has set otherwise: null in all other columns.
create table monitoring.alert_policy_overrides (
  org_id uuid not null references public.orgs (id) on delete cascade,
  type text not null references monitoring.alert_policies (type) on delete cascade,
  enabled boolean,
  warning numeric check (monitoring.is_threshold (warning)),
  critical numeric check (monitoring.is_threshold (critical)),
  recovery numeric check (monitoring.is_threshold (recovery)),
  minimum_sample integer check (minimum_sample >= 0),
  pending_for interval check (pending_for >= interval '0'),
  keep_firing_for interval check (keep_firing_for >= interval '0'),
  repeat_interval interval check (repeat_interval >= interval '1 minute'),
  primary key (type, org_id)
);

create index alert_policy_overrides_org_idx on monitoring.alert_policy_overrides (org_id);

comment on table monitoring.alert_policy_overrides
  is 'What orgs have set otherwise than monitoring.alert_policies; null where they have not.';

alter table monitoring.alert_policy_overrides enable row level security;

revoke all on monitoring.alert_policy_overrides from public, anon, authenticated, service_role;
grant select, insert, update on monitoring.alert_policy_overrides to authenticated, service_role;

create policy "members read their orgs' policies"
  on monitoring.alert_policy_overrides
  for select
  to authenticated
  using (org_id = any (array(select monitoring.my_org_ids())));

create policy "owners and admins set policies"
  on monitoring.alert_policy_overrides
  for insert
  to authenticated
  with check (org_id = any (array(select monitoring.my_org_ids(array['owner', 'admin']))));

create policy "owners and admins change policies"
  on monitoring.alert_policy_overrides
  for update
  to authenticated
  using (org_id = any (array(select monitoring.my_org_ids(array['owner', 'admin']))))
  with check (org_id = any (array(select monitoring.my_org_ids(array['owner', 'admin']))));

create view public.v_alert_policies
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
  public.orgs as o
  cross join monitoring.alert_policies as d
  left join monitoring.alert_policy_overrides as x on x.org_id = o.id
  and x.type = d.type
where
  d.scope = 'org';

comment on view public.v_alert_policies
  is 'The policy in force for each org and type of alert: the org''s own, and the default where it has set nothing. See monitoring.alert_policies for the columns.';

revoke all on public.v_alert_policies from public, anon, authenticated, service_role;
grant select on public.v_alert_policies to authenticated, service_role;
