-- How members silence alerts. Row level security decides who may; these functions say why not.
create function everwatch_private.check_matchers(matchers jsonb)
  returns void
  language plpgsql immutable set search_path = ''
  as $$
declare
  known constant text[] := array['type', 'severity', 'resource_type', 'resource_id', 'resource_name'];
begin
  if jsonb_typeof(matchers) is distinct from 'object' or exists (
    select
    from jsonb_each(matchers) as m
    where m.key <> all (known)
      or jsonb_typeof(m.value) <> 'string'
      or length(m.value #>> '{}') not between 1 and 2048
  ) then
    raise exception 'matchers must be an object of %, each a text; * stands for any text.',
      array_to_string(known, ', ')
      using errcode = 'PT400', detail = 'invalid_matchers', hint = 'matchers';
  end if;
end
$$;

comment on function everwatch_private.check_matchers(jsonb)
  is 'Refuses (400, invalid_matchers) what does not describe alerts.';

create function everwatch.silence_alerts(
  matchers jsonb,
  until timestamptz,
  reason text,
  org_id uuid default null
)
  returns uuid
  language plpgsql set search_path = ''
  as $$
declare
  -- The operator's own alerts belong to no org.
  org constant uuid := case
    when silence_alerts.org_id is not null or not everwatch_private.reads_every_org()
      then everwatch_private.metrics_org(silence_alerts.org_id)
  end;
  new_id uuid;
begin
  perform everwatch_private.check_matchers(matchers);
  if until is null or until not between now() and now() + interval '1 year' then
    raise exception 'until must be in the future, a year ahead at most.'
      using errcode = 'PT400', detail = 'invalid_until', hint = 'until';
  elsif reason is null or length(reason) not between 1 and 1000 then
    raise exception 'Say why, in 1 to 1000 characters.'
      using errcode = 'PT400', detail = 'invalid_reason', hint = 'reason';
  end if;
  -- Each is looked at for each notification.
  if (
    select count(*)
    from everwatch_private.silences as s
    where s.ends_at > now() and (s.org_id = org or (s.org_id is null and org is null))
  ) >= 100 then
    raise exception 'There are 100 silences already: end one, or make one that matches more.'
      using errcode = 'PT409', detail = 'too_many_silences', hint = 'matchers';
  end if;
  insert into everwatch_private.silences (org_id, matchers, reason, ends_at)
  values (org, silence_alerts.matchers, silence_alerts.reason, until)
  returning id into new_id;
  return new_id;
exception
  when insufficient_privilege then
    raise exception 'Viewers silence nothing: ask a member of the org.'
      using errcode = 'PT403', detail = 'not_allowed', hint = 'org_id';
end
$$;

comment on function everwatch.silence_alerts(jsonb, timestamptz, text, uuid)
  is 'Holds back the notifications of an org''s alerts that match, until then; returns the silence''s id. With the secret key and no org: of the operator''s alerts. See everwatch_private.silences for the matchers. Raises PT400, PT401, PT403, PT404, or PT409 beyond 100 silences.';

create function everwatch.end_silence(silence_id uuid)
  returns void
  language plpgsql set search_path = ''
  as $$
begin
  update everwatch_private.silences as s
  set ends_at = now()
  where s.id = end_silence.silence_id and s.ends_at > now();
  if found then
    return;
  end if;
  if not exists (select from everwatch_private.silences as s where s.id = end_silence.silence_id) then
    raise exception 'There is no such silence.'
      using errcode = 'PT404', detail = 'silence_not_found', hint = 'silence_id';
  elsif exists (
    select from everwatch_private.silences as s where s.id = end_silence.silence_id and s.ends_at > now()
  ) then
    raise exception 'Viewers end no silence: ask a member of the org.'
      using errcode = 'PT403', detail = 'not_allowed', hint = 'silence_id';
  end if;
end
$$;

comment on function everwatch.end_silence(uuid)
  is 'Ends a silence now; one that has ended stays as it is. What it held back and still fires notifies at the next evaluation. Raises PT403 or PT404.';

revoke execute
  on function
    everwatch_private.check_matchers(jsonb),
    everwatch.silence_alerts(jsonb, timestamptz, text, uuid),
    everwatch.end_silence(uuid)
  from public;
