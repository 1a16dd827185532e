-- What could be saved: each finder says what is so and how many bytes it is about.
create type everwatch_private.saving as (
  org_id uuid,
  metric text,
  resource_type text,
  resource_id text,
  resource_name text,
  bytes bigint,
  sentence text,
  detail jsonb
);

comment on type everwatch_private.saving
  is 'Something to save, as an insight says it: the operator''s where org_id is null. The sentence has no full stop yet.';
