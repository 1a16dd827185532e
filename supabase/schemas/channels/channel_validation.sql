-- What a channel may be, judged whoever writes it: the answer names the setting that is wrong.
create function everwatch_private.channel_problem(channel everwatch_private.channels)
  returns table(field text, problem text)
  language sql stable set search_path = ''
  as $$
  select p.field, p.problem
  from everwatch_private.channel_kinds as k
  cross join lateral (
    select 'name', 'must have 1 to 200 characters'
    where not coalesce(length(channel.name) between 1 and 200, false)
    union all
    select * from everwatch_private.address_problem(channel, k)
    union all
    select * from everwatch_private.selection_problem(channel)
  ) as p (field, problem)
  where k.kind = channel.kind
  union all
  select 'mute_windows', everwatch_private.mute_window_problem(w)
  from jsonb_array_elements(
    case when jsonb_typeof(channel.mute_windows) = 'array' then channel.mute_windows else '[]' end
  ) as w
  where everwatch_private.mute_window_problem(w) is not null
$$;

comment on function everwatch_private.channel_problem(everwatch_private.channels)
  is 'Which settings of a channel are wrong, and how; no row for a good one.';

create function everwatch_private.address_problem(
  channel everwatch_private.channels,
  kind everwatch_private.channel_kinds
)
  returns table(field text, problem text)
  language sql immutable set search_path = ''
  as $$
  select p.field, p.problem
  from (values
    (
      'url', 'must be an absolute https address without a user or password',
      kind.url_is_secret or coalesce(
        channel.url ~* '^https?://[^\s/?#@]+([/?#]\S*)?$' and length(channel.url) <= 2048, false
      )
    ),
    (
      'url', 'is the secret of a channel of this kind: leave it out',
      not kind.url_is_secret or channel.url is null
    ),
    (
      'email_from', 'must be an address, or a name and <address>',
      'email_from' <> all (kind.fields)
        or coalesce(channel.email_from ~ '^([^<>@"]{1,100} <[^\s@<>,;]+@[^\s@<>,;]+>|[^\s@<>,;]+@[^\s@<>,;]+)$', false)
    ),
    (
      'email_to', 'must be 1 to 50 addresses',
      'email_to' <> all (kind.fields) or coalesce(
        cardinality(channel.email_to) between 1 and 50
        and not exists (
          select from unnest(channel.email_to) as _ (address)
          where coalesce(address !~ '^[^\s@<>,;]+@[^\s@<>,;]+$', true)
        ), false
      )
    ),
    (
      'email_from', 'is for channels that send mail',
      'email_from' = any (kind.fields) or channel.email_from is null
    ),
    (
      'email_to', 'is for channels that send mail',
      'email_to' = any (kind.fields) or channel.email_to is null
    )
  ) as p (field, problem, is_fit)
  where not p.is_fit
$$;

comment on function everwatch_private.address_problem(everwatch_private.channels, everwatch_private.channel_kinds)
  is 'What is wrong with where a channel of a kind sends: an address of the web, or those of mail.';

create function everwatch_private.selection_problem(channel everwatch_private.channels)
  returns table(field text, problem text)
  language sql stable set search_path = ''
  as $$
  select p.field, p.problem
  from (values
    (
      'min_severity', 'must be warning or critical',
      coalesce(channel.min_severity in ('warning', 'critical'), false)
    ),
    (
      'group_seconds', 'must be from 0 to 600',
      coalesce(channel.group_seconds between 0 and 600, false)
    ),
    (
      'types', 'must be types of alerts, as webhook_failure',
      coalesce(cardinality(channel.types) <= 50, false) and not exists (
        select from unnest(channel.types) as _ (type)
        where type is null
          or not exists (select from everwatch_private.alert_policies as p where p.type = _.type)
      )
    ),
    (
      'mute_windows', 'must be a list of windows',
      coalesce(jsonb_typeof(channel.mute_windows) = 'array', false)
        and length(channel.mute_windows::text) <= 10000
    )
  ) as p (field, problem, is_fit)
  where not p.is_fit
$$;

comment on function everwatch_private.selection_problem(everwatch_private.channels)
  is 'What is wrong with what a channel is told of, and when.';

create function everwatch_private.check_channel()
  returns trigger
  language plpgsql set search_path = ''
  as $$
declare
  found_problem record;
begin
  new.url := coalesce(new.url, (
    select k.default_url from everwatch_private.channel_kinds as k where k.kind = new.kind
  ));
  select * into found_problem from everwatch_private.channel_problem(new) limit 1;
  if found then
    raise exception '% %.', found_problem.field, found_problem.problem
      using errcode = 'PT400', detail = 'invalid_channel', hint = found_problem.field;
  end if;
  return new;
end
$$;

comment on function everwatch_private.check_channel()
  is 'Refuses (400, invalid_channel) a channel with a setting that is wrong; says where the service is, where that was left out.';

create trigger check_channel
  before insert or update on everwatch_private.channels
  for each row
  execute function everwatch_private.check_channel();

revoke execute
  on function
    everwatch_private.channel_problem(everwatch_private.channels),
    everwatch_private.address_problem(everwatch_private.channels, everwatch_private.channel_kinds),
    everwatch_private.selection_problem(everwatch_private.channels),
    everwatch_private.check_channel()
  from public;
