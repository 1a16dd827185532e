-- The secrets of channels: in the Vault, and gone with their channel.
create function everwatch_private.check_channel_secret(kind text, secret text)
  returns void
  language plpgsql immutable set search_path = ''
  as $$
declare
  wanted constant text := case kind
    when 'slack' then '^https?://[^\s/?#@]+/\S+$'
    when 'pagerduty' then '^[A-Za-z0-9]{20,64}$'
    when 'email' then '^[!-~]{8,200}$'
    when 'webhook' then '^whsec_[A-Za-z0-9+/]+={0,2}$'
  end;
  is_fit boolean := coalesce(secret ~ wanted and length(secret) <= 2048, false);
begin
  if wanted is null then
    raise exception 'kind must be slack, pagerduty, email or webhook.'
      using errcode = 'PT400', detail = 'invalid_channel', hint = 'kind';
  elsif is_fit and kind = 'webhook' then
    begin
      is_fit := octet_length(decode(substr(secret, 7), 'base64')) between 24 and 64;
    exception
      when data_exception then is_fit := false;
    end;
  end if;
  if not is_fit then
    -- The message is kept in logs: it says what would be right, never what was given.
    raise exception 'secret must be %.', case kind
      when 'slack' then 'the address of a Slack incoming webhook'
      when 'pagerduty' then 'the routing key of a PagerDuty integration'
      when 'email' then 'the key of the mail service, of 8 to 200 characters'
      else 'whsec_ and the base64 of 24 to 64 bytes'
    end
      using errcode = 'PT400', detail = 'invalid_secret', hint = 'secret';
  end if;
end
$$;

comment on function everwatch_private.check_channel_secret(text, text)
  is 'Raises PT400 for what cannot be the secret of a channel of this kind.';

create function everwatch_private.make_webhook_secret()
  returns text
  language sql volatile set search_path = ''
  as $$
  select 'whsec_' || encode(extensions.gen_random_bytes(32), 'base64')
$$;

comment on function everwatch_private.make_webhook_secret()
  is 'A new secret as Standard Webhooks has them, of 32 bytes.';

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
    everwatch_private.check_channel_secret(text, text),
    everwatch_private.make_webhook_secret(),
    everwatch_private.forget_channel_secrets()
  from public;
