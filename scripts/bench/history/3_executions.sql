-- As add_deliveries(), of rules that ran.
create function bench.add_executions(
  first bigint,
  last bigint,
  total bigint,
  days numeric,
  until timestamptz
)
  returns void
  language sql set search_path = ''
  as $$
  insert into everwatch.rule_executions (
    org_id, rule_id, status, duration_ms, affected_contacts, error, executed_at
  )
  select r.org_id, r.id, status, bench.duration_ms(40), floor(20 * luck)::integer,
    case status when 'failed' then 'segment could not be computed' end,
    until - make_interval(secs => (86400 * days * (total - n) / total)::double precision)
  from (
    select n, random() as luck,
      case when random() < 0.02 then 'failed' else 'success' end as status,
      floor((select count(*) from bench.rules) * power(place, 3))::integer as rank
    from (select n, random() as place from generate_series(first, last) as n) as row
  ) as drawn
  join bench.rules as r using (rank)
$$;
