import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { closeRelease, framed } from '../../scripts/release/full-release.ts'
import { projectRoot } from '../../scripts/stack/project.ts'

const schemaFile = (path: string): string =>
  readFileSync(join(projectRoot, 'supabase/schemas', path), 'utf8').trim()

/** Things in which a release differs from the one before: how to take each back, and how a delta makes it. */
const changes: { takeBack: string; delta: string }[] = [
  // A column.
  {
    takeBack: 'alter table everwatch_private.settings drop column heartbeat_url',
    delta: `
      alter table everwatch_private.settings
        add column heartbeat_url text check (heartbeat_url ~ '^https?://[^\\s/?#@]+\\S*$');
      comment on column everwatch_private.settings.heartbeat_url
        is 'Called every minute while scheduler, pg_net, functions and database all work; who waits there raises the alarm when it is not. Null: none.';`,
  },
  // A function that said something else.
  {
    takeBack: `
      create or replace function everwatch_private.keep_history() returns trigger
        language plpgsql set search_path = '' as 'begin return new; end'`,
    delta: schemaFile('sources/keep_history.sql').replace(
      'create function',
      'create or replace function',
    ),
  },
  // A function that was not there, and its job.
  {
    takeBack: `
      delete from everwatch_private.jobs where name = 'everwatch-trim-alerts';
      drop function everwatch_private.trim_alerts`,
    delta: schemaFile('alerts/trim_alerts.sql'),
  },
  // A policy.
  {
    takeBack: `drop policy "members read their orgs' segments" on everwatch.segments`,
    delta: `
      create policy "members read their orgs' segments"
        on everwatch.segments for select to authenticated
        using (org_id = any (array(select everwatch_private.my_org_ids())));`,
  },
  // An index of a partitioned table.
  {
    takeBack: 'drop index everwatch.webhook_deliveries_by_time_idx',
    delta: `
      create index webhook_deliveries_by_time_idx
        on everwatch.webhook_deliveries (org_id, sent_at desc);`,
  },
  // A right on one column, and a comment.
  {
    takeBack: `
      revoke update (name) on everwatch.orgs from authenticated;
      comment on column everwatch.orgs.name is 'What it is called.'`,
    delta: `
      grant update (name) on everwatch.orgs to authenticated;
      comment on column everwatch.orgs.name
        is 'What people call it, up to 200 characters; not unique.';`,
  },
  // A row of the seed, of which an alias is made.
  {
    takeBack: `
      delete from everwatch_private.aliases where name = 'v_alert_conditions';
      drop view public.v_alert_conditions`,
    delta: `insert into everwatch_private.aliases(name, kind) values ('v_alert_conditions', 'view');`,
  },
]

/** The statements that make of the database of now what an earlier release might have made. */
export const takeBack = changes.map((change) => `${change.takeBack};`).join('\n')

/** The delta from that release to this one, as a person would finish it. */
export const delta = closeRelease(
  framed(
    '-- Everwatch 999.0.0, for a project that has the made-up release.',
    changes.map((change) => change.delta.trim()),
  ),
  '999.0.0',
)

/** Where it changes rows that are there: an alias, and a job. */
export const seededTables = ['everwatch_private.aliases', 'everwatch_private.jobs']
