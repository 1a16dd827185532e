-- What foresight says: one row for each statement, from the moment it became true until it no longer
-- is, and then as history. Whoever finds something says what it found in one sentence.
create function monitoring.insight_kinds()
  returns text[]
  language sql immutable set search_path = ''
  as $$
  select array['anomaly', 'cost', 'prediction', 'regression']
$$;

comment on function monitoring.insight_kinds()
  is 'The kinds of insights: what is unusual, what costs and what would save, what will reach a limit and when, what became worse with a deploy.';

revoke all on function monitoring.insight_kinds() from public, anon, authenticated, service_role;
grant execute on function monitoring.insight_kinds() to authenticated, service_role;

create table monitoring.insights (
  id uuid primary key default gen_random_uuid(),
  org_id uuid references public.orgs (id) on delete cascade,
  fingerprint text not null generated always as (monitoring.fingerprint (org_id, kind || '.' || metric, resource_type, resource_id)) stored,
  kind text not null check (kind = any (monitoring.insight_kinds ())),
  severity text not null check (severity in ('info', 'warning', 'critical')),
  resource_type text not null,
  resource_id text not null,
  resource_name text not null,
  metric text not null,
  sentence text not null check (sentence <> ''),
  detail jsonb not null check (jsonb_typeof(detail) = 'object'),
  first_stated_at timestamptz not null,
  last_stated_at timestamptz not null,
  ended_at timestamptz,
  acknowledged_by uuid,
  acknowledged_at timestamptz,
  expected_by uuid,
  expected_at timestamptz
);

-- At most one open statement about each metric of a resource.
create unique index insights_open_key on monitoring.insights (fingerprint) where ended_at is null;

-- An org's insights, newest first.
create index insights_by_org_idx on monitoring.insights (org_id, first_stated_at desc);

comment on table monitoring.insights
  is 'Insights: what foresight states, and stated in the last year. Members read them through v_insights.';
comment on column monitoring.insights.org_id is 'Whose it is; null for the operator''s.';
comment on column monitoring.insights.fingerprint
  is 'The same for every statement of this kind about this metric of this resource; at most one of them is open.';
comment on column monitoring.insights.metric
  is 'What of the resource it is about, for example p95_ms.';
comment on column monitoring.insights.sentence is 'What is so, in one sentence, as last stated.';
comment on column monitoring.insights.detail is 'The numbers behind the sentence, by kind.';
comment on column monitoring.insights.first_stated_at is 'Since when it has been stated.';
comment on column monitoring.insights.ended_at
  is 'When it was no longer true, or its kind was turned off; null while it is open.';
comment on column monitoring.insights.acknowledged_by
  is 'Who has seen it; null for the secret key, and while nobody has.';
comment on column monitoring.insights.expected_by
  is 'Who said that this was expected; as acknowledged_by.';
comment on column monitoring.insights.expected_at
  is 'When somebody did. Whoever states this kind takes it into account.';

alter table monitoring.insights enable row level security;

revoke all on monitoring.insights from public, anon, authenticated, service_role;
grant select, update (acknowledged_by, acknowledged_at, expected_by, expected_at)
  on monitoring.insights
  to authenticated, service_role;

create policy "members read their orgs' insights"
  on monitoring.insights
  for select
  to authenticated
  using (org_id = any (array(select monitoring.my_org_ids())));

create policy "all but viewers answer insights"
  on monitoring.insights
  for update
  to authenticated
  using (org_id = any (array(select monitoring.my_org_ids(array['owner', 'admin', 'member']))))
  with check (org_id = any (array(select monitoring.my_org_ids(array['owner', 'admin', 'member']))));

create view public.v_insights
with
  (security_invoker = on) as
select
  id,
  org_id,
  kind,
  severity,
  resource_type,
  resource_id,
  resource_name,
  metric,
  sentence,
  detail,
  first_stated_at,
  last_stated_at,
  ended_at,
  acknowledged_by,
  acknowledged_at,
  expected_by,
  expected_at
from
  monitoring.insights;

comment on view public.v_insights
  is 'Insights, open ones and those that ended, of the orgs that the caller may read: see monitoring.insights.';

revoke all on public.v_insights from public, anon, authenticated, service_role;
grant select on public.v_insights to authenticated, service_role;
