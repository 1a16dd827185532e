-- Rows that were counted do not change: the tables of raw rows refuse it with this.
create function everwatch_private.keep_history()
  returns trigger
  language plpgsql set search_path = ''
  as $$
begin
  raise exception '%', tg_argv[0] using errcode = 'PT409', detail = 'finished', hint = 'status';
end
$$;

comment on function everwatch_private.keep_history()
  is 'Refuses (409, finished), in the words given, changes that would make counters and rollups wrong.';

revoke execute on function everwatch_private.keep_history() from public;
