-- The kinds of channels: what tells them apart in the database. Its rows are made of the catalog in
-- supabase/functions/_shared/catalog/channel-kinds.
create table everwatch_private.channel_kinds (
  kind text primary key,
  secret_is text not null,
  secret_pattern text not null,
  secret_is_made boolean not null,
  url_is_secret boolean not null,
  default_url text,
  fields text[] not null,
  keeps_incidents boolean not null
);

comment on table everwatch_private.channel_kinds
  is 'The kinds of channels, from the catalog; a release brings its rows.';
comment on column everwatch_private.channel_kinds.secret_is
  is 'What the secret of such a channel is, as the end of a sentence.';
comment on column everwatch_private.channel_kinds.secret_pattern
  is 'The regular expression that the secret matches.';
comment on column everwatch_private.channel_kinds.secret_is_made
  is 'Whether we make the secret, where none is given: it signs what is sent.';
comment on column everwatch_private.channel_kinds.url_is_secret
  is 'Whether messages go to the address that is the secret: such a channel has no url.';
comment on column everwatch_private.channel_kinds.default_url
  is 'Where the service of this kind is, unless the channel says otherwise; null: there is none.';
comment on column everwatch_private.channel_kinds.fields
  is 'The settings that a form asks for: of url, secret, email_from, email_to.';
comment on column everwatch_private.channel_kinds.keeps_incidents
  is 'Whether such a channel is told one event of one incident at a time: opened, acknowledged, resolved.';
