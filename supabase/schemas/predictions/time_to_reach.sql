-- When something that grows reaches a limit, with how sure that is. What grows is taken for a random walk
-- with drift: after h seconds it is drift * h further, give or take sqrt(variance * (h + h^2 / observed)),
-- where the second part is that the drift itself is only known from what was observed. The limit lies
-- 1.2816 such deviations (8 of 10 times within them) ahead of or behind the expected course where
--   (distance - drift * h)^2 = 1.2816^2 * variance * (h + h^2 / observed),
-- a quadratic equation in h. (So Fieller's interval for a ratio:
-- https://doi.org/10.1111/j.2517-6161.1954.tb00159.x.)
--
-- What also goes back is there now and then before it stays there: twice as often, says the reflection
-- principle, so that its earlier bound is where 1 in 20, and not 1 in 10, is ahead: 1.6449 deviations.
create function everwatch_private.course_bounds(
  distance double precision,
  drift double precision,
  variance double precision,
  observed double precision,
  deviations double precision,
  out sooner double precision,
  out later double precision
)
  language plpgsql immutable set search_path = ''
  as $$
declare
  spread constant double precision := deviations ^ 2 * variance;
  a constant double precision := drift ^ 2 - spread / observed;
  b constant double precision := 2 * distance * drift + spread;
  root constant double precision := sqrt(greatest(b ^ 2 - 4 * a * distance ^ 2, 0));
begin
  sooner := 2 * distance ^ 2 / (b + root);
  -- Where it may as well not grow at all, nobody knows by when it is there.
  if a > 0 then
    later := (b + root) / (2 * a);
  end if;
end
$$;

comment on function everwatch_private.course_bounds(double precision, double precision, double precision, double precision, double precision)
  is 'When a random walk with drift is `distance` further if it is so many deviations ahead of, or behind, its expected course.';

create function everwatch_private.time_to_reach(
  distance double precision,
  drift double precision,
  variance double precision,
  observed double precision,
  wavers boolean default false,
  out expected double precision,
  out earliest double precision,
  out latest double precision
)
  language plpgsql immutable set search_path = ''
  as $$
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
  expected := distance / drift;
  earliest := (everwatch_private.course_bounds(distance, drift, variance, observed, case when wavers then 1.6449 else 1.2816 end)).sooner;
  latest := (everwatch_private.course_bounds(distance, drift, variance, observed, 1.2816)).later;
end
$$;

comment on function everwatch_private.time_to_reach(double precision, double precision, double precision, double precision, boolean)
  is 'Seconds until something that grows by `drift` a second, with a variance of `variance` a second, both seen for `observed` seconds, is `distance` further: expected, and the bounds of an 80% interval. `wavers` says that it may go back, too. Null where it does not grow; latest is null where it may never be there.';

revoke execute
  on function
    everwatch_private.course_bounds(double precision, double precision, double precision, double precision, double precision),
    everwatch_private.time_to_reach(double precision, double precision, double precision, double precision, boolean)
  from public;
