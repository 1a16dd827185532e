-- What happened to raw rows since the last refresh. Whoever writes raw rows adds here what that changes,
-- in the same transaction; a refresh takes what is committed and adds it to the rollups. So what is in
-- the rollups and what is here amount to the raw rows at any moment, in whatever order transactions
-- commit, and whatever crashes. A source is judged when it gets into the totals.
create table everwatch_private.changes (
  id bigint generated always as identity primary key,
  source everwatch_private.source not null,
  resource_id uuid not null,
  starts_at timestamptz not null,
  pending bigint not null default 0,
  succeeded bigint not null default 0,
  failed bigint not null default 0,
  timed bigint not null default 0,
  duration_sum bigint not null default 0,
  duration_max integer,
  last_success_at timestamptz,
  affected bigint not null default 0,
  resource_type text,
  status_code integer,
  bins bigint[],
  removed boolean not null default false,
  adds_to text not null default 'both' check (adds_to in ('rollups', 'totals', 'both'))
);

-- What a reader of the running hour adds to the rollups.
create index changes_of_requests_idx
  on everwatch_private.changes (resource_id, starts_at)
  where source = 'request';

-- It is emptied at each refresh: what that leaves behind is to go soon, so that the next reads little.
alter table everwatch_private.changes set(autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);

comment on table everwatch_private.changes
  is 'What is to be added to the rollups at the next refresh; negative where rows went away.';
comment on column everwatch_private.changes.resource_id
  is 'The webhook, the rule, or the org whose API was asked.';
comment on column everwatch_private.changes.starts_at
  is 'The start of the hour of the raw rows, in UTC.';
comment on column everwatch_private.changes.timed is 'Finished rows whose duration is known.';
comment on column everwatch_private.changes.duration_sum is 'Milliseconds, of timed rows.';
comment on column everwatch_private.changes.affected is 'Contacts on which executions acted.';
comment on column everwatch_private.changes.resource_type
  is 'What requests asked for; null for other sources.';
comment on column everwatch_private.changes.status_code
  is 'How requests were answered; null for other sources.';
comment on column everwatch_private.changes.bins
  is 'A histogram of the durations of timed rows: see count_values().';
comment on column everwatch_private.changes.removed
  is 'Whether rows went away, so that maxima and the last success may be others.';
comment on column everwatch_private.changes.adds_to
  is 'The rollups, the totals, or both; the others have it already.';

alter table everwatch_private.changes enable row level security;

grant select on everwatch_private.changes to authenticated, service_role;

create policy "members read their orgs' requests"
  on everwatch_private.changes
  for select
  to authenticated
  using (source = 'request' and resource_id = any (array(select everwatch_private.my_org_ids())));
