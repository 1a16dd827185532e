-- Changing and deleting a channel.
create function everwatch_private.update_channel(
  channel_id uuid,
  name text,
  enabled boolean,
  url text,
  email_from text,
  email_to text[],
  min_severity text,
  types text[],
  mute_windows jsonb,
  group_seconds numeric
)
  returns void
  language plpgsql security definer set search_path = ''
  as $$
declare
  channel constant everwatch_private.channels := everwatch_private.own_channel(update_channel.channel_id);
begin
  update everwatch_private.channels as c
  set name = coalesce(update_channel.name, c.name),
    enabled = coalesce(update_channel.enabled, c.enabled),
    disabled_because = case when update_channel.enabled is null then c.disabled_because end,
    url = coalesce(update_channel.url, c.url),
    email_from = coalesce(update_channel.email_from, c.email_from),
    email_to = coalesce(update_channel.email_to, c.email_to),
    min_severity = coalesce(update_channel.min_severity, c.min_severity),
    types = coalesce(update_channel.types, c.types),
    mute_windows = coalesce(update_channel.mute_windows, c.mute_windows),
    group_seconds = coalesce(update_channel.group_seconds, c.group_seconds)
  where c.id = channel.id;
end
$$;

comment on function everwatch_private.update_channel(uuid, text, boolean, text, text, text[], text, text[], jsonb, numeric)
  is 'What everwatch.update_channel calls.';

create function everwatch.update_channel(
  channel_id uuid,
  name text default null,
  enabled boolean default null,
  url text default null,
  email_from text default null,
  email_to text[] default null,
  min_severity text default null,
  types text[] default null,
  mute_windows jsonb default null,
  group_seconds numeric default null
)
  returns void
  language sql set search_path = ''
  as $$
  select everwatch_private.update_channel(
    channel_id, name, enabled, url, email_from, email_to, min_severity, types, mute_windows,
    group_seconds
  )
$$;

comment on function everwatch.update_channel(uuid, text, boolean, text, text, text[], text, text[], jsonb, numeric)
  is 'Changes what is given of a channel; null leaves it as it is. Raises PT400 with the argument in the hint, PT401, PT403 or PT404.';

create function everwatch_private.delete_channel(channel_id uuid)
  returns void
  language plpgsql security definer set search_path = ''
  as $$
declare
  channel constant everwatch_private.channels := everwatch_private.own_channel(delete_channel.channel_id);
begin
  delete from everwatch_private.channels as c where c.id = channel.id;
end
$$;

comment on function everwatch_private.delete_channel(uuid)
  is 'What everwatch.delete_channel calls.';

create function everwatch.delete_channel(channel_id uuid)
  returns void
  language sql set search_path = ''
  as $$
  select everwatch_private.delete_channel(channel_id)
$$;

comment on function everwatch.delete_channel(uuid)
  is 'Deletes a channel with its secrets and what is still to be sent to it. Raises PT401, PT403 or PT404.';

revoke execute
  on function
    everwatch_private.update_channel(uuid, text, boolean, text, text, text[], text, text[], jsonb, numeric),
    everwatch.update_channel(uuid, text, boolean, text, text, text[], text, text[], jsonb, numeric),
    everwatch_private.delete_channel(uuid),
    everwatch.delete_channel(uuid)
  from public;
