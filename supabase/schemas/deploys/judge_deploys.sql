-- Verdicts about deploys: at 5, 20 and 60 minutes after each, or when the next deploy of the service cuts
-- that short. Each look may be wrong: of deploys that change nothing, in half of 2, 4 and 4% something is
-- called worse, which are 5 in a hundred.
create function everwatch_private.judge_deploy(deploy everwatch.deploys, at timestamptz)
  returns void
  language plpgsql set search_path = '' set jit = off
  as $$
declare
  looks constant integer[] := array[5, 20, 60];
  -- Rows come a little later than they happened.
  grace constant interval := interval '30 seconds';
  superseded_at constant timestamptz := (
    select min(d.deployed_at)
    from everwatch.deploys as d
    where d.org_id = deploy.org_id and d.service = deploy.service
      and d.deployed_at > deploy.deployed_at and d.deployed_at <= judge_deploy.at
  );
  minutes constant integer := (
    select max(m) from unnest(looks) as m
    where deploy.deployed_at + make_interval(mins => m) + grace <= judge_deploy.at
  );
  level constant double precision := case minutes when 5 then 0.02 else 0.04 end;
  length constant interval := least(make_interval(mins => minutes), superseded_at - deploy.deployed_at);
  next_look integer;
begin
  if minutes > deploy.looked_minutes and length >= interval '1 minute' then
    delete from everwatch_private.deploy_comparisons as k where k.deploy_id = deploy.id;
    insert into everwatch_private.deploy_comparisons
    select deploy.id, deploy.org_id, c.resource_type, c.resource_id,
      coalesce(w.url, r.name, c.resource_id), c.metric,
      case
        when c.q_value is null then 'not enough data'
        when c.q_value > level or abs(c.change) < c.least then 'no difference'
        when c.change > 0 then 'worse'
        else 'better'
      end,
      c.measure, c.before, c.after, c.change, c.change_low, c.change_high, c.p_value, c.q_value,
      c.rows_before, c.rows_after
    from (
      -- As Benjamini and Hochberg (1995) do.
      select x.*,
        min(x.p_value * x.comparisons / x.place) over (order by x.place desc) as q_value,
        case x.metric when 'latency' then 0.05 else 0.005 end as least
      from (
        select k.*, count(k.p_value) over () as comparisons,
          case when k.p_value is not null then row_number() over (order by k.p_value) end as place
        from everwatch_private.compare_deploy(deploy.org_id, deploy.deployed_at, length) as k
      ) as x
    ) as c
    left join everwatch.webhooks as w on c.resource_type = 'webhook' and w.id::text = c.resource_id
    left join everwatch.automation_rules as r on c.resource_type = 'rule' and r.id::text = c.resource_id;
  end if;

  select min(m) into next_look from unnest(looks) as m where m > coalesce(minutes, 0);
  update everwatch.deploys as d
  set looked_minutes = greatest(d.looked_minutes, minutes),
    next_look_at = case
      when length < make_interval(mins => minutes) then null
      else deploy.deployed_at + make_interval(mins => next_look) + grace
    end
  where d.id = deploy.id;
end
$$;

comment on function everwatch_private.judge_deploy(everwatch.deploys, timestamptz)
  is 'Compares what came before and after a deploy, as far as the looks go that are due as of `at`, and says when the next one is.';

create function everwatch_private.judge_deploys(at timestamptz default now())
  returns integer
  language plpgsql set search_path = '' set lock_timeout = '5s'
  as $$
declare
  started constant timestamptz := clock_timestamp();
  deploy everwatch.deploys;
  judged integer := 0;
begin
  -- A run that takes longer than a minute must not meet the next one.
  if not pg_try_advisory_xact_lock(hashtextextended('everwatch_private.judge_deploys', 0)) then
    return 0;
  end if;
  loop
    select d.* into deploy
    from everwatch.deploys as d
    where d.next_look_at <= judge_deploys.at
    order by d.next_look_at
    limit 1
    for update skip locked;
    exit when not found or clock_timestamp() > started + interval '30 seconds';
    -- One that cannot be judged keeps no other from it: it is tried again, for a day.
    begin
      perform everwatch_private.judge_deploy(deploy, judge_deploys.at);
      judged := judged + 1;
    exception
      when others or query_canceled then
        raise warning 'deploy % cannot be judged: %: %', deploy.id, sqlstate, sqlerrm;
        update everwatch.deploys as d
        set next_look_at = case
          when judge_deploys.at < d.deployed_at + interval '1 day' then judge_deploys.at + interval '5 minutes'
        end
        where d.id = deploy.id;
    end;
  end loop;

  if judged > 0 or exists (
    select from everwatch_private.insights as i where i.kind = 'regression' and i.ended_at is null
  ) then
    perform everwatch_private.report_insights('regression', everwatch_private.regressions(judge_deploys.at), judge_deploys.at);
  end if;
  return judged;
end
$$;

comment on function everwatch_private.judge_deploys(timestamptz)
  is 'Judges the deploys whose next look is due as of `at`, states as insights what became worse, and returns how many it judged. Only one runs at a time. Where nothing is due it reads one index and no more.';

revoke execute
  on function
    everwatch_private.judge_deploy(everwatch.deploys, timestamptz),
    everwatch_private.judge_deploys(timestamptz)
  from public;

insert into
  everwatch_private.jobs(name, schedule, command)
values
  ('everwatch-judge-deploys', '* * * * *', 'select everwatch_private.judge_deploys()');
