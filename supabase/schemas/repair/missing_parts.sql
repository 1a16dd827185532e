-- What a database lacks that was restored from a dump, or in which somebody has tidied up.
create function everwatch_private.missing_refresh()
  returns table(part text, detail text, remedy text)
  language sql stable set search_path = ''
  as $$
  select 'refresh', 'the views were never refreshed', 'select everwatch.refresh_monitoring_views()'
  where everwatch_private.refreshed_at() is null
$$;

comment on function everwatch_private.missing_refresh()
  is 'Whether the views still wait for their first refresh.';

create function everwatch_private.missing_parts()
  returns table(part text, detail text, remedy text)
  language plpgsql security definer set search_path = ''
  as $$
begin
  -- From the ground up: what stands first may be why something after it is missing.
  return query select * from everwatch_private.missing_release();
  return query select * from everwatch_private.missing_extensions();
  return query select * from everwatch_private.missing_jobs();
  return query select * from everwatch_private.missing_secrets();
  return query select * from everwatch_private.missing_sending();
  return query select * from everwatch_private.missing_partitions();
  return query select * from everwatch_private.missing_aliases();
  return query select * from everwatch_private.missing_refresh();
end
$$;

comment on function everwatch_private.missing_parts()
  is 'What everwatch.missing_parts calls; reads jobs and secrets as their owner.';

create function everwatch.missing_parts()
  returns table(part text, detail text, remedy text)
  language sql set search_path = ''
  as $$
  select * from everwatch_private.missing_parts()
$$;

comment on function everwatch.missing_parts()
  is 'What is missing for all to work, each part with what is wrong and what to do: release, extension, job, secret, functions_url, worker, partition, alias, refresh. No row: nothing is missing.';

create function everwatch.repair()
  returns table(part text, detail text, remedy text)
  language plpgsql set search_path = ''
  as $$
begin
  perform everwatch_private.create_extensions();
  perform everwatch_private.make_request_key();
  perform everwatch_private.schedule_jobs();
  perform everwatch_private.make_partitions();
  perform everwatch.apply_aliases();
  return query select * from everwatch_private.missing_parts();
end
$$;

comment on function everwatch.repair()
  is 'Makes again what a restore loses, or somebody removed: extensions, the key that signs requests, jobs, partitions, aliases and their privileges. Running it twice does no harm. For the owner of the database. Returns what it could not mend, as missing_parts() does.';

revoke execute
  on function
    everwatch_private.missing_refresh(),
    everwatch_private.missing_parts(),
    everwatch.missing_parts(),
    everwatch.repair()
  from public;
