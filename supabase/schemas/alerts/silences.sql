-- What people do not want to be told of for a while. A silence holds notifications back; alerts come
-- and go as ever.
create table everwatch_private.silences (
  id uuid primary key default gen_random_uuid(),
  org_id uuid references everwatch.orgs (id) on delete cascade,
  matchers jsonb not null check (jsonb_typeof(matchers) = 'object'),
  reason text not null check (length(reason) between 1 and 1000),
  created_by uuid default auth.uid (),
  created_at timestamptz not null default now(),
  ends_at timestamptz not null
);

create index silences_by_org_idx on everwatch_private.silences (org_id, ends_at desc);

comment on table everwatch_private.silences
  is 'Silences, the ended ones too. Members read them through v_silences.';
comment on column everwatch_private.silences.org_id
  is 'Whose alerts it silences; null for the operator''s.';
comment on column everwatch_private.silences.matchers
  is 'Fields of an alert (type, severity, resource_type, resource_id, resource_name) and what each must be, with * for any text; {} matches every alert of the org.';
comment on column everwatch_private.silences.reason is 'Why, in the words of who made it.';
comment on column everwatch_private.silences.created_by is 'The user; null for the secret key.';

alter table everwatch_private.silences enable row level security;

grant select, insert (org_id, matchers, reason, ends_at), update (ends_at)
  on everwatch_private.silences
  to authenticated, service_role;

create policy "members read their orgs' silences"
  on everwatch_private.silences
  for select
  to authenticated
  using (org_id = any (array(select everwatch_private.my_org_ids())));

create policy "all but viewers silence alerts"
  on everwatch_private.silences
  for insert
  to authenticated
  with check (org_id = any (array(select everwatch_private.my_org_ids(array['owner', 'admin', 'member']))));

create policy "all but viewers end silences"
  on everwatch_private.silences
  for update
  to authenticated
  using (org_id = any (array(select everwatch_private.my_org_ids(array['owner', 'admin', 'member']))))
  with check (org_id = any (array(select everwatch_private.my_org_ids(array['owner', 'admin', 'member']))));

create view everwatch.v_silences
with
  (security_invoker = on) as
select
  id,
  org_id,
  matchers,
  reason,
  created_by,
  created_at,
  ends_at,
  ends_at > now() as active
from
  everwatch_private.silences;

comment on view everwatch.v_silences
  is 'Silences of the orgs that the caller may read: see everwatch_private.silences.';

grant select on everwatch.v_silences to authenticated, service_role;

create function everwatch_private.matches(matchers jsonb, alert everwatch_private.alerts)
  returns boolean
  language sql immutable set search_path = ''
  as $$
  select not exists (
    select
    from jsonb_each_text(matchers) as m
    where (
      to_jsonb(alert) ->> m.key
      like replace(regexp_replace(m.value, '([\\%_])', '\\\1', 'g'), '*', '%')
    ) is not true
  )
$$;

comment on function everwatch_private.matches(jsonb, everwatch_private.alerts)
  is 'Whether an alert is what the matchers of a silence describe.';

create function everwatch_private.suppression(
  alert everwatch_private.alerts,
  owed text,
  inhibited_by text[],
  at timestamptz
)
  returns text
  language sql stable set search_path = ''
  as $$
  select case
    when exists (
      select
      from everwatch_private.silences as s
      where (s.org_id = alert.org_id or (s.org_id is null and alert.org_id is null))
        and s.ends_at > suppression.at
        and everwatch_private.matches(s.matchers, alert)
    ) then 'silence'
    -- An acknowledgement answers what is known: it stops repeats, and not what is new.
    when owed = 'repeated' and alert.acknowledged_at is not null
      and coalesce(alert.acknowledged_until, 'infinity') > suppression.at then 'acknowledgement'
    when alert.org_id is not null and exists (
      select
      from everwatch_private.alerts as explanation
      where explanation.org_id is null
        and explanation.type = any (suppression.inhibited_by)
        and explanation.state in ('firing', 'recovering')
    ) then 'inhibition'
  end
$$;

comment on function everwatch_private.suppression(everwatch_private.alerts, text, text[], timestamptz)
  is 'What holds back the notification that an alert owes (fired, escalated or repeated); null when nothing does.';

revoke execute
  on function
    everwatch_private.matches(jsonb, everwatch_private.alerts),
    everwatch_private.suppression(everwatch_private.alerts, text, text[], timestamptz)
  from public;
