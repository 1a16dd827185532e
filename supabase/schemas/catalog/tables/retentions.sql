-- For how long rows are kept. What there is to know of each kind is made of the catalog in
-- supabase/functions/_shared/catalog/retentions.ts; what the owner sets stands beside it.
create table everwatch_private.retentions (
  kind text primary key,
  usual interval not null,
  least interval not null,
  most interval not null,
  setting text,
  kept_for interval,
  constraint kept_for_is_within_bounds check (kept_for between least and most),
  constraint kept_for_is_set_in_one_place check (setting is null or kept_for is null)
);

comment on table everwatch_private.retentions
  is 'For how long each kind of rows is kept, and what the owner may set: see docs/operations.md.';
comment on column everwatch_private.retentions.usual
  is 'For how long, where the owner has set nothing; a release may bring another.';
comment on column everwatch_private.retentions.least is 'The least that the owner may set.';
comment on column everwatch_private.retentions.most is 'The most that the owner may set.';
comment on column everwatch_private.retentions.setting
  is 'The column of rollup_settings in which it is set; null for what is set here.';
comment on column everwatch_private.retentions.kept_for
  is 'What the owner has set; null for the usual.';

create function everwatch_private.kept_for(kind text)
  returns interval
  language plpgsql stable set search_path = ''
  as $$
declare
  length interval;
begin
  select coalesce(r.kept_for, r.usual) into strict length
  from everwatch_private.retentions as r
  where r.kind = kept_for.kind and r.setting is null;
  return length;
end
$$;

comment on function everwatch_private.kept_for(text)
  is 'For how long rows of a kind are kept. Fails for a kind that there is not, and for those that rollup_settings has.';

revoke execute on function everwatch_private.kept_for(text) from public;
