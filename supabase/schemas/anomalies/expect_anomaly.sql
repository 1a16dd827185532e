-- 'This was expected': the model takes in at once what it would have come to believe in time. How
-- unusual such an hour was stays as it is: the tail learns from hours alone.
create function everwatch_private.expect_points(
  d everwatch_private.detector,
  hours timestamptz[],
  points double precision[],
  goes_on boolean
)
  returns everwatch_private.detector
  language plpgsql immutable set search_path = ''
  as $$
declare
  slots integer[];
  factor double precision;
  root double precision;
  change double precision;
  weight double precision;
begin
  for k in 1 .. 3 loop
    change := 0;
    weight := 0;
    for i in 1 .. cardinality(points) loop
      slots := everwatch_private.season_slots(extract(epoch from hours[i]));
      factor := case when k = 1 then 1 else d.factors[slots[k]] end;
      root := sign(points[i]) * sqrt(abs(points[i]));
      change := change + (root - d.levels[k] * factor) * factor;
      weight := weight + factor * factor;
      -- What is over may come again at this hour of the week: halfway there.
      if not goes_on and k = 3 and abs(d.levels[3]) > 1e-9 then
        d.factors[slots[k]] := factor + (root / d.levels[3] - factor) / 2;
      end if;
    end loop;
    if goes_on and weight > 1e-9 then
      d.levels[k] := d.levels[k] + change / weight;
    end if;
  end loop;
  -- No run, and no late deviations, from a level that is no more.
  d.late := 0;
  d.run := 0; d.run_residual := 0; d.run_weight := 0;
  return d;
end
$$;

comment on function everwatch_private.expect_points(everwatch_private.detector, timestamptz[], double precision[], boolean)
  is 'A detector after somebody said that these points were expected: where that goes on they are the new level, and where it is over the season is halfway to them.';

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
  set detector = everwatch_private.expect_points(w.detector, hours, points, w.unusual),
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
    everwatch_private.expect_points(everwatch_private.detector, timestamptz[], double precision[], boolean),
    everwatch_private.expect_anomaly(uuid, uuid, text)
  from public;
