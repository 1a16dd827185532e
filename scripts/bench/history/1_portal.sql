-- What fills a database for a benchmark: a portal as it would be after months of traffic. A few orgs
-- and webhooks have most of it; durations are log-normal; 2 percent of deliveries fail.
create schema bench;

grant usage on schema bench to authenticated, service_role;

create table bench.orgs (rank integer primary key, id uuid not null, api_key_id uuid not null);

create table bench.webhooks (rank integer primary key, id uuid not null, org_id uuid not null);

create table bench.rules (rank integer primary key, id uuid not null, org_id uuid not null);

create function bench.add_portal(orgs integer, webhooks integer, rules integer)
  returns void
  language plpgsql set search_path = ''
  as $$
begin
  insert into everwatch.orgs (name) select 'Org ' || n from generate_series(1, orgs) as n;
  insert into everwatch.api_keys (org_id, name, prefix, digest)
  select id, 'Server', 'ew_test_', sha256(id::text::bytea) from everwatch.orgs;
  insert into everwatch.segments (org_id, name, member_count) select id, 'Cold', 100 from everwatch.orgs;
  insert into auth.users (id, email) select id, id || '@example.com' from everwatch.orgs;
  insert into everwatch.org_members (org_id, user_id, role) select id, id, 'owner' from everwatch.orgs;
  insert into bench.orgs
  select row_number() over () - 1, o.id, k.id
  from everwatch.orgs as o
  join everwatch.api_keys as k on k.org_id = o.id;

  insert into everwatch.webhooks (org_id, url)
  select o.id, 'https://hooks.example.com/' || drawn.n
  from (
    select n, floor(add_portal.orgs * power(random(), 2))::integer as rank
    from generate_series(1, webhooks) as n
  ) as drawn
  join bench.orgs as o using (rank);
  insert into bench.webhooks select row_number() over () - 1, id, org_id from everwatch.webhooks;

  insert into everwatch.automation_rules (org_id, name, type, segment_id)
  select s.org_id, 'Rule ' || drawn.n,
    (array['warmth_threshold', 'no_touch_days', 'stage_change'])[1 + drawn.n % 3], s.id
  from (
    select n, floor(add_portal.orgs * power(random(), 2))::integer as rank
    from generate_series(1, rules) as n
  ) as drawn
  join bench.orgs as o using (rank)
  join everwatch.segments as s on s.org_id = o.id;
  insert into bench.rules select row_number() over () - 1, id, org_id from everwatch.automation_rules;
end
$$;

-- A sample of a log-normal distribution (by Box and Muller), in whole milliseconds.
create function bench.duration_ms(median numeric)
  returns integer
  language sql volatile
  as $$
  select least(30000, 1 + (median * exp(0.8 * sqrt(-2 * ln(1 - random())) * cos(2 * pi() * random())))::integer)
$$;
