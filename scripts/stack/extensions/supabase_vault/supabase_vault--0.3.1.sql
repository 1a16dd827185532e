-- A stand-in for Supabase's Vault 0.3 in SQL alone: its table, view, functions and permissions. The
-- key is in a table of its own that pg_dump leaves out, so that a dump holds no secret in the clear.
create table vault._root_key (key bytea not null);

comment on table vault._root_key is 'What seals each secret; the real one is a file of the server.';

insert into
  vault._root_key
values
  (gen_random_bytes (32));

-- Functions that call pgcrypto keep the search path of this script, which has its schema, wherever
-- that is.
create function vault._authenticate(
  sealed bytea,
  additional bytea,
  key_id bigint,
  context bytea,
  nonce bytea
)
  returns bytea
  language sql stable security definer set search_path from current
  as $$
  select hmac(
    convert_to(jsonb_build_array(additional, key_id, context, nonce, sealed)::text, 'UTF8'),
    key, 'sha256'
  )
  from vault._root_key
$$;

comment on function vault._authenticate(bytea, bytea, bigint, bytea, bytea)
  is 'The HMAC-SHA256 of a sealed message and of all that it belongs to.';

create function vault._crypto_aead_det_noncegen()
  returns bytea
  language sql volatile set search_path from current
  as $$
  select gen_random_bytes(16)
$$;

create function vault._crypto_aead_det_encrypt(
  message bytea,
  additional bytea,
  key_id bigint,
  context bytea default 'pgsodium',
  nonce bytea default null
)
  returns bytea
  language sql stable security definer set search_path from current
  as $$
  select vault._authenticate(sealed, additional, key_id, context, nonce) || sealed
  from vault._root_key,
    encrypt_iv(message, key, coalesce(nonce, decode(repeat('00', 16), 'hex')), 'aes') as sealed
$$;

create function vault._crypto_aead_det_decrypt(
  message bytea,
  additional bytea,
  key_id bigint,
  context bytea default 'pgsodium',
  nonce bytea default null
)
  returns bytea
  language plpgsql stable security definer set search_path from current
  as $$
declare
  sealed constant bytea := substr(message, 33);
begin
  if substr(message, 1, 32)
    is distinct from vault._authenticate(sealed, additional, key_id, context, nonce)
  then
    raise exception 'pgsodium_crypto_aead_det_decrypt_by_id: invalid ciphertext' using
      errcode = 'data_exception';
  end if;
  return decrypt_iv(sealed, key, coalesce(nonce, decode(repeat('00', 16), 'hex')), 'aes')
  from vault._root_key;
end
$$;

create table vault.secrets (
  id uuid primary key default gen_random_uuid(),
  name text,
  description text not null default '',
  secret text not null,
  key_id uuid,
  nonce bytea default vault._crypto_aead_det_noncegen (),
  created_at timestamptz not null default current_timestamp,
  updated_at timestamptz not null default current_timestamp
);

comment on table vault.secrets is 'Secrets, sealed; read them through vault.decrypted_secrets.';

create unique index on vault.secrets (name) where name is not null;

create view vault.decrypted_secrets as
select
  id,
  name,
  description,
  secret,
  convert_from(
    vault._crypto_aead_det_decrypt(decode(secret, 'base64'), convert_to(id::text, 'utf8'), 0, 'pgsodium', nonce),
    'utf8'
  ) as decrypted_secret,
  key_id,
  nonce,
  created_at,
  updated_at
from
  vault.secrets;

comment on view vault.decrypted_secrets is 'Secrets as they were given.';

create function vault._seal(secret text, id uuid, nonce bytea)
  returns text
  language sql stable set search_path = ''
  as $$
  select encode(
    vault._crypto_aead_det_encrypt(
      convert_to(secret, 'utf8'), convert_to(id::text, 'utf8'), 0, 'pgsodium', nonce
    ),
    'base64'
  )
$$;

comment on function vault._seal(text, uuid, bytea) is 'A secret as its row keeps it.';

create function vault.create_secret(
  new_secret text,
  new_name text default null,
  new_description text default '',
  new_key_id uuid default null
)
  returns uuid
  language sql security definer set search_path = ''
  as $$
  insert into vault.secrets (id, name, description, nonce, secret)
  select id, new_name, new_description, nonce, vault._seal(new_secret, id, nonce)
  from gen_random_uuid() as id, vault._crypto_aead_det_noncegen() as nonce
  returning id
$$;

comment on function vault.create_secret(text, text, text, uuid)
  is 'Stores a secret and returns its id; the key cannot be chosen.';

create function vault.update_secret(
  secret_id uuid,
  new_secret text default null,
  new_name text default null,
  new_description text default null,
  new_key_id uuid default null
)
  returns void
  language sql security definer set search_path = ''
  as $$
  update vault.secrets
  set
    secret = coalesce(vault._seal(new_secret, id, nonce), secret),
    name = coalesce(new_name, name),
    description = coalesce(new_description, description),
    updated_at = now()
  where id = secret_id
$$;

comment on function vault.update_secret(uuid, text, text, text, uuid)
  is 'Changes what is given of a secret; null leaves it as it is, and an unknown id changes nothing.';

revoke all on all functions in schema vault from public;

select
  pg_extension_config_dump ('vault.secrets', '');

-- What the hosted platform grants once the extension is made.
do $$
begin
  if exists (select from pg_roles where rolname = 'postgres') then
    grant usage on schema vault to postgres with grant option;
    grant select, delete on vault.secrets, vault.decrypted_secrets to postgres with grant option;
    grant execute on function vault.create_secret, vault.update_secret, vault._crypto_aead_det_decrypt
      to postgres with grant option;
  end if;
  if exists (select from pg_roles where rolname = 'service_role') then
    grant usage on schema vault to service_role;
    grant select, delete on vault.secrets, vault.decrypted_secrets to service_role;
    grant execute on function vault.create_secret, vault.update_secret, vault._crypto_aead_det_decrypt
      to service_role;
  end if;
end
$$;
