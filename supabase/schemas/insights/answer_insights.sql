-- What members answer to an insight. Row level security decides who may; these functions say why not.
create function everwatch_private.check_answered(insight_id uuid, was_answered boolean)
  returns void
  language plpgsql stable set search_path = ''
  as $$
begin
  if was_answered then
    return;
  elsif not exists (select from everwatch_private.insights as i where i.id = insight_id) then
    raise exception 'There is no such insight.'
      using errcode = 'PT404', detail = 'insight_not_found', hint = 'insight_id';
  end if;
  raise exception 'Viewers answer nothing: ask a member of the org.'
    using errcode = 'PT403', detail = 'not_allowed', hint = 'insight_id';
end
$$;

comment on function everwatch_private.check_answered(uuid, boolean)
  is 'Says why an insight could not be answered, when it was not: PT404 (also for another org''s) or PT403.';

create function everwatch.acknowledge_insight(insight_id uuid, acknowledged boolean default true)
  returns void
  language plpgsql set search_path = ''
  as $$
begin
  update everwatch_private.insights as i
  set acknowledged_by = case when acknowledged then auth.uid() end,
    acknowledged_at = case when acknowledged then now() end
  where i.id = acknowledge_insight.insight_id;
  perform everwatch_private.check_answered(insight_id, found);
end
$$;

comment on function everwatch.acknowledge_insight(uuid, boolean)
  is 'Says that somebody has seen an insight; with false, takes that back. Raises PT403 or PT404.';

create function everwatch.expect_insight(insight_id uuid, expected boolean default true)
  returns void
  language plpgsql set search_path = ''
  as $$
declare
  insight everwatch_private.insights;
begin
  update everwatch_private.insights as i
  set expected_by = case when expected then auth.uid() end,
    expected_at = case when expected then now() end
  where i.id = expect_insight.insight_id
  returning * into insight;
  perform everwatch_private.check_answered(insight_id, found);
  -- A detector learns at once, and for good; whoever judges deploys looks here.
  if expected and insight.kind = 'anomaly' then
    perform everwatch_private.expect_anomaly(insight.org_id, insight.resource_id::uuid, insight.metric);
  end if;
end
$$;

comment on function everwatch.expect_insight(uuid, boolean)
  is 'Says that what an insight states was expected, also of one that has ended: whoever states its kind takes that into account. With false, takes it back, but what a detector has learned of it. Raises PT403 or PT404.';

revoke execute
  on function
    everwatch_private.check_answered(uuid, boolean),
    everwatch.acknowledge_insight(uuid, boolean),
    everwatch.expect_insight(uuid, boolean)
  from public;
