-- How many notifications ever ended, and how, whatever is deleted later. Whoever ends some adds a row
-- of its own and waits for nobody; dispatch_notifications makes one row of those that are alike.
create table everwatch_private.notification_counts (
  id bigint generated always as identity primary key,
  org_id uuid references everwatch.orgs (id) on delete cascade,
  channel_kind text not null,
  outcome text not null check (outcome in ('delivered', 'dead', 'dropped')),
  counted bigint not null check (counted > 0)
);

create index notification_counts_org_id_idx on everwatch_private.notification_counts (org_id);

comment on table everwatch_private.notification_counts
  is 'Notifications that ended, by how: to be summed. Tests of channels do not count.';
comment on column everwatch_private.notification_counts.org_id
  is 'The channel''s org; null for the operator''s.';
comment on column everwatch_private.notification_counts.outcome
  is 'As the status of notifications; one that was dead and sent again counts twice.';

create function everwatch_private.count_notifications()
  returns trigger
  language plpgsql security definer set search_path = ''
  as $$
begin
  insert into everwatch_private.notification_counts (org_id, channel_kind, outcome, counted)
  select n.org_id, c.kind, n.status, count(*)
  from after as n
  join before as b on b.id = n.id
  join everwatch_private.channels as c on c.id = n.channel_id
  where n.finished_at is not null and b.finished_at is null and n.event_id is not null
  group by n.org_id, c.kind, n.status;
  return null;
end
$$;

comment on function everwatch_private.count_notifications()
  is 'Counts the notifications that a statement ended.';

create trigger count_notifications
  after update on everwatch_private.notifications
  referencing old table as
  before new table as
  after
  for each statement
  execute function everwatch_private.count_notifications();

create function everwatch_private.fold_notification_counts()
  returns void
  language plpgsql set search_path = ''
  as $$
begin
  with gone as (
    delete from everwatch_private.notification_counts as c
    using (
      select n.org_id, n.channel_kind, n.outcome
      from everwatch_private.notification_counts as n
      group by n.org_id, n.channel_kind, n.outcome
      having count(*) > 1
    ) as alike
    where c.org_id is not distinct from alike.org_id
      and c.channel_kind = alike.channel_kind
      and c.outcome = alike.outcome
    returning c.*
  )
  insert into everwatch_private.notification_counts (org_id, channel_kind, outcome, counted)
  select g.org_id, g.channel_kind, g.outcome, sum(g.counted)
  from gone as g
  group by g.org_id, g.channel_kind, g.outcome;
end
$$;

comment on function everwatch_private.fold_notification_counts()
  is 'Makes one row of those that count alike, so that there are as many as kinds of channels and orgs.';

revoke execute
  on function everwatch_private.count_notifications(), everwatch_private.fold_notification_counts()
  from public;
