-- Adding a channel. What is exposed runs as its caller, and calls what asks who that is.
create function everwatch_private.create_channel(
  org_id uuid,
  kind text,
  name text,
  secret text,
  url text,
  email_from text,
  email_to text[],
  min_severity text,
  types text[],
  mute_windows jsonb,
  group_seconds numeric
)
  returns jsonb
  language plpgsql security definer set search_path = ''
  as $$
declare
  new_id constant uuid := gen_random_uuid();
  kind_of everwatch_private.channel_kinds;
  made text;
begin
  perform everwatch_private.require_channel_admin(create_channel.org_id);
  kind_of := everwatch_private.find_channel_kind(create_channel.kind);
  -- Who gives none of what we make gets one, and sees it this once.
  if kind_of.secret_is_made and create_channel.secret is null then
    made := everwatch_private.make_signing_secret();
  end if;
  perform everwatch_private.check_channel_secret(kind_of, coalesce(made, create_channel.secret));
  insert into everwatch_private.channels (
    id, org_id, kind, name, url, email_from, email_to, min_severity, types, mute_windows,
    group_seconds, secret_id
  )
  values (
    new_id, create_channel.org_id, create_channel.kind, create_channel.name, create_channel.url,
    create_channel.email_from, create_channel.email_to, create_channel.min_severity,
    create_channel.types, create_channel.mute_windows, create_channel.group_seconds,
    everwatch_private.keep_channel_secret(new_id, coalesce(made, create_channel.secret))
  );
  return jsonb_strip_nulls(jsonb_build_object('id', new_id, 'secret', made));
end
$$;

comment on function everwatch_private.create_channel(uuid, text, text, text, text, text, text[], text, text[], jsonb, numeric)
  is 'What everwatch.create_channel calls.';

create function everwatch.create_channel(
  org_id uuid,
  kind text,
  name text,
  secret text default null,
  url text default null,
  email_from text default null,
  email_to text[] default null,
  min_severity text default 'warning',
  types text[] default '{}',
  mute_windows jsonb default '[]',
  group_seconds numeric default 1
)
  returns jsonb
  language sql set search_path = ''
  as $$
  select everwatch_private.create_channel(
    org_id, kind, name, secret, url, email_from, email_to, min_severity, types, mute_windows,
    group_seconds
  )
$$;

comment on function everwatch.create_channel(uuid, text, text, text, text, text, text[], text, text[], jsonb, numeric)
  is 'Adds a place to tell an org''s alerts to and returns its id, and the secret when one was made: it is shown this once. Raises PT400 with the argument in the hint, PT401 or PT403.';

revoke execute
  on function
    everwatch_private.create_channel(uuid, text, text, text, text, text, text[], text, text[], jsonb, numeric),
    everwatch.create_channel(uuid, text, text, text, text, text, text[], text, text[], jsonb, numeric)
  from public;
