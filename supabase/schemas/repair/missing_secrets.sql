-- Secrets are in the Vault, which a dump leaves out.
create function everwatch_private.missing_secrets()
  returns table(part text, detail text, remedy text)
  language plpgsql stable set search_path = ''
  as $$
begin
  if to_regclass('vault.secrets') is null then
    return;
  end if;
  return query
  select 'secret', 'the key that signs requests to the edge functions is gone', 'select everwatch.repair()'
  where not exists (select from vault.secrets as s where s.name = 'everwatch_request_key')
  union all
  (
    select 'secret', format('the secret of the %s channel %s is gone', c.kind, quote_literal(c.name)),
      format('select everwatch.rotate_channel_secret(%L, secret => …)', c.id)
    from everwatch_private.channels as c
    where not exists (select from vault.secrets as s where s.id = c.secret_id)
    order by c.name, c.id
  );
end
$$;

comment on function everwatch_private.missing_secrets()
  is 'Secrets of ours, and of channels, that the Vault does not have.';

revoke execute on function everwatch_private.missing_secrets() from public;
