-- What foresight says: one row for each statement, from the moment it became true until it no longer
-- is, and then as history. Whoever finds something says what it found in one sentence.
create function everwatch_private.insight_kinds()
  returns text[]
  language sql immutable set search_path = ''
  as $$
  select array['anomaly', 'cost', 'prediction', 'regression']
$$;

comment on function everwatch_private.insight_kinds()
  is 'The kinds of insights: what is unusual, what costs and what would save, what will reach a limit and when, what became worse with a deploy.';

revoke execute on function everwatch_private.insight_kinds() from public;

create table everwatch_private.insights (
  id uuid primary key default gen_random_uuid(),
  org_id uuid references everwatch.orgs (id) on delete cascade,
  fingerprint text not null generated always as (everwatch_private.fingerprint (org_id, kind || '.' || metric, resource_type, resource_id)) stored,
  kind text not null check (kind = any (everwatch_private.insight_kinds ())),
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
create unique index insights_open_key
  on everwatch_private.insights (fingerprint)
  where ended_at is null;

-- An org's insights, newest first.
create index insights_by_org_idx on everwatch_private.insights (org_id, first_stated_at desc);

comment on table everwatch_private.insights
  is 'Insights: what foresight states, and stated in the last year. Members read them through v_insights.';
comment on column everwatch_private.insights.org_id is 'Whose it is; null for the operator''s.';
comment on column everwatch_private.insights.fingerprint
  is 'The same for every statement of this kind about this metric of this resource; at most one of them is open.';
comment on column everwatch_private.insights.metric
  is 'What of the resource it is about, for example p95_ms.';
comment on column everwatch_private.insights.sentence
  is 'What is so, in one sentence, as last stated.';
comment on column everwatch_private.insights.detail is 'The numbers behind the sentence, by kind.';
comment on column everwatch_private.insights.first_stated_at is 'Since when it has been stated.';
comment on column everwatch_private.insights.ended_at
  is 'When it was no longer true, or its kind was turned off; null while it is open.';
comment on column everwatch_private.insights.acknowledged_by
  is 'Who has seen it; null for the secret key, and while nobody has.';
comment on column everwatch_private.insights.expected_by
  is 'Who said that this was expected; as acknowledged_by.';
comment on column everwatch_private.insights.expected_at
  is 'When somebody did. Whoever states this kind takes it into account.';

alter table everwatch_private.insights enable row level security;

grant select, update (acknowledged_by, acknowledged_at, expected_by, expected_at)
  on everwatch_private.insights
  to authenticated, service_role;

create policy "members read their orgs' insights"
  on everwatch_private.insights
  for select
  to authenticated
  using (org_id = any (array(select everwatch_private.my_org_ids())));

create policy "all but viewers answer insights"
  on everwatch_private.insights
  for update
  to authenticated
  using (org_id = any (array(select everwatch_private.my_org_ids(array['owner', 'admin', 'member']))))
  with check (org_id = any (array(select everwatch_private.my_org_ids(array['owner', 'admin', 'member']))));

create view everwatch.v_insights
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
  everwatch_private.insights;

comment on view everwatch.v_insights
  is 'Insights, open ones and those that ended, of the orgs that the caller may read: see everwatch_private.insights.';

grant select on everwatch.v_insights to authenticated, service_role;
