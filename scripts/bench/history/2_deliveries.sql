-- The rows from `first` to `last` of `total`, which are spread evenly over the days up to `until`.
create function bench.add_deliveries(
  first bigint,
  last bigint,
  total bigint,
  days numeric,
  until timestamptz
)
  returns void
  language sql set search_path = ''
  as $$
  insert into everwatch.webhook_deliveries (
    org_id, webhook_id, event_type, status, status_code, attempt, duration_ms, error, sent_at
  )
  select w.org_id, w.id,
    (array['contact.created', 'contact.updated', 'deal.won', 'note.added'])[1 + floor(4 * luck)::integer],
    status,
    case status when 'sent' then 200 when 'failed' then 500 end,
    1,
    case when status <> 'pending' then bench.duration_ms(120) end,
    case status when 'failed' then 'the receiver answered 500: upstream connect error' end,
    until - make_interval(secs => (86400 * days * (total - n) / total)::double precision)
  from (
    select n, random() as luck,
      case when state < 0.02 then 'failed' when state < 0.021 then 'pending' else 'sent' end as status,
      floor((select count(*) from bench.webhooks) * power(place, 3))::integer as rank
    from (
      select n, random() as state, random() as place from generate_series(first, last) as n
    ) as row
  ) as drawn
  join bench.webhooks as w using (rank)
$$;
