-- 'This was expected': the model takes in at once what it would have come to believe in time. How
-- unusual such an hour was stays as it is: the tail learns from hours alone.
create function everwatch_private.expected_state(
  state double precision[],
  hours timestamptz[],
  points double precision[],
  goes_on boolean
)
  returns double precision[]
  language plpgsql immutable set search_path = ''
  as $$
declare
  slot integer[];
  factor double precision;
  y double precision;
  change double precision;
  weight double precision;
  hour integer;
begin
  for k in 1 .. 3 loop
    change := 0;
    weight := 0;
    for i in 1 .. cardinality(points) loop
      hour := mod(floor(extract(epoch from hours[i]) / 3600)::bigint + 72, 168)::integer;
      slot := array[null, 229 + mod(hour, 24), 253 + hour];
      factor := case when k = 1 then 1 else state[slot[k]] end;
      y := sign(points[i]) * sqrt(abs(points[i]));
      change := change + (y - state[6 + k] * factor) * factor;
      weight := weight + factor * factor;
      -- What is over may come again at this hour of the week: halfway there.
      if not goes_on and k = 3 and abs(state[9]) > 1e-9 then
        state[slot[k]] := factor + (y / state[9] - factor) / 2;
      end if;
    end loop;
    if goes_on and weight > 1e-9 then
      state[6 + k] := state[6 + k] + change / weight;
    end if;
  end loop;
  -- No run, and no late deviations, from a level that is no more.
  state[23] := 0;
  state[34:36] := array[0, 0, 0]::double precision[];
  return state;
end
$$;

comment on function everwatch_private.expected_state(double precision[], timestamptz[], double precision[], boolean)
  is 'A detector''s state after somebody said that these points were expected: where that goes on they are the new level, and where it is over the season is halfway to them.';

create function everwatch_private.expect_anomaly(org_id uuid, resource_id uuid, metric text)
  returns boolean
  language plpgsql security definer set search_path = ''
  as $$
declare
  series everwatch_private.watched_series;
  hours timestamptz[];
  points double precision[];
begin
  if not (
    everwatch_private.reads_every_org()
    or expect_anomaly.org_id = any (array(select everwatch_private.my_org_ids(array['owner', 'admin', 'member'])))
  ) then
    return false;
  end if;
  select w.* into series
  from everwatch_private.watched_series as w
  where w.org_id = expect_anomaly.org_id
    and w.resource_id = expect_anomaly.resource_id
    and w.metric = expect_anomaly.metric
  for update;
  select array_agg(s.at order by s.at), array_agg(s.value order by s.at)
  into hours, points
  from everwatch_private.series_scores as s
  where s.series_id = series.id
    and s.unusual
    and s.at >= (series.said).at
    and s.at > coalesce(series.expected_until, '-infinity');
  if hours is null then
    return false;
  end if;
  update everwatch_private.watched_series as w
  set state = everwatch_private.expected_state(w.state, hours, points, w.unusual),
    unusual = false,
    expected_until = hours[cardinality(hours)]
  where w.id = series.id;
  return true;
end
$$;

comment on function everwatch_private.expect_anomaly(uuid, uuid, text)
  is 'Says that what was last unusual of a watched series (a webhook''s, a rule''s, or the org''s own, of which resource_id then is the org) was expected: its alert ends with the next evaluation, and the model has taken it in. For owners, admins and members of the org. False, and nothing changes, where there is nothing of the kind, or it has been said already.';

revoke execute
  on function
    everwatch_private.expected_state(double precision[], timestamptz[], double precision[], boolean),
    everwatch_private.expect_anomaly(uuid, uuid, text)
  from public;
