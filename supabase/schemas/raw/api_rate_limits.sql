-- How much of each limit is used, one row for each key and window.
create table everwatch.api_rate_limits (
  org_id uuid not null references everwatch.orgs (id) on delete cascade,
  key_type text not null check (key_type in ('api_key', 'org', 'ip')),
  identifier text not null check (length(identifier) between 1 and 200),
  window_start timestamptz not null,
  window_seconds integer not null default 60 check (window_seconds > 0),
  request_count integer not null check (request_count >= 0),
  limit_max integer not null check (limit_max > 0),
  updated_at timestamptz not null default now(),
  -- In UTC, where a second more is a second more whatever the session's time zone.
  window_end timestamptz not null generated always as (
    (window_start at time zone 'UTC' + make_interval(secs => window_seconds)) at time zone 'UTC'
  ) stored,
  primary key (org_id, key_type, identifier, window_start)
);

-- The windows that are open.
create index api_rate_limits_by_end_idx on everwatch.api_rate_limits (org_id, window_end);

comment on table everwatch.api_rate_limits
  is 'Use of each rate limit, one row for each key and window.';
comment on column everwatch.api_rate_limits.key_type
  is 'What is limited: an api_key, a whole org, or an ip.';
comment on column everwatch.api_rate_limits.identifier
  is 'Which one: the key''s id, the org''s id, or the address.';
comment on column everwatch.api_rate_limits.window_seconds is 'Length of the window in seconds.';
comment on column everwatch.api_rate_limits.window_end
  is 'When the window closes and the count starts again.';
comment on column everwatch.api_rate_limits.request_count
  is 'Requests counted in the window; it may exceed limit_max.';
comment on column everwatch.api_rate_limits.limit_max is 'Requests that the window allows.';
comment on column everwatch.api_rate_limits.updated_at is 'When the row was last reported.';
comment on constraint api_rate_limits_key_type_check on everwatch.api_rate_limits
  is 'key_type must be api_key, org or ip';
comment on constraint api_rate_limits_identifier_check on everwatch.api_rate_limits
  is 'identifier must be text of 1 to 200 characters';
comment on constraint api_rate_limits_window_seconds_check on everwatch.api_rate_limits
  is 'window_seconds must be 1 or more';
comment on constraint api_rate_limits_request_count_check on everwatch.api_rate_limits
  is 'request_count must not be below 0';
comment on constraint api_rate_limits_limit_max_check on everwatch.api_rate_limits
  is 'limit_max must be 1 or more';

select
  everwatch_private.make_judge('rate_limit', 'everwatch.api_rate_limits', 'window_start', filled_in => '{window_start}');

alter table everwatch.api_rate_limits enable row level security;

grant select on everwatch.api_rate_limits to authenticated;
grant select, insert, update, delete on everwatch.api_rate_limits to service_role;

create policy "members read their orgs' rate limits"
  on everwatch.api_rate_limits
  for select
  to authenticated
  using (org_id = any (array(select everwatch_private.my_org_ids())));
