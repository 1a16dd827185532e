-- Everything that is wrong: one row for each condition that is true.
create function everwatch_private.conditions_of(type text, at timestamptz, org_id uuid)
  returns setof everwatch_private.condition
  language plpgsql stable set search_path = ''
  as $$
begin
  -- No longer than this: it is planned each time.
  return query execute format('select * from everwatch_private.%I($1, $2)', type || '_conditions')
    using at, org_id;
end
$$;

comment on function everwatch_private.conditions_of(text, timestamptz, uuid)
  is 'What everwatch_private.<type>_conditions(at, org_id) returns.';

create function everwatch_private.alert_conditions(at timestamptz, org_id uuid default null)
  returns setof everwatch_private.condition
  language plpgsql stable set search_path = ''
  as $$
declare
  of_type text;
begin
  for of_type in
    select p.type
    from everwatch_private.alert_policies as p
    where p.scope = 'org'
      or (alert_conditions.org_id is null and everwatch_private.reads_every_org())
    order by p.type
  loop
    -- One that is broken hides no other; the evaluation records it, and tells the operator.
    begin
      return query
      select c.org_id, c.type, coalesce(c.severity, a.severity), c.resource_type, c.resource_id,
        c.resource_name, c.message, c.value, c.threshold
      from everwatch_private.conditions_of(of_type, alert_conditions.at, alert_conditions.org_id) as c
      left join everwatch_private.alerts as a
        on c.severity is null
        and a.state in ('firing', 'recovering')
        and a.fingerprint
          = everwatch_private.fingerprint(c.org_id, c.type, c.resource_type, c.resource_id)
      where coalesce(c.severity, a.severity) is not null;
    exception
      when others then raise warning 'conditions of type % cannot be read: %', of_type, sqlerrm;
    end;
  end loop;
end
$$;

comment on function everwatch_private.alert_conditions(timestamptz, uuid)
  is 'The conditions that are true as of `at`, of one org or of all that the caller may read. One that is not beyond its threshold is listed while an alert fires for it and it has not recovered.';

revoke execute
  on function
    everwatch_private.conditions_of(text, timestamptz, uuid),
    everwatch_private.alert_conditions(timestamptz, uuid)
  from public;

create view everwatch.v_alert_conditions
with
  (security_invoker = on) as
select
  org_id,
  type,
  severity,
  resource_type,
  resource_id,
  resource_name,
  message,
  value,
  threshold
from
  everwatch_private.alert_conditions(now());

comment on view everwatch.v_alert_conditions
  is 'The alert conditions that are true now, by the policies in force; one row for each org, type and resource.';
comment on column everwatch.v_alert_conditions.org_id
  is 'Whose condition it is; null for the operator''s own, which only the secret key and the owner see.';
comment on column everwatch.v_alert_conditions.type
  is 'One of the types in everwatch_private.alert_policies.';
comment on column everwatch.v_alert_conditions.value
  is 'What was measured, in the unit of threshold: failures, days, percent, hours, seconds, how unusual from 0 to 1, or times what is allowed.';
comment on column everwatch.v_alert_conditions.threshold
  is 'The limit that value reached (failures, days) or exceeded.';

grant select on everwatch.v_alert_conditions to authenticated, service_role;
