import postgres from 'postgres'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createDatabase, type TestDatabase } from '../support/database.ts'
import { undone } from '../support/undone.ts'

let db: TestDatabase
let superuser: postgres.Sql
beforeAll(async () => {
  db = await createDatabase()
  superuser = postgres(db.url, { max: 1, onnotice: () => {} })
})
afterAll(() => superuser.end())

const jobs = (): Promise<postgres.Row[]> =>
  superuser`select jobname, schedule, command, username, active from cron.job order by jobname`

const schedules = [
  ['age-rollups', '27 0 * * *', 'select everwatch_private.age_rollups()'],
  ['backfill', '* * * * *', 'select everwatch_private.backfill()'],
  ['dispatch-notifications', '* * * * *', 'select everwatch_private.dispatch_notifications()'],
  ['evaluate-alerts', '* * * * *', 'select everwatch_private.evaluate_alerts()'],
  ['expire-raw-rows', '*/10 * * * *', 'select everwatch_private.expire_raw_rows()'],
  ['judge-deploys', '* * * * *', 'select everwatch_private.judge_deploys()'],
  ['make-partitions', '7 * * * *', 'select everwatch_private.make_partitions()'],
  ['merge-deleted-durations', '37 0 * * *', 'select everwatch_private.merge_deleted_durations()'],
  ['record-call-outcomes', '* * * * *', 'select everwatch_private.record_call_outcomes()'],
  ['refresh-monitoring-views', '*/5 * * * *', 'select everwatch.refresh_monitoring_views()'],
  ['report-anomalies', '* * * * *', 'select everwatch_private.report_anomalies()'],
  ['report-predictions', '* * * * *', 'select everwatch_private.report_predictions()'],
  ['report-savings', '57 3 * * *', 'select everwatch_private.report_savings()'],
  ['score-series', '*/5 * * * *', 'select everwatch_private.score_watched_series()'],
  ['send-heartbeat', '* * * * *', 'select everwatch_private.send_heartbeat()'],
  ['trim-alerts', '27 3 * * *', 'select everwatch_private.trim_alerts()'],
  ['trim-metric-points', '37 3 * * *', 'select everwatch_private.trim_metric_points()'],
  ['trim-notifications', '47 3 * * *', 'select everwatch_private.trim_notifications()'],
  ['trim-run-logs', '17 3 * * *', 'select everwatch_private.trim_run_logs()'],
].map(([name, schedule, command]) => ({
  jobname: `everwatch-${name}`,
  schedule,
  command: command!,
  username: 'postgres',
  active: true,
}))

const setTo = (every: string): Promise<unknown> =>
  db.sql`update everwatch_private.rollup_settings set refresh_every = ${every}::interval where singleton`

describe('the schedules', () => {
  it('are these, and run as the owner of the views', async () => {
    expect(await jobs()).toEqual(schedules)
  })

  it('are what the rows say: one that is added, changed, renamed and removed', () =>
    undone(db.sql, async (sql) => {
      const mine = async () =>
        (await sql`select jobname, schedule from cron.job where jobname like 'everwatch-try%'`)[0]
      await sql`
        insert into everwatch_private.jobs (name, schedule, command)
        values ('everwatch-try', '* * * * *', 'select 1')`
      expect(await mine()).toEqual({ jobname: 'everwatch-try', schedule: '* * * * *' })
      await sql`
        update everwatch_private.jobs set name = 'everwatch-try-again', schedule = '0 0 * * *'
        where name = 'everwatch-try'`
      expect(await mine()).toEqual({ jobname: 'everwatch-try-again', schedule: '0 0 * * *' })
      await sql`delete from everwatch_private.jobs where name = 'everwatch-try-again'`
      expect(await mine()).toBeUndefined()
    }))

  it.each(schedules)('can be run: $jobname', async ({ command }) => {
    await expect(db.sql.unsafe(command)).resolves.toBeDefined()
  })

  it('refresh as often as the operator says', async () => {
    await setTo('1 minute')
    expect(await jobs()).toContainEqual({
      jobname: 'everwatch-refresh-monitoring-views',
      schedule: '*/1 * * * *',
      command: 'select everwatch.refresh_monitoring_views()',
      username: 'postgres',
      active: true,
    })
    await expect(setTo('7 minutes')).rejects.toMatchObject({ code: '23514' })
    await setTo('5 minutes')
    expect(await jobs()).toEqual(schedules)
  })
})

/** Runs of a job, one for each entry: how long ago it started, or null when it could not start. */
async function runsOfCron(started: (string | null)[]): Promise<void> {
  await superuser`delete from cron.job_run_details`
  await superuser`
    insert into cron.job_run_details (jobid, runid, status, username, start_time, end_time)
    select 1, n, 'succeeded', 'postgres', now() - ago::interval, now() - ago::interval
    from unnest(${started}::text[]) with ordinality as t (ago, n)`
}

async function keptRuns(): Promise<number[]> {
  await db.sql`select everwatch_private.trim_run_logs()`
  const rows = await superuser<{ runid: string }[]>`
    select runid from cron.job_run_details order by runid`
  return rows.map(({ runid }) => Number(runid))
}

describe('the daily trim', () => {
  it.each([
    { started: [], kept: [], reason: 'there is nothing' },
    { started: ['6 days', '1 day'], kept: [1, 2], reason: 'nothing is a week old' },
    {
      started: ['30 days', '8 days', '1 day'],
      kept: [3],
      reason: 'what is older than a week goes',
    },
    {
      started: [null, '8 days', null, '1 day'],
      kept: [3, 4],
      reason: 'order dates what has no time',
    },
    { started: [null, null], kept: [1, 2], reason: 'nothing says that these are old' },
  ])('of pg_cron’s log keeps $kept of $started: $reason', async ({ started, kept }) => {
    await runsOfCron(started)
    expect(await keptRuns()).toEqual(kept)
  })

  it('of pg_cron’s log keeps no more than 50,000 runs, even if none could start', async () => {
    await runsOfCron(Array<null>(50_002).fill(null))
    expect((await keptRuns()).slice(0, 1)).toEqual([3])
  })

  it('of the refreshes keeps a week, and the last success however old', async () => {
    await superuser`delete from everwatch_private.refresh_runs`
    await superuser`
      insert into everwatch_private.refresh_runs
        (started_at, finished_at, folded_rows, backlog, view_rows, error, started_by)
      select now() - ago::interval, now() - ago::interval,
        case when error is null then 0 end, 0, case when error is null then '{}'::jsonb end, error,
        'postgres'
      from (values ('40 days', null), ('30 days', null), ('20 days', 'broken'), ('2 days', 'broken'))
        as t (ago, error)`
    await db.sql`select everwatch_private.trim_run_logs()`
    const rows = await db.sql`
      select round(extract(epoch from now() - started_at) / 86400)::integer as days
      from everwatch_private.refresh_runs order by id`
    expect(rows).toEqual([{ days: 30 }, { days: 2 }])
  })
})
