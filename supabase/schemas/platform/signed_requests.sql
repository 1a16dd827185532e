-- How an edge function knows that the database calls: the request is signed with a key that never
-- leaves the Vault, because the function has the database check it. The form is that of Standard
-- Webhooks. Nothing in the request is secret: every role may read the queue of pg_net.
create function everwatch_private.make_request_key()
  returns void
  language plpgsql set search_path = ''
  as $$
begin
  perform vault.create_secret(
    encode(extensions.gen_random_bytes(32), 'base64'),
    'everwatch_request_key',
    'Signs what the database asks of the edge functions'
  )
  where not exists (select from vault.secrets as s where s.name = 'everwatch_request_key');
end
$$;

comment on function everwatch_private.make_request_key()
  is 'Makes the key that signs requests, where there is none yet.';

select everwatch_private.make_request_key();

create function everwatch_private.sign_request(id text, sent_at bigint, body text)
  returns text
  language plpgsql stable set search_path = ''
  as $$
begin
  return (
    select 'v1,' || encode(
      extensions.hmac(
        convert_to(concat_ws('.', sign_request.id, sign_request.sent_at, sign_request.body), 'UTF8'),
        decode(key.decrypted_secret, 'base64'),
        'sha256'
      ),
      'base64'
    )
    from vault.decrypted_secrets as key
    where key.name = 'everwatch_request_key'
  );
end
$$;

comment on function everwatch_private.sign_request(text, bigint, text)
  is 'The signature of a request: of its id, the time (unix seconds) and the body as it is sent. See standardwebhooks.com.';

-- Comparing digests tells nothing of how far a guess was right.
create function everwatch_private.check_request(id text, sent_at bigint, body text, signature text)
  returns void
  language plpgsql stable set search_path = ''
  as $$
begin
  if abs(extract(epoch from clock_timestamp()) - check_request.sent_at) > 300 then
    raise exception 'The request is older than five minutes.'
      using errcode = 'PT401', detail = 'stale_request';
  elsif sha256(convert_to(everwatch_private.sign_request(id, sent_at, body), 'UTF8'))
    is distinct from sha256(convert_to(signature, 'UTF8'))
  then
    raise exception 'The signature is not the database''s.'
      using errcode = 'PT401', detail = 'invalid_signature';
  end if;
end
$$;

comment on function everwatch_private.check_request(text, bigint, text, text)
  is 'Raises PT401 unless this database signed the request within the last five minutes.';

revoke execute
  on function
    everwatch_private.make_request_key(),
    everwatch_private.sign_request(text, bigint, text),
    everwatch_private.check_request(text, bigint, text, text)
  from public;
