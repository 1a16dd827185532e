-- What conditions answer: what is wrong now, and, asked of the past, when that changed.
create type everwatch_private.condition as (
  org_id uuid,
  type text,
  severity text,
  resource_type text,
  resource_id text,
  resource_name text,
  message text,
  value numeric,
  threshold numeric
);

comment on type everwatch_private.condition
  is 'One thing that is wrong. severity is null where it is not beyond a threshold, but has not recovered either: an alert that fires for it goes on, and none begins.';

create type everwatch_private.condition_step as (
  resource_type text,
  resource_id text,
  resource_name text,
  at timestamptz,
  severity text,
  has_recovered boolean
);

comment on type everwatch_private.condition_step
  is 'What a condition was from a moment on, until the next step of the same resource. severity: beyond which threshold, null for none. has_recovered: whether it was not even above the recovery threshold; null where nothing was known.';
