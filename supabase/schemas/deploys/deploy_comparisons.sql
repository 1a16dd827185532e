-- What deploys changed: for each thing that was compared, what it was, what it is, and the verdict.
create table everwatch_private.deploy_comparisons (
  deploy_id uuid not null references everwatch.deploys (id) on delete cascade,
  org_id uuid not null,
  resource_type text not null check (resource_type in ('route', 'webhook', 'rule')),
  resource_id text not null,
  resource_name text not null,
  metric text not null check (metric in ('latency', 'error_rate')),
  verdict text not null check (verdict in ('better', 'worse', 'no difference', 'not enough data')),
  measure text check (measure in ('p95_ms', 'p50_ms', 'error_rate')),
  before double precision,
  after double precision,
  change double precision,
  change_low double precision,
  change_high double precision,
  p_value double precision,
  q_value double precision,
  rows_before bigint not null,
  rows_after bigint not null,
  primary key (deploy_id, resource_type, resource_id, metric)
);

comment on table everwatch_private.deploy_comparisons
  is 'What deploys changed, as of the last look at each: see compare_deploy(). Members read it through v_deploy_comparisons.';
comment on column everwatch_private.deploy_comparisons.resource_type
  is 'route: a method and a path of the API; webhook or rule.';
comment on column everwatch_private.deploy_comparisons.measure
  is 'What the numbers are of: milliseconds of the 95th or, where only the bulk moved, of the 50th percentile; or the share of rows that failed. Null where nothing was tested.';
comment on column everwatch_private.deploy_comparisons.before
  is 'What it would be without the deploy: the two hours before, moved as they move by then on other days.';
comment on column everwatch_private.deploy_comparisons.change
  is 'Of a latency after / before - 1, of a share after - before.';
comment on column everwatch_private.deploy_comparisons.change_low
  is 'With change_high: the 90% interval of the change.';
comment on column everwatch_private.deploy_comparisons.p_value
  is 'How likely a difference as large as this is, up or down, without any change.';
comment on column everwatch_private.deploy_comparisons.q_value
  is 'p_value, corrected for the number of comparisons of the deploy.';
comment on column everwatch_private.deploy_comparisons.rows_before
  is 'Finished rows in the two hours before.';

alter table everwatch_private.deploy_comparisons enable row level security;

grant select on everwatch_private.deploy_comparisons to authenticated, service_role;

create policy "members read what their orgs' deploys changed"
  on everwatch_private.deploy_comparisons
  for select
  to authenticated
  using (org_id = any (array(select everwatch_private.my_org_ids())));

create view everwatch.v_deploy_comparisons
with
  (security_invoker = on) as
select
  *
from
  everwatch_private.deploy_comparisons;

comment on view everwatch.v_deploy_comparisons
  is 'What deploys of the orgs that the caller may read changed: see everwatch_private.deploy_comparisons.';

create view everwatch.v_deploys
with
  (security_invoker = on) as
select
  d.id,
  d.org_id,
  d.service,
  d.version,
  d.deployed_at,
  case
    when d.looked_minutes = 0
    and d.next_look_at is not null then null
    when c.worse > 0 then 'worse'
    when c.better > 0 then 'better'
    when c.same > 0 then 'no difference'
    else 'not enough data'
  end as verdict,
  d.next_look_at is null as is_final,
  c.worse,
  c.better,
  c.same
from
  everwatch.deploys as d
  cross join lateral (
    select
      count(*) filter (where k.verdict = 'worse')::integer as worse,
      count(*) filter (where k.verdict = 'better')::integer as better,
      count(*) filter (where k.verdict = 'no difference')::integer as same
    from
      everwatch_private.deploy_comparisons as k
    where
      k.deploy_id = d.id
  ) as c;

comment on view everwatch.v_deploys
  is 'Deploys of the orgs that the caller may read, each with its verdict (null before the first), whether that is final, and how many comparisons say so.';

grant select on everwatch.v_deploy_comparisons, everwatch.v_deploys to authenticated, service_role;
