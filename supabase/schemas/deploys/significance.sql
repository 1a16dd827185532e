-- How likely a difference is by chance. Numbers of formulas are those of Abramowitz and Stegun, Handbook
-- of Mathematical Functions (1964).
create function everwatch_private.student_p(t double precision, freedom integer)
  returns double precision
  language plpgsql immutable set search_path = ''
  as $$
declare
  angle constant double precision := atan(abs(t) / sqrt(freedom::double precision));
  square constant double precision := cos(angle) ^ 2;
  term double precision := case when freedom % 2 = 1 then cos(angle) else 1 end;
  total double precision := 0;
  k integer := case when freedom % 2 = 1 then 3 else 2 end;
begin
  -- 26.7.3 and 26.7.4: a sum of (freedom - 1) / 2 terms, or of freedom / 2.
  if freedom > 1 then
    total := term;
    while k <= freedom - 2 loop
      term := term * square * (k - 1) / k;
      total := total + term;
      k := k + 2;
    end loop;
  end if;
  return greatest(0, 1 - case
    when freedom % 2 = 1 then (angle + sin(angle) * total) * 2 / pi()
    else sin(angle) * total
  end);
end
$$;

comment on function everwatch_private.student_p(double precision, integer)
  is 'How likely Student''s t is to be as far from 0 as this, on either side.';

create function everwatch_private.student_t90(freedom integer)
  returns double precision
  language plpgsql immutable set search_path = ''
  as $$
declare
  z constant double precision := 1.6448536269514722;
begin
  -- 26.7.5, within 0.2% from 4 degrees of freedom on.
  return z
    + (z ^ 3 + z) / 4 / freedom
    + (5 * z ^ 5 + 16 * z ^ 3 + 3 * z) / 96 / freedom ^ 2
    + (3 * z ^ 7 + 19 * z ^ 5 + 17 * z ^ 3 - 15 * z) / 384 / freedom ^ 3;
end
$$;

comment on function everwatch_private.student_t90(integer)
  is 'How far from 0, on either side, Student''s t is in 10% of cases.';

create function everwatch_private.ln_factorial(n bigint)
  returns double precision
  language plpgsql immutable set search_path = ''
  as $$
declare
  x constant double precision := n + 8;
  less double precision := 0;
begin
  -- Stirling's formula (6.1.41) of n + 7, and down from there: nine digits are right for any n.
  for k in 1..7 loop
    less := less + ln((n + k)::double precision);
  end loop;
  return (x - 0.5) * ln(x) - x + ln(2 * pi()) / 2 + 1 / (12 * x) - 1 / (360 * x ^ 3) + 1 / (1260 * x ^ 5)
    - less;
end
$$;

comment on function everwatch_private.ln_factorial(bigint) is 'The natural logarithm of n!.';

create function everwatch_private.fisher_p(
  hits bigint,
  rows bigint,
  other_hits bigint,
  other_rows bigint
)
  returns double precision
  language plpgsql immutable set search_path = ''
  as $$
declare
  all_hits constant bigint := hits + other_hits;
  misses constant bigint := rows + other_rows - all_hits;
  -- Which of the two tails the hits are in.
  step constant integer := case when hits * other_rows >= other_hits * rows then 1 else -1 end;
  first constant double precision := exp(
    everwatch_private.ln_factorial(all_hits) + everwatch_private.ln_factorial(misses)
      + everwatch_private.ln_factorial(rows) + everwatch_private.ln_factorial(other_rows)
      - everwatch_private.ln_factorial(rows + other_rows)
      - everwatch_private.ln_factorial(hits) - everwatch_private.ln_factorial(other_hits)
      - everwatch_private.ln_factorial(rows - hits) - everwatch_private.ln_factorial(other_rows - other_hits)
  );
  term double precision := first;
  total double precision := first;
  k bigint := hits;
begin
  -- Each further one is the one before it times a ratio, until they add nothing.
  while term > total * 1e-12 loop
    term := term * case step
      when 1 then (all_hits - k)::double precision * (rows - k) / (k + 1) / (misses - rows + k + 1)
      else k::double precision * (misses - rows + k) / (all_hits - k + 1) / (rows - k + 1)
    end;
    total := total + term;
    k := k + step;
  end loop;
  return least(1, 2 * total);
end
$$;

comment on function everwatch_private.fisher_p(bigint, bigint, bigint, bigint)
  is 'How likely hits are to be spread so unevenly over some rows and others (Fisher''s exact test), twice the smaller tail.';

revoke execute
  on function
    everwatch_private.student_p(double precision, integer),
    everwatch_private.student_t90(integer),
    everwatch_private.ln_factorial(bigint),
    everwatch_private.fisher_p(bigint, bigint, bigint, bigint)
  from public;
