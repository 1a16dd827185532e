import type { Sql } from 'postgres'
import { runJob, type Job } from './job-run.ts'
import { Scheduler } from './scheduler.ts'
import type { Session } from './service.ts'

/** Runs every active job that is due in the minute of `at`, and returns when all have ended. */
export async function runDueJobs(sql: Sql, at: Date): Promise<void> {
  const jobs = await sql<Job[]>`
    select jobid, database, username, command from cron.job
    where active and cron._is_due(schedule, ${at})`
  await Promise.all(jobs.map((job) => runJob(sql, job)))
}

/**
 * Runs the jobs of `cron.job` when they are due, as pg_cron does: a job never runs twice at once (a
 * run that falls due meanwhile follows it), and what was missed before now is not made up for.
 */
export async function scheduleJobs(
  { sql, latch, signal }: Session,
  ready: () => void,
): Promise<void> {
  if (await hasJobs(sql)) {
    await sql`
      update cron.job_run_details set status = 'failed', return_message = 'server restarted'
      where status in ('starting', 'running')`
  }
  const scheduler = new Scheduler(sql, () => latch.set())
  try {
    let hasNews = true
    ready()
    while (!signal.aborted) {
      if (hasNews && (await hasJobs(sql))) await scheduler.load()
      await scheduler.tick(Date.now())
      hasNews = await latch.wait(1000 - (Date.now() % 1000))
    }
  } finally {
    await scheduler.stop()
  }
}

/** False where the extension is not made yet, and where the real one does all this itself. */
async function hasJobs(sql: Sql): Promise<boolean> {
  const [row] = await sql`
    select to_regprocedure('cron._is_due(text, timestamptz)') is not null as exists`
  return row?.['exists'] === true
}
