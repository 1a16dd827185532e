-- As add_deliveries(), of requests to the API.
create function bench.add_requests(
  first bigint,
  last bigint,
  total bigint,
  days numeric,
  until timestamptz
)
  returns void
  language sql set search_path = ''
  as $$
  insert into everwatch.api_audit_logs (
    org_id, request_id, api_key_id, method, path, resource_type, status_code, duration_ms, ip,
    user_agent, created_at
  )
  select o.id, 'req_' || n, case when luck < 0.7 then o.api_key_id end,
    (array['GET', 'GET', 'GET', 'POST', 'PATCH', 'DELETE'])[1 + floor(6 * luck)::integer],
    '/v1/' || resource || '/:id', resource,
    case
      when state < 0.01 then 500
      when state < 0.05 then (array[400, 401, 404, 429])[1 + floor(4 * luck)::integer]
      else (array[200, 200, 200, 201, 204])[1 + floor(5 * luck)::integer]
    end,
    bench.duration_ms(35), '203.0.113.7', 'everwatch-client/1.0',
    until - make_interval(secs => (86400 * days * (total - n) / total)::double precision)
  from (
    select n, random() as luck, state,
      (array['contacts', 'webhooks', 'segments', 'rules', 'notes', 'deals'])[
        1 + floor(6 * power(random(), 2))::integer
      ] as resource,
      floor((select count(*) from bench.orgs) * power(place, 2))::integer as rank
    from (
      select n, random() as state, random() as place from generate_series(first, last) as n
    ) as row
  ) as drawn
  join bench.orgs as o using (rank)
$$;
