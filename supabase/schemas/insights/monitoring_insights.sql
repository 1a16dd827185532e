-- The read path of GET /functions/v1/monitoring/insights: everything in one round trip.
create function everwatch.monitoring_insights(
  org_id uuid default null,
  kind text default null,
  state text default 'open',
  page_limit integer default 100,
  after text default null
)
  returns jsonb
  language plpgsql stable set search_path = ''
  as $$
declare
  org constant uuid := everwatch_private.insights_org(monitoring_insights.org_id);
begin
  if kind is not null then
    perform everwatch_private.check_insight_kind(monitoring_insights.kind);
  end if;
  if state is null or state not in ('open', 'all') then
    raise exception 'state must be one of open, all.'
      using errcode = 'PT400', detail = 'invalid_state', hint = 'state';
  elsif page_limit is null or page_limit not between 1 and 500 then
    raise exception 'page_limit must be from 1 to 500.'
      using errcode = 'PT400', detail = 'invalid_limit', hint = 'page_limit';
  end if;

  return (
    with insights as (
      -- Newest first: as text, times of one form sort as they passed.
      select
        array[to_char(i.first_stated_at at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS.US'), i.id::text] as key, i
      from everwatch.v_insights as i
      where (i.org_id = org or (i.org_id is null and org is null))
        and i.kind = coalesce(monitoring_insights.kind, i.kind)
        and (state = 'all' or i.ended_at is null)
    ),
    found as (
      select x.*
      from insights as x
      where after is null or x.key < everwatch_private.decode_cursor(after, 'insights')
      order by x.key desc
      limit page_limit + 1
    )
    select jsonb_build_object('org_id', org, 'timestamp', now()) || everwatch_private.page(
      'insights',
      (
        select jsonb_agg(
          jsonb_build_object('key', f.key, 'item', to_jsonb(f.i) - 'org_id') order by f.key desc
        )
        from found as f
      ),
      page_limit
    )
  );
end
$$;

comment on function everwatch.monitoring_insights(uuid, text, text, integer, text)
  is 'An org''s insights, newest first: those that are open or all of the last year, of one kind or of all. With the secret key and no org: the operator''s own. A page holds page_limit of them (1 to 500); `next` is the cursor of the one after it. Raises PT400, PT401, PT403 or PT404 with a machine code in the detail and the argument in the hint.';

revoke execute
  on function everwatch.monitoring_insights(uuid, text, text, integer, text)
  from public;
