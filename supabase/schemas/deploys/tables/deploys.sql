-- When a version of something began to serve. What an org's traffic was like before and after is compared
-- then: see judge_deploys().
create table everwatch.deploys (
  id uuid primary key default gen_random_uuid(),
  org_id uuid not null references everwatch.orgs (id) on delete cascade,
  service text not null check (length(service) between 1 and 100),
  version text not null check (length(version) between 1 and 200),
  deployed_at timestamptz not null default now() check (isfinite(deployed_at)),
  looked_minutes integer not null default 0,
  next_look_at timestamptz,
  unique (org_id, service, version, deployed_at)
);

-- The few that are still being judged.
create index deploys_to_look_at_idx
  on everwatch.deploys (next_look_at)
  where next_look_at is not null;

comment on table everwatch.deploys is 'Deploys, one row each, as they were tracked.';
comment on column everwatch.deploys.service is 'What was deployed, for example api.';
comment on column everwatch.deploys.version is 'A release, or a commit.';
comment on column everwatch.deploys.deployed_at is 'Since when it serves.';
comment on column everwatch.deploys.looked_minutes
  is 'How many minutes after it the last comparison reached; 0 before the first.';
comment on column everwatch.deploys.next_look_at
  is 'When it is compared next; null once the verdict is final.';

alter table everwatch.deploys enable row level security;

grant select on everwatch.deploys to authenticated;
grant select, insert, update, delete on everwatch.deploys to service_role;

create policy "members read their orgs' deploys"
  on everwatch.deploys
  for select
  to authenticated
  using (org_id = any (array(select everwatch_private.my_org_ids())));

comment on constraint deploys_service_check on everwatch.deploys
  is 'service must be text of 1 to 100 characters';
comment on constraint deploys_version_check on everwatch.deploys
  is 'version must be text of 1 to 200 characters';

create type everwatch_private.deploy_events as (id uuid, org_id uuid, service text, version text, at timestamptz);

comment on type everwatch_private.deploy_events is 'A deploy as it is tracked.';

select
  everwatch_private.make_judge('deploy', 'everwatch_private.deploy_events', 'at', tables => '{everwatch.deploys}');

create function everwatch_private.store_deploys(
  rows everwatch_private.deploy_events[],
  with_repeats boolean
)
  returns everwatch_private.rejection[]
  language plpgsql set search_path = ''
  as $$
declare
  rejected constant everwatch_private.rejection[] := everwatch_private.judge_deploy_events(rows);
begin
  if rejected <> '{}' then
    rows := everwatch_private.set_aside(rows, array(select j.place from unnest(rejected) as j));
  end if;
  if with_repeats then
    rows := everwatch_private.set_aside(rows, everwatch_private.repeats(array(select d.id from unnest(rows) as d)));
  end if;
  insert into everwatch.deploys (id, org_id, service, version, deployed_at, next_look_at)
  select coalesce(d.id, gen_random_uuid()), d.org_id, d.service, d.version, at.time, at.time
  from unnest(rows) as d
  cross join lateral (select coalesce(d.at, now())) as at (time)
  where d.org_id is not null
  -- In one order for all, so that batches with the same deploys cannot deadlock.
  order by d.org_id, d.service, d.version, at.time
  on conflict do nothing;
  return rejected;
end
$$;

comment on function everwatch_private.store_deploys(everwatch_private.deploy_events[], boolean)
  is 'Stores deploys and returns those that cannot be. One of the same service and version at the same time is known.';

revoke execute
  on function everwatch_private.store_deploys(everwatch_private.deploy_events[], boolean)
  from public;
