-- What the kind of a channel says of it.
create function everwatch_private.find_channel_kind(kind text)
  returns everwatch_private.channel_kinds
  language plpgsql stable set search_path = ''
  as $$
declare
  found_kind everwatch_private.channel_kinds;
begin
  select * into found_kind from everwatch_private.channel_kinds as k where k.kind = find_channel_kind.kind;
  if not found then
    raise exception 'kind must be one of %.', (
      select string_agg(k.kind, ', ' order by k.kind) from everwatch_private.channel_kinds as k
    )
      using errcode = 'PT400', detail = 'invalid_channel', hint = 'kind';
  end if;
  return found_kind;
end
$$;

comment on function everwatch_private.find_channel_kind(text)
  is 'The kind of this name; raises PT400 when there is none.';

create function everwatch_private.keeps_incidents(channel everwatch_private.channels)
  returns boolean
  language sql stable set search_path = ''
  as $$
  select k.keeps_incidents from everwatch_private.channel_kinds as k where k.kind = channel.kind
$$;

comment on function everwatch_private.keeps_incidents(everwatch_private.channels)
  is 'Whether a channel is told one event of one incident at a time.';

revoke execute
  on function
    everwatch_private.find_channel_kind(text),
    everwatch_private.keeps_incidents(everwatch_private.channels)
  from public;
