-- The secrets of channels: in the Vault, and gone with their channel.
create function everwatch_private.check_channel_secret(
  kind everwatch_private.channel_kinds,
  secret text
)
  returns void
  language plpgsql immutable set search_path = ''
  as $$
begin
  if not coalesce(secret ~ kind.secret_pattern and length(secret) <= 2048, false) then
    -- The message is kept in logs: it says what would be right, never what was given.
    raise exception 'secret must be %.', kind.secret_is
      using errcode = 'PT400', detail = 'invalid_secret', hint = 'secret';
  end if;
end
$$;

comment on function everwatch_private.check_channel_secret(everwatch_private.channel_kinds, text)
  is 'Raises PT400 for what cannot be the secret of a channel of this kind.';

create function everwatch_private.make_signing_secret()
  returns text
  language sql volatile set search_path = ''
  as $$
  select 'whsec_' || encode(extensions.gen_random_bytes(32), 'base64')
$$;

comment on function everwatch_private.make_signing_secret()
  is 'A new secret as Standard Webhooks has them, of 32 bytes.';

create function everwatch_private.keep_channel_secret(channel_id uuid, secret text)
  returns uuid
  language sql volatile set search_path = ''
  as $$
  -- A channel can have two at once, so its id is not enough for a name.
  select vault.create_secret(
    secret, 'everwatch_channel_' || gen_random_uuid(), 'Everwatch channel ' || channel_id
  )
$$;

comment on function everwatch_private.keep_channel_secret(uuid, text)
  is 'Stores a secret of a channel in the Vault and returns its id there.';

create function everwatch_private.forget_channel_secrets()
  returns trigger
  language plpgsql security definer set search_path = ''
  as $$
begin
  delete from vault.secrets
  where id in (old.secret_id, old.previous_secret_id)
    -- Nothing is new of a channel that is deleted.
    and coalesce(not id = any (array[new.secret_id, new.previous_secret_id]), true);
  return null;
end
$$;

comment on function everwatch_private.forget_channel_secrets()
  is 'Deletes from the Vault what a channel no longer refers to.';

create trigger forget_secrets
  after delete or update of secret_id, previous_secret_id on everwatch_private.channels
  for each row
  execute function everwatch_private.forget_channel_secrets();

revoke execute
  on function
    everwatch_private.check_channel_secret(everwatch_private.channel_kinds, text),
    everwatch_private.make_signing_secret(),
    everwatch_private.keep_channel_secret(uuid, text),
    everwatch_private.forget_channel_secrets()
  from public;
