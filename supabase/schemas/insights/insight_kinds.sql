-- Any kind of insight can be turned off: by an org for itself, and by the operator for what is of no org.
create table everwatch_private.disabled_insights (
  id uuid primary key default gen_random_uuid(),
  org_id uuid references everwatch.orgs (id) on delete cascade,
  kind text not null check (kind = any (everwatch_private.insight_kinds ())),
  disabled_by uuid default auth.uid (),
  disabled_at timestamptz not null default now(),
  constraint disabled_insights_key unique nulls not distinct (org_id, kind)
);

comment on table everwatch_private.disabled_insights
  is 'The kinds of insights that are turned off.';
comment on column everwatch_private.disabled_insights.org_id is 'Who did; null for the operator.';
comment on column everwatch_private.disabled_insights.disabled_by
  is 'The user; null for the secret key.';

alter table everwatch_private.disabled_insights enable row level security;

grant select, insert (org_id, kind), delete
  on everwatch_private.disabled_insights
  to authenticated, service_role;

create policy "members see what their orgs turned off"
  on everwatch_private.disabled_insights
  for select
  to authenticated
  using (org_id = any (array(select everwatch_private.my_org_ids())));

create policy "owners and admins turn insights off"
  on everwatch_private.disabled_insights
  for insert
  to authenticated
  with check (org_id = any (array(select everwatch_private.my_org_ids(array['owner', 'admin']))));

create policy "owners and admins turn insights on again"
  on everwatch_private.disabled_insights
  for delete
  to authenticated
  using (org_id = any (array(select everwatch_private.my_org_ids(array['owner', 'admin']))));

create view everwatch.v_insight_kinds
with
  (security_invoker = on) as
select
  o.id as org_id,
  k.kind,
  d.id is null as enabled
from
  everwatch.orgs as o
  cross join unnest(everwatch_private.insight_kinds()) as k (kind)
  left join everwatch_private.disabled_insights as d on d.org_id = o.id
  and d.kind = k.kind;

comment on view everwatch.v_insight_kinds
  is 'The kinds of insights, and whether they are stated for each org that the caller may read.';

grant select on everwatch.v_insight_kinds to authenticated, service_role;

create function everwatch_private.end_disabled_insights()
  returns trigger
  language plpgsql security definer set search_path = ''
  as $$
begin
  update everwatch_private.insights as i
  set ended_at = new.disabled_at
  where i.kind = new.kind
    and (i.org_id = new.org_id or (i.org_id is null and new.org_id is null))
    and i.ended_at is null;
  return null;
end
$$;

comment on function everwatch_private.end_disabled_insights()
  is 'Ends at once what is open of a kind that is turned off.';

create trigger end_disabled_insights
  after insert on everwatch_private.disabled_insights
  for each row
  execute function everwatch_private.end_disabled_insights();

create function everwatch_private.insights_org(org_id uuid)
  returns uuid
  language plpgsql stable set search_path = ''
  as $$
begin
  return case
    when insights_org.org_id is not null or not everwatch_private.reads_every_org()
      then everwatch_private.metrics_org(insights_org.org_id)
  end;
end
$$;

comment on function everwatch_private.insights_org(uuid)
  is 'The org whose insights are meant, as metrics_org() has it; null, for the operator''s own, when whoever reads every org names none.';

create function everwatch_private.check_insight_kind(kind text)
  returns void
  language plpgsql immutable set search_path = ''
  as $$
begin
  if kind is null or kind <> all (everwatch_private.insight_kinds()) then
    raise exception 'kind must be one of %.', array_to_string(everwatch_private.insight_kinds(), ', ')
      using errcode = 'PT400', detail = 'invalid_kind', hint = 'kind';
  end if;
end
$$;

comment on function everwatch_private.check_insight_kind(text)
  is 'Refuses (400, invalid_kind) a kind of insights that there is not.';

create function everwatch.set_insight_kind(kind text, enabled boolean, org_id uuid default null)
  returns void
  language plpgsql set search_path = ''
  as $$
declare
  org constant uuid := everwatch_private.insights_org(set_insight_kind.org_id);
begin
  perform everwatch_private.check_insight_kind(set_insight_kind.kind);
  if enabled is null then
    raise exception 'enabled must be true or false.'
      using errcode = 'PT400', detail = 'invalid_enabled', hint = 'enabled';
  elsif org is not null and not everwatch_private.reads_every_org()
    and org not in (select everwatch_private.my_org_ids(array['owner', 'admin'])) then
    raise exception 'Only owners and admins turn insights on and off.'
      using errcode = 'PT403', detail = 'not_allowed', hint = 'org_id';
  end if;
  if enabled then
    delete from everwatch_private.disabled_insights as d
    where d.kind = set_insight_kind.kind and (d.org_id = org or (d.org_id is null and org is null));
  else
    insert into everwatch_private.disabled_insights (org_id, kind)
    values (org, set_insight_kind.kind)
    on conflict on constraint disabled_insights_key do nothing;
  end if;
end
$$;

comment on function everwatch.set_insight_kind(text, boolean, uuid)
  is 'Turns a kind of insights off for an org, which ends those that are open, or on again. With the secret key and no org: the operator''s own. Raises PT400, PT401, PT403 or PT404.';

revoke execute
  on function
    everwatch_private.end_disabled_insights(),
    everwatch.set_insight_kind(text, boolean, uuid),
    everwatch_private.insights_org(uuid),
    everwatch_private.check_insight_kind(text)
  from public;
