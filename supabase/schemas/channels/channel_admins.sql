-- Who may change a channel: owners and admins of its org, and of the platform's own its operator.
create function everwatch_private.require_channel_admin(org_id uuid)
  returns void
  language plpgsql stable set search_path = ''
  as $$
begin
  if everwatch_private.reads_every_org() then
    return;
  elsif auth.uid() is null then
    raise exception 'Sign in first.' using errcode = 'PT401', detail = 'unauthenticated';
  -- An org that does not exist, another's and the operator's are told alike.
  elsif coalesce(require_channel_admin.org_id <> all (array(
    select everwatch_private.my_org_ids(array['owner', 'admin'])
  )), true) then
    raise exception 'Only owners and admins of the org may do this.'
      using errcode = 'PT403', detail = 'not_an_admin';
  end if;
end
$$;

comment on function everwatch_private.require_channel_admin(uuid)
  is 'Raises PT403 unless the caller may change the channels of this org (null: of the operator).';

create function everwatch_private.own_channel(channel_id uuid)
  returns everwatch_private.channels
  language plpgsql set search_path = ''
  as $$
declare
  channel everwatch_private.channels;
begin
  select * into channel from everwatch_private.channels as c where c.id = channel_id for update;
  perform everwatch_private.require_channel_admin(channel.org_id);
  -- Only who sees every channel is told that there is none.
  if channel.id is null then
    raise exception 'There is no such channel.'
      using errcode = 'PT404', detail = 'channel_not_found', hint = 'channel_id';
  end if;
  return channel;
end
$$;

comment on function everwatch_private.own_channel(uuid)
  is 'Locks a channel that the caller may change, or raises PT403 or PT404.';

revoke execute
  on function everwatch_private.require_channel_admin(uuid), everwatch_private.own_channel(uuid)
  from public;
