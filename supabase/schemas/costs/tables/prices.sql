-- What Supabase charges, as the operator says it does. The defaults are the Pro plan's public prices as of
-- 5 September 2026. Prices, plans and discounts change: compare them with a bill of your own before you
-- rely on any amount of money, and set `as_of` when you have.
create table everwatch_private.prices (
  item text primary key check (item in ('disk', 'egress', 'function_calls')),
  unit text not null,
  price numeric not null check (price >= 0 and price < 'infinity'),
  included numeric not null default 0 check (included >= 0 and included < 'infinity'),
  currency text not null default 'USD' check (currency ~ '^[A-Z]{3}$'),
  as_of date not null check (isfinite(as_of)),
  source text not null check (source ~* '^https?://\S+$'),
  constraint prices_are_by_known_units check (
    unit = case item
      when 'disk' then 'GB-month'
      when 'egress' then 'GB'
      when 'function_calls' then 'million'
    end
  )
);

insert into
  everwatch_private.prices(item, unit, price, included, as_of, source)
values
  ('disk', 'GB-month', 0.125, 8, '2026-09-05', 'https://supabase.com/pricing'),
  ('egress', 'GB', 0.09, 250, '2026-09-05', 'https://supabase.com/pricing'),
  ('function_calls', 'million', 2, 2, '2026-09-05', 'https://supabase.com/pricing');

comment on table everwatch_private.prices
  is 'What a unit of each item costs beyond what the plan includes. The operator keeps it true: see docs/costs.md. An item without a row has no known price.';
comment on column everwatch_private.prices.item
  is 'disk: all that the database holds; egress: bytes out; function_calls: calls of edge functions.';
comment on column everwatch_private.prices.unit
  is 'GB-month, GB or million: a GB is 10^9 bytes, a month a twelfth of a year.';
comment on column everwatch_private.prices.price is 'Of one unit, in the currency.';
comment on column everwatch_private.prices.included
  is 'Units a month that the plan includes, for the whole project.';
comment on column everwatch_private.prices.currency
  is 'As ISO 4217 has it; one for all items, as they are added up.';
comment on column everwatch_private.prices.as_of is 'The day on which somebody last looked it up.';
comment on column everwatch_private.prices.source is 'Where.';

grant select on everwatch_private.prices to service_role;

create function everwatch_private.check_currency()
  returns trigger
  language plpgsql set search_path = ''
  as $$
begin
  if (select count(distinct p.currency) from everwatch_private.prices as p) > 1 then
    raise exception 'all prices must be in one currency: change them in one statement'
      using errcode = 'check_violation', column = 'currency';
  end if;
  return null;
end
$$;

comment on function everwatch_private.check_currency()
  is 'Refuses (23514) prices in several currencies, which nobody could add up.';

revoke execute on function everwatch_private.check_currency() from public;

create trigger check_currency
  after insert or update on everwatch_private.prices
  for each statement
  execute function everwatch_private.check_currency();
