-- Statements that took too long and have finished: what pg_stat_statements has counted since the last
-- look at it. Their text may hold anyone's data, and is not kept.
create table everwatch_private.statement_counts (
  user_id oid not null,
  query_id bigint not null,
  top_level boolean not null,
  calls bigint not null,
  total_ms double precision not null,
  longest_ms double precision not null,
  primary key (user_id, query_id, top_level)
);

comment on table everwatch_private.statement_counts
  is 'What pg_stat_statements had counted at the last look, of statements that had ever been slow.';

create table everwatch_private.slow_statements (
  query_id text primary key,
  role name not null,
  seconds numeric not null,
  seen_at timestamptz not null
);

comment on table everwatch_private.slow_statements
  is 'Statements that were slow between two looks: the newest time of each. Kept for an hour.';
comment on column everwatch_private.slow_statements.seconds
  is 'How long one execution took at least.';
comment on column everwatch_private.slow_statements.seen_at is 'The look that found it.';

create table everwatch_private.statement_looks (
  looked_at timestamptz not null,
  longer_than numeric not null,
  id boolean primary key default true check (id)
);

comment on table everwatch_private.statement_looks
  is 'One row: when everwatch_private.find_slow_statements last looked, and for executions of how many seconds.';
