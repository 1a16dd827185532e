-- Once a day: what everyone uses, and the three largest savings of the operator and of each org.
create function everwatch_private.report_savings(
  at timestamptz default now(),
  least_bytes bigint default 1000000
)
  returns integer
  language plpgsql set search_path = ''
  as $$
declare
  currency constant text := (select min(p.currency) from everwatch_private.prices as p);
  statements everwatch_private.finding[];
begin
  -- A second run at the same time has nothing to add.
  if not pg_try_advisory_xact_lock(hashtextextended('everwatch_private.report_savings', 0)) then
    return null;
  end if;
  perform everwatch_private.measure_costs(at);

  with found as (
    select * from everwatch_private.retention_savings(at)
    union all
    select * from everwatch_private.pending_savings(at)
    union all
    select * from everwatch_private.index_savings(at)
    union all
    select * from everwatch_private.fruitless_savings(at)
  ),
  ranked as (
    select f.*, m.money,
      row_number() over (partition by f.org_id order by f.bytes desc, f.metric, f.resource_id) as place
    from found as f
    cross join lateral everwatch_private.saved_money('disk', f.bytes / 1e9) as m (money)
    where f.bytes >= least_bytes
      -- Who answered that it was expected is not told again, until that is taken back.
      and not exists (
        select
        from everwatch_private.insights as i
        where i.kind = 'cost' and i.expected_at is not null
          and i.fingerprint = everwatch_private.fingerprint(f.org_id, 'cost.' || f.metric, f.resource_type, f.resource_id)
      )
  )
  select array_agg(
    row(
      r.org_id, 'info', r.resource_type, r.resource_id, r.resource_name, r.metric,
      r.sentence || case
        when r.money is null then '.'
        when r.money = 0 then '; the plan includes that much.'
        else format('; that is %s %s a month.', currency, to_char(r.money, 'FM999,999,990.00'))
      end,
      r.detail || jsonb_build_object('bytes', r.bytes, 'money_per_month', round(r.money, 6), 'currency', currency)
    )::everwatch_private.finding
  )
  into statements
  from ranked as r
  where r.place <= 3;

  perform everwatch_private.report_insights('cost', coalesce(statements, '{}'), at);
  return coalesce(cardinality(statements), 0);
end
$$;

comment on function everwatch_private.report_savings(timestamptz, bigint)
  is 'Measures what everyone uses and states the three largest savings of the operator and of each org, of least_bytes or more, as insights of the kind cost; those that are no longer true end. Returns how many they are; null when another run is at it.';

revoke execute on function everwatch_private.report_savings(timestamptz, bigint) from public;

insert into
  everwatch_private.jobs(name, schedule, command)
values
  ('everwatch-report-savings', '57 3 * * *', 'select everwatch_private.report_savings()');
