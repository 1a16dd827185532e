-- Made of supabase/functions/_shared/catalog by `npm run check -- --fix generated`.
insert into
  everwatch_private.channel_kinds(
    kind,
    secret_is,
    secret_pattern,
    secret_is_made,
    url_is_secret,
    default_url,
    fields,
    keeps_incidents
  )
values
  (
    'slack',
    'the address of a Slack incoming webhook',
    '^https?://[^\s/?#@]+/\S+$',
    false,
    true,
    null,
    array['secret'],
    false
  ),
  (
    'discord',
    'the address of a Discord webhook',
    '^https?://[^\s/?#@]+/\S+$',
    false,
    true,
    null,
    array['secret'],
    false
  ),
  (
    'teams',
    'the address of a workflow of Microsoft Teams',
    '^https?://[^\s/?#@]+/\S+$',
    false,
    true,
    null,
    array['secret'],
    false
  ),
  (
    'pagerduty',
    'the routing key of a PagerDuty integration (Events v2)',
    '^[A-Za-z0-9]{20,64}$',
    false,
    false,
    'https://events.pagerduty.com/v2/enqueue',
    array['secret'],
    true
  ),
  (
    'email',
    'the key of the mail service, of 8 to 200 characters',
    '^[!-~]{8,200}$',
    false,
    false,
    'https://api.resend.com/emails',
    array['secret', 'email_from', 'email_to'],
    false
  ),
  (
    'webhook',
    'whsec_ and the base64 of 24 to 64 bytes',
    '^whsec_(([A-Za-z0-9+/]{4}){8,20}([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?|([A-Za-z0-9+/]{4}){21}([A-Za-z0-9+/]{2}==)?)$',
    true,
    false,
    null,
    array['url'],
    false
  );
