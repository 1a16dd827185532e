-- Giving a channel another secret, without a gap.
create function everwatch_private.rotate_channel_secret(
  channel_id uuid,
  secret text,
  overlap_hours numeric
)
  returns jsonb
  language plpgsql security definer set search_path = ''
  as $$
declare
  channel constant everwatch_private.channels := everwatch_private.own_channel(rotate_channel_secret.channel_id);
  kind_of constant everwatch_private.channel_kinds := everwatch_private.find_channel_kind(channel.kind);
  made constant text := case
    when kind_of.secret_is_made and rotate_channel_secret.secret is null
      then everwatch_private.make_signing_secret()
  end;
  -- What others gave us is in use or is not: only what we sign with can have two at once.
  ends constant timestamptz := case
    when kind_of.secret_is_made then now() + make_interval(mins => (60 * overlap_hours)::integer)
  end;
begin
  if coalesce(overlap_hours not between 0 and 720, true) then
    raise exception 'overlap_hours must be from 0 to 720.'
      using errcode = 'PT400', detail = 'invalid_overlap', hint = 'overlap_hours';
  end if;
  perform everwatch_private.check_channel_secret(
    kind_of, coalesce(made, rotate_channel_secret.secret)
  );
  update everwatch_private.channels as c
  set secret_id = everwatch_private.keep_channel_secret(c.id, coalesce(made, rotate_channel_secret.secret)),
    previous_secret_id = case when ends is not null then c.secret_id end,
    previous_secret_until = ends
  where c.id = channel.id;
  return jsonb_strip_nulls(jsonb_build_object('secret', made, 'previous_until', ends));
end
$$;

comment on function everwatch_private.rotate_channel_secret(uuid, text, numeric)
  is 'What everwatch.rotate_channel_secret calls.';

create function everwatch.rotate_channel_secret(
  channel_id uuid,
  secret text default null,
  overlap_hours numeric default 24
)
  returns jsonb
  language sql set search_path = ''
  as $$
  select everwatch_private.rotate_channel_secret(channel_id, secret, overlap_hours)
$$;

comment on function everwatch.rotate_channel_secret(uuid, text, numeric)
  is 'Replaces a channel''s secret. A webhook is signed with the old one, too, for overlap_hours (0 to 720), and without a secret gets one that is returned this once. Raises PT400, PT401, PT403 or PT404.';

revoke execute
  on function
    everwatch_private.rotate_channel_secret(uuid, text, numeric),
    everwatch.rotate_channel_secret(uuid, text, numeric)
  from public;
