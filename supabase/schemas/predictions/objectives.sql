-- What an org promises: how much of what it does succeeds, over 30 days. The rest is its error budget.
create table everwatch_private.objectives (
  org_id uuid not null references everwatch.orgs (id) on delete cascade,
  metric text not null check (metric in ('deliveries', 'requests')),
  target numeric not null check (target between 0.5 and 0.99999),
  primary key (org_id, metric)
);

comment on table everwatch_private.objectives
  is 'The objectives of orgs: without a row for a metric there is none.';
comment on column everwatch_private.objectives.metric
  is 'deliveries of its webhooks, or requests to its API.';
comment on column everwatch_private.objectives.target
  is 'Which share of them is to succeed over 30 days, for example 0.99.';

alter table everwatch_private.objectives enable row level security;

grant select, insert, update, delete on everwatch_private.objectives to authenticated, service_role;

create policy "members read their orgs' objectives"
  on everwatch_private.objectives
  for select
  to authenticated
  using (org_id = any (array(select everwatch_private.my_org_ids())));

create policy "owners and admins set objectives"
  on everwatch_private.objectives
  for insert
  to authenticated
  with check (org_id = any (array(select everwatch_private.my_org_ids(array['owner', 'admin']))));

create policy "owners and admins change objectives"
  on everwatch_private.objectives
  for update
  to authenticated
  using (org_id = any (array(select everwatch_private.my_org_ids(array['owner', 'admin']))))
  with check (org_id = any (array(select everwatch_private.my_org_ids(array['owner', 'admin']))));

create policy "owners and admins drop objectives"
  on everwatch_private.objectives
  for delete
  to authenticated
  using (org_id = any (array(select everwatch_private.my_org_ids(array['owner', 'admin']))));

create function everwatch.set_objective(metric text, target numeric, org_id uuid default null)
  returns void
  language plpgsql set search_path = ''
  as $$
declare
  org constant uuid := everwatch_private.metrics_org(set_objective.org_id);
begin
  if metric is null or metric not in ('deliveries', 'requests') then
    raise exception 'metric must be one of deliveries, requests.'
      using errcode = 'PT400', detail = 'invalid_metric', hint = 'metric';
  elsif target not between 0.5 and 0.99999 then
    raise exception 'target must be from 0.5 to 0.99999, or null for no objective.'
      using errcode = 'PT400', detail = 'invalid_target', hint = 'target';
  elsif not everwatch_private.reads_every_org() and org not in (select everwatch_private.my_org_ids(array['owner', 'admin'])) then
    raise exception 'Only owners and admins set objectives.'
      using errcode = 'PT403', detail = 'not_allowed', hint = 'org_id';
  end if;
  if target is null then
    delete from everwatch_private.objectives as o where o.org_id = org and o.metric = set_objective.metric;
  else
    insert into everwatch_private.objectives as o (org_id, metric, target)
    values (org, set_objective.metric, set_objective.target)
    on conflict on constraint objectives_pkey do update set target = excluded.target;
  end if;
end
$$;

comment on function everwatch.set_objective(text, numeric, uuid)
  is 'Sets which share (0.5 to 0.99999) of an org''s deliveries or requests is to succeed over 30 days; null takes the objective away. Raises PT400, PT401, PT403 or PT404.';

revoke execute on function everwatch.set_objective(text, numeric, uuid) from public;
