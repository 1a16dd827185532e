-- How an org sets a policy of its own. Row level security decides who may; these functions say what is
-- wrong with it.
create function everwatch_private.changed_policy(policy everwatch.v_alert_policies, changes jsonb)
  returns everwatch.v_alert_policies
  language plpgsql stable set search_path = ''
  as $$
declare
  known constant text[] := array[
    'enabled', 'warning', 'critical', 'recovery', 'minimum_sample', 'pending_for', 'keep_firing_for',
    'repeat_interval'
  ];
  defaults constant jsonb := (
    select to_jsonb(d) from everwatch_private.alert_policies as d where d.type = policy.type
  );
  field text;
  wrong text;
begin
  if jsonb_typeof(changes) is distinct from 'object' then
    raise exception 'changes must be an object of %.', array_to_string(known, ', ')
      using errcode = 'PT400', detail = 'invalid_policy', hint = 'changes';
  end if;
  for field in select jsonb_object_keys(changes) loop
    begin
      if field <> all (known) then
        raise data_exception;
      end if;
      policy := jsonb_populate_record(policy, jsonb_build_object(
        field, coalesce(nullif(changes -> field, 'null'), defaults -> field)
      ));
    exception
      when data_exception then
        raise exception '% is not a setting of a policy, or has a value that is none.', field
          using errcode = 'PT400', detail = 'invalid_policy', hint = field;
    end;
  end loop;

  wrong := case
    when policy.warning = 0 or (policy.warning > policy.critical and policy.warning < 'Infinity')
      or not everwatch_private.is_threshold(policy.warning) then 'warning'
    when policy.critical = 0 or not everwatch_private.is_threshold(policy.critical) then 'critical'
    when policy.recovery > least(policy.warning, policy.critical)
      or not everwatch_private.is_threshold(policy.recovery) then 'recovery'
    when policy.minimum_sample < 0 then 'minimum_sample'
    when policy.pending_for not between interval '0' and interval '30 days' then 'pending_for'
    when policy.keep_firing_for not between interval '0' and interval '30 days' then 'keep_firing_for'
    when policy.repeat_interval not between interval '1 minute' and interval '30 days' then 'repeat_interval'
  end;
  if wrong is not null then
    raise exception '% is out of bounds: 0 < warning <= critical, 0 <= recovery <= both, and times up to 30 days.', wrong
      using errcode = 'PT400', detail = 'invalid_policy', hint = wrong;
  end if;
  policy.warning := nullif(policy.warning, 'Infinity');
  policy.critical := nullif(policy.critical, 'Infinity');
  policy.recovery := nullif(policy.recovery, 'Infinity');
  return policy;
end
$$;

comment on function everwatch_private.changed_policy(everwatch.v_alert_policies, jsonb)
  is 'A policy with some settings changed, for example {"critical": 20, "pending_for": "10 minutes"}; null means the default, and Infinity does without a level. Refuses (400, invalid_policy) what is none, with the setting in the hint.';

create function everwatch_private.policy_of(org_id uuid, type text)
  returns everwatch.v_alert_policies
  language plpgsql stable set search_path = ''
  as $$
declare
  policy everwatch.v_alert_policies;
begin
  select p.* into policy
  from everwatch.v_alert_policies as p
  where p.org_id = policy_of.org_id and p.type = policy_of.type;
  if not found then
    raise exception 'type must be one of %.', (
      select string_agg(d.type, ', ' order by d.type)
      from everwatch_private.alert_policies as d
      where d.scope = 'org'
    )
      using errcode = 'PT400', detail = 'invalid_type', hint = 'type';
  end if;
  return policy;
end
$$;

comment on function everwatch_private.policy_of(uuid, text)
  is 'The policy in force for a type of alert of an org. Refuses (400, invalid_type) a type that there is not.';

create function everwatch.set_alert_policy(type text, changes jsonb, org_id uuid default null)
  returns everwatch.v_alert_policies
  language plpgsql set search_path = ''
  as $$
declare
  org constant uuid := everwatch_private.metrics_org(set_alert_policy.org_id);
  changed constant everwatch.v_alert_policies := everwatch_private.changed_policy(
    everwatch_private.policy_of(org, set_alert_policy.type), changes
  );
  own everwatch_private.alert_policy_overrides;
begin
  select x.* into own
  from everwatch_private.alert_policy_overrides as x
  where x.org_id = org and x.type = set_alert_policy.type;
  own := jsonb_populate_record(
    own, changes || jsonb_build_object('org_id', org, 'type', set_alert_policy.type)
  );
  insert into everwatch_private.alert_policy_overrides as x
  select own.*
  on conflict on constraint alert_policy_overrides_pkey do update
  set enabled = excluded.enabled,
    warning = excluded.warning,
    critical = excluded.critical,
    recovery = excluded.recovery,
    minimum_sample = excluded.minimum_sample,
    pending_for = excluded.pending_for,
    keep_firing_for = excluded.keep_firing_for,
    repeat_interval = excluded.repeat_interval;
  return changed;
exception
  when insufficient_privilege then
    raise exception 'Only owners and admins set policies.'
      using errcode = 'PT403', detail = 'not_allowed', hint = 'org_id';
end
$$;

comment on function everwatch.set_alert_policy(text, jsonb, uuid)
  is 'Changes some settings of an org''s policy for a type of alert, null meaning the default, and returns the policy in force: see everwatch_private.alert_policies for the settings. Raises PT400, PT401, PT403 or PT404.';

revoke execute
  on function
    everwatch_private.changed_policy(everwatch.v_alert_policies, jsonb),
    everwatch_private.policy_of(uuid, text),
    everwatch.set_alert_policy(text, jsonb, uuid)
  from public;
