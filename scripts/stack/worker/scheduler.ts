import type { Sql } from 'postgres'
import { runJob, type Job } from './job-run.ts'

interface Task {
  job: Job
  /** The interval of a schedule in seconds; null for a cron expression. */
  seconds: number | null
  /** Runs that are due and have not started. */
  pending: number
  /** Milliseconds since 1970. */
  lastStart: number
  /** Ends the run that goes on now, with what to say of it. */
  running?: AbortController
}

interface JobRow extends Job {
  seconds: number | null
  at_start: boolean
}

const minute = 60_000
/** After a longer gap (a machine that slept) only the present minute is looked at. */
const catchUpMinutes = 5
/** The default of `cron.max_running_jobs`. */
const maximumRunning = 32

/** Knows which jobs there are, when each last began and what is still to be run. */
export class Scheduler {
  readonly #sql: Sql
  readonly #onRunEnd: () => void
  readonly #tasks = new Map<string, Task>()
  readonly #runs = new Set<Promise<void>>()
  #lastMinute = startOfMinute(Date.now())
  #hasLoaded = false

  constructor(sql: Sql, onRunEnd: () => void) {
    this.#sql = sql
    this.#onRunEnd = onRunEnd
  }

  /** Reads the jobs again; a run of a job that is no longer active is ended. */
  async load(): Promise<void> {
    const rows = await this.#sql<JobRow[]>`
      select
        jobid, database, username, command, cron._interval_seconds(schedule) as seconds,
        schedule ~ '^\s*@(reboot|restart)' as at_start
      from cron.job where active`
    const active = new Set(rows.map((row) => row.jobid))
    for (const [id, task] of this.#tasks) {
      if (active.has(id)) continue
      task.running?.abort('job canceled')
      this.#tasks.delete(id)
    }
    for (const { seconds, at_start, ...job } of rows) {
      const task = this.#tasks.get(job.jobid)
      if (task) {
        Object.assign(task, { job, seconds })
      } else {
        const pending = at_start && !this.#hasLoaded ? 1 : 0
        this.#tasks.set(job.jobid, { job, seconds, pending, lastStart: Date.now() })
      }
    }
    this.#hasLoaded = true
  }

  /** Starts what is due at `now`, in milliseconds since 1970. */
  async tick(now: number): Promise<void> {
    await this.#findDue(startOfMinute(now))
    for (const task of this.#tasks.values()) {
      const { seconds, pending, lastStart } = task
      if (seconds !== null && pending === 0 && now - lastStart >= seconds * 1000) task.pending = 1
      if (task.pending > 0 && !task.running && this.#runs.size < maximumRunning) this.#start(task)
    }
  }

  /** Ends every run. */
  async stop(): Promise<void> {
    for (const task of this.#tasks.values()) task.running?.abort('server restarted')
    await Promise.all(this.#runs)
  }

  async #findDue(present: number): Promise<void> {
    const gap = present - this.#lastMinute
    if (gap === 0) return
    const isSteady = gap > 0 && gap <= catchUpMinutes * minute
    const from = isSteady ? this.#lastMinute + minute : present
    this.#lastMinute = present
    if (this.#tasks.size === 0) return
    const due = await this.#sql<{ jobid: string; runs: number }[]>`
      select jobid, count(*)::integer as runs
      from cron.job, generate_series(${new Date(from)}::timestamptz, ${new Date(present)}, '1 minute') as at
      where active and cron._is_due(schedule, at)
      group by jobid`
    for (const { jobid, runs } of due) {
      const task = this.#tasks.get(jobid)
      if (task) task.pending += runs
    }
  }

  #start(task: Task): void {
    task.pending -= 1
    task.lastStart = Date.now()
    task.running = new AbortController()
    const run = runJob(this.#sql, task.job, task.running.signal)
      // The session is lost, and the next one says of this run that the server restarted.
      .catch(() => {})
      .finally(() => {
        delete task.running
        this.#runs.delete(run)
        this.#onRunEnd()
      })
    this.#runs.add(run)
  }
}

function startOfMinute(time: number): number {
  return time - (time % minute)
}
