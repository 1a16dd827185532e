-- How insights come and go: whoever finds them says, each time, all that is true of its kind.
create type everwatch_private.finding as (
  org_id uuid,
  severity text,
  resource_type text,
  resource_id text,
  resource_name text,
  metric text,
  sentence text,
  detail jsonb
);

comment on type everwatch_private.finding
  is 'What becomes an insight: see the columns of everwatch_private.insights.';

create function everwatch_private.report_insights(
  kind text,
  statements everwatch_private.finding[],
  at timestamptz default now()
)
  returns void
  language plpgsql set search_path = ''
  as $$
begin
  perform everwatch_private.check_insight_kind(report_insights.kind);

  -- In one order for all, so that two who state the same wait for each other and never in a circle. An
  -- older statement that comes late changes nothing.
  insert into everwatch_private.insights as i (
    org_id, kind, severity, resource_type, resource_id, resource_name, metric, sentence, detail,
    first_stated_at, last_stated_at
  )
  select distinct on (f.fingerprint)
    s.org_id, report_insights.kind, s.severity, s.resource_type, s.resource_id, s.resource_name, s.metric,
    s.sentence, coalesce(s.detail, '{}'), report_insights.at, report_insights.at
  from unnest(statements) as s
  cross join lateral everwatch_private.fingerprint(
    s.org_id, report_insights.kind || '.' || s.metric, s.resource_type, s.resource_id
  ) as f (fingerprint)
  where not exists (
      select
      from everwatch_private.disabled_insights as d
      where d.kind = report_insights.kind
        and (d.org_id = s.org_id or (d.org_id is null and s.org_id is null))
    )
    -- One of an org that was deleted meanwhile is nobody's.
    and (s.org_id is null or exists (select from everwatch.orgs as o where o.id = s.org_id))
  order by f.fingerprint
  on conflict (fingerprint) where ended_at is null do update
  set severity = excluded.severity,
    resource_name = excluded.resource_name,
    sentence = excluded.sentence,
    detail = excluded.detail,
    last_stated_at = excluded.last_stated_at
  where i.last_stated_at <= excluded.last_stated_at;

  update everwatch_private.insights as i
  set ended_at = report_insights.at
  where i.kind = report_insights.kind
    and i.ended_at is null
    and i.last_stated_at < report_insights.at;
end
$$;

comment on function everwatch_private.report_insights(text, everwatch_private.finding[], timestamptz)
  is 'States all that is true of a kind as of `at`, of every org: what is new opens, what is open already is stated anew and keeps its answers, and what is not among them ends. Of two statements about the same, one is taken. The same call again changes nothing.';

revoke execute
  on function everwatch_private.report_insights(text, everwatch_private.finding[], timestamptz)
  from public;
