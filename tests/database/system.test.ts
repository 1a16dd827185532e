import { beforeAll, describe, expect, it } from 'vitest'
import { createDatabase, type TestDatabase } from '../support/database.ts'
import { refresh } from '../support/views.ts'

interface SystemStatus {
  timestamp: string
  refreshed_at: string
  refresh_runs: { started_at: string; duration_ms: number; error_code: string | null }[]
  jobs: {
    name: string
    schedule: string
    active: boolean
    last_status: string | null
    last_started_at: string | null
    last_succeeded_at: string | null
  }[]
  http_requests_waiting: number
}

let db: TestDatabase

beforeAll(async () => {
  db = await createDatabase()
})

/** As a user sees it who is in no org at all. */
async function status(): Promise<SystemStatus> {
  const [row] = await db.asUser(
    await db.createUser(),
    (sql) => sql<[{ status: SystemStatus }]>`select everwatch.monitoring_system() as status`,
  )
  return row.status
}

/** What pg_cron writes of a run of our refresh. */
async function addRun(outcome: string, ago: string): Promise<void> {
  await db.sql.unsafe(`
    insert into cron.job_run_details (jobid, runid, database, username, command, status, start_time, end_time)
    select jobid, coalesce((select max(runid) from cron.job_run_details), 0) + 1, current_database(),
      'postgres', command, '${outcome}', now() - interval '${ago}', now() - interval '${ago}'
    from cron.job where jobname = 'everwatch-refresh-monitoring-views'`)
}

describe('monitoring_system', () => {
  it('tells of each scheduled job how its last run ended, and when it last succeeded', async () => {
    const before = await status()
    expect(before.jobs.map(({ name }) => name)).toContain('everwatch-refresh-monitoring-views')
    expect(before.jobs[0]).toMatchObject({ active: true, last_status: null })
    await addRun('succeeded', '7 minutes')
    await addRun('failed', '2 minutes')
    const after = await status()
    const job = after.jobs.find(({ name }) => name === 'everwatch-refresh-monitoring-views')
    expect(job).toMatchObject({ schedule: '*/5 * * * *', last_status: 'failed' })
    const ago = (time: string | null | undefined): number =>
      Math.round((Date.parse(after.timestamp) - Date.parse(time ?? '')) / 60_000)
    expect([ago(job?.last_started_at), ago(job?.last_succeeded_at)]).toEqual([2, 7])
  })

  it('tells of the last refreshes, newest first, and of a failure no more than its code', async () => {
    await refresh(db)
    await db.sql`
      insert into everwatch_private.refresh_runs (started_at, finished_at, backlog, error, started_by)
      values (now(), now() + interval '40 ms', 0, '57014: canceled at the row of their-secret', 'postgres')`
    const { refresh_runs, refreshed_at } = await status()
    expect(refresh_runs.slice(0, 2)).toMatchObject([
      { duration_ms: 40, error_code: '57014' },
      { error_code: null, started_at: refreshed_at },
    ])
    expect(JSON.stringify(refresh_runs)).not.toContain('their-secret')
  })

  it('counts the HTTP requests that wait', async () => {
    const before = await status()
    await db.sql`select net.http_get('http://127.0.0.1:9/')`
    expect((await status()).http_requests_waiting).toBe(before.http_requests_waiting + 1)
  })
})
