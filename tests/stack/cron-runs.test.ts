import postgres, { type Sql } from 'postgres'
import { afterAll, beforeAll, describe, expect, inject, it, vi } from 'vitest'
import { withRole } from '../../scripts/stack/urls.ts'
import { startWorker, type Worker } from '../../scripts/stack/worker/index.ts'
import { createDatabase } from '../support/database.ts'
import { pgCronVersion } from '../support/pg-cron.ts'
import { platform } from '../support/platform.ts'

/**
 * What pg_cron does when the time has come, whether by our worker or by the real one. The real one
 * serves one database of a server and knows no unit below a minute: all jobs wait for it together.
 */
const jobs = {
  'one row': 'select 1',
  'three rows': 'select generate_series(1, 3)',
  nothing: '',
  writes: 'insert into cron_runs.log select current_user, current_database()',
  'several statements': 'create temp table t (n integer); insert into t values (1), (2)',
  defines: 'create table cron_runs.made ()',
  vacuums: 'vacuum cron_runs.log',
  fails: 'select 1 / 0',
  explains: `do $$ begin raise exception 'no' using detail = 'why', hint = 'how'; end $$`,
  'takes long': 'select pg_sleep(300)',
  'fails at the end': 'update cron_runs.untouched set n = n + 1; select 1 / 0',
  'switched off': 'update cron_runs.untouched set n = n + 1',
  removed: 'update cron_runs.untouched set n = n + 1',
} as const

let url: string
let superuser: Sql
let sql: Sql
let worker: Worker | undefined
const ids = new Map<string, string>()

beforeAll(async () => {
  url = platform === 'debian' ? inject('serverUrl') : (await createDatabase()).url
  superuser = postgres(url, { max: 1, onnotice: () => {} })
  sql = postgres(withRole(url, 'postgres'), { max: 1, onnotice: () => {} })
  await superuser`select cron.unschedule(jobid) from cron.job`
  await sql`create schema cron_runs`
  await sql`create table cron_runs.log (role name, database name)`
  await sql`create table cron_runs.untouched as select 0 as n`
  if (platform === 'embedded') worker = await startWorker({ url })
  await superuser`
    select cron.schedule_in_database('of another role', '* * * * *', 'select 1', current_database(), 'authenticator')`
  // Not active until its database is gone: Debian's pg_cron holds up the drop while it connects.
  await superuser`create database cron_runs_gone`
  const [gone] = await superuser<[{ id: string }]>`
    select cron.schedule_in_database(
      'without database', '* * * * *', 'select 1', 'cron_runs_gone', active := false) as id`
  await superuser`drop database cron_runs_gone`
  await superuser`select cron.alter_job(${gone.id}, active := true)`
  // All at once, so that no minute begins amid them.
  await sql.begin(async (transaction) => {
    for (const [name, command] of Object.entries(jobs)) {
      const [job] = await transaction<[{ id: string }]>`
        select cron.schedule(${name}, '* * * * *', ${command}) as id`
      ids.set(name, job.id)
    }
    await transaction`
      select cron.alter_job(${ids.get('switched off') ?? null}, active := false)`
    await transaction`select cron.unschedule('removed')`
  })
  await untilRuns('takes long')
  await sql`select cron.unschedule('takes long')`
  await untilEveryRunEnded()
}, 90_000)

afterAll(async () => {
  await worker?.stop()
  await superuser`select cron.unschedule(jobid) from cron.job`
  await sql`drop schema cron_runs cascade`
  await Promise.all([sql.end(), superuser.end()])
})

/** It is at most a minute until the next one begins. */
async function untilRuns(name: string): Promise<void> {
  await vi.waitFor(
    async () => {
      const [run] = await superuser`
        select from cron.job_run_details where jobid = ${ids.get(name) ?? null} and status = 'running'`
      expect(run).toBeDefined()
    },
    { timeout: 75_000, interval: 250 },
  )
}

async function untilEveryRunEnded(): Promise<void> {
  await vi.waitFor(
    async () => {
      const waiting = await superuser`
        select jobid from cron.job where active
        union select jobid from cron.job_run_details
        except select jobid from cron.job_run_details where status in ('succeeded', 'failed')`
      expect(waiting).toEqual([])
    },
    { timeout: 10_000, interval: 100 },
  )
}

async function firstRun(jobname: string): Promise<postgres.Row | undefined> {
  const [run] = await superuser`
    select run.* from cron.job_run_details as run join cron.job using (jobid)
    where jobname = ${jobname} order by runid limit 1`
  return run
}

describe('A job that is due', () => {
  it.each([
    { name: 'one row', message: '1 row' },
    { name: 'three rows', message: '3 rows' },
    { name: 'nothing', message: '0 rows' },
    { name: 'writes', message: 'INSERT 0 1' },
    { name: 'several statements', message: 'INSERT 0 2' },
    { name: 'defines', message: 'CREATE TABLE' },
    { name: 'vacuums', message: 'VACUUM' },
  ])('succeeds and says "$message"', async ({ name, message }) => {
    expect(await firstRun(name)).toMatchObject({ status: 'succeeded', return_message: message })
  })

  it.each([
    { name: 'fails', message: 'ERROR:  division by zero\n' },
    { name: 'fails at the end', message: 'ERROR:  division by zero\n' },
    {
      name: 'explains',
      message:
        'ERROR:  no\nDETAIL:  why\nHINT:  how\n' +
        'CONTEXT:  PL/pgSQL function inline_code_block line 1 at RAISE\n',
    },
    { name: 'without database', message: 'connection failed' },
  ])('fails and says why: $message', async ({ name, message }) => {
    expect(await firstRun(name)).toMatchObject({ status: 'failed', return_message: message })
  })

  it('has times even when it could not start, which 1.4 leaves out', async () => {
    const run = await firstRun('without database')
    expect(run?.['end_time'] instanceof Date).toBe(pgCronVersion === '1.6')
  })

  it('is ended when it is removed while it runs', async () => {
    const [run] = await superuser`
      select status, return_message from cron.job_run_details where jobid = ${ids.get('takes long') ?? null}`
    expect(run).toEqual({ status: 'failed', return_message: 'job canceled' })
  })

  it('is recorded with what it ran, when, and in which session', async () => {
    const run = await firstRun('writes')
    expect(run).toMatchObject({
      jobid: ids.get('writes'),
      username: 'postgres',
      database: new URL(url).pathname.slice(1),
      command: jobs.writes,
      job_pid: expect.any(Number) as number,
    })
    const { start_time: start, end_time: end } = run as { start_time: Date; end_time: Date }
    expect(end >= start).toBe(true)
  })

  it('starts as its minute begins', async () => {
    const run = (await firstRun('one row')) as { start_time: Date }
    expect(run.start_time.getSeconds()).toBeLessThan(10)
  })

  it('runs as its role and in its database', async () => {
    const [row] = await sql`select role, database from cron_runs.log`
    expect(row).toEqual({ role: 'postgres', database: new URL(url).pathname.slice(1) })
    expect(await firstRun('of another role')).toMatchObject({
      username: 'authenticator',
      status: 'succeeded',
    })
  })

  it('is one transaction: what an error follows did not happen, nor what is off or removed', async () => {
    expect(await sql`select n from cron_runs.untouched`).toEqual([{ n: 0 }])
  })

  it('does not run when it is switched off', async () => {
    expect(await firstRun('switched off')).toBeUndefined()
  })
})

describe('The history of runs', () => {
  it('shows a role its own runs alone', async () => {
    await sql`grant usage on schema cron to authenticator`
    const other = postgres(withRole(url, 'authenticator'), { max: 1 })
    const rows = await other`select distinct username from cron.job_run_details`
    await other.end()
    await sql`revoke usage on schema cron from authenticator`
    expect(rows).toEqual([{ username: 'authenticator' }])
  })

  it('outlives its job', async () => {
    await sql`select cron.unschedule('one row')`
    const runs = await superuser`
      select from cron.job_run_details where jobid = ${ids.get('one row') ?? null}`
    expect(runs.count).toBeGreaterThan(0)
  })
})
