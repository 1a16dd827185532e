-- When something that grows reaches a limit, with how sure that is. What grows is taken for a random walk
-- with drift: after h seconds it is drift * h further, give or take sqrt(variance * (h + h^2 / observed)),
-- where the second part is that the drift itself is only known from what was observed. The limit lies
-- 1.2816 such deviations (8 of 10 times within them) ahead of or behind the expected course where
--   (distance - drift * h)^2 = 1.2816^2 * variance * (h + h^2 / observed),
-- a quadratic equation in h. (So Fieller's interval for a ratio:
-- https://doi.org/10.1111/j.2517-6161.1954.tb00159.x.)
create function monitoring.time_to_reach(
  distance double precision,
  drift double precision,
  variance double precision,
  observed double precision,
  out expected double precision,
  out earliest double precision,
  out latest double precision
)
  language plpgsql immutable set search_path = ''
  as $$
declare
  spread double precision;
  a double precision;
  b double precision;
  root double precision;
begin
  if distance <= 0 then
    expected := 0;
    earliest := 0;
    latest := 0;
    return;
  -- (What is no number is greater than any.)
  elsif (
    greatest(distance, drift, variance) < 'infinity' and drift > 0 and observed > 0 and variance >= 0
  ) is not true then
    return;
  end if;
  spread := 1.2816 ^ 2 * variance;
  a := drift ^ 2 - spread / observed;
  b := 2 * distance * drift + spread;
  root := sqrt(greatest(b ^ 2 - 4 * a * distance ^ 2, 0));
  expected := distance / drift;
  earliest := 2 * distance ^ 2 / (b + root);
  -- Where it may as well not grow at all, nobody knows by when it is there.
  if a > 0 then
    latest := (b + root) / (2 * a);
  end if;
end
$$;

comment on function monitoring.time_to_reach(double precision, double precision, double precision, double precision)
  is 'Seconds until something that grows by `drift` a second, with a variance of `variance` a second, both seen for `observed` seconds, is `distance` further: expected, and the bounds of an 80% interval. Null where it does not grow; latest is null where it may never be there.';

revoke all
  on function monitoring.time_to_reach(double precision, double precision, double precision, double precision)
  from public, anon, authenticated, service_role;
grant execute
  on function monitoring.time_to_reach(double precision, double precision, double precision, double precision)
  to authenticated, service_role;
