import postgres from 'postgres'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { startWorker, type Worker } from '../../scripts/stack/worker/index.ts'
import { createDatabase, type TestDatabase } from '../support/database.ts'
import { addMember, createOrg, createWebhook, delivery, track } from '../support/fixtures.ts'
import { createChannel, fireAlert } from '../support/notify-stack.ts'
import { claimFirst, finish, states } from '../support/outbox.ts'

let db: TestDatabase
let superuser: postgres.Sql
let worker: Worker | undefined

beforeAll(async () => {
  db = await createDatabase()
  superuser = postgres(db.url, { max: 1, onnotice: () => {} })
})
afterAll(async () => {
  await worker?.stop()
  await superuser.end()
})
beforeEach(async () => {
  await db.sql`update everwatch_private.settings set functions_url = 'http://127.0.0.1:1/functions/v1'`
  await db.sql`delete from everwatch_private.alerts`
  await db.sql`delete from everwatch_private.function_calls`
  await db.sql`delete from net.http_request_queue`
  await succeed('0 minutes')
})

/** Every job has just run, or so long ago. */
async function succeed(ago: string): Promise<void> {
  await superuser`delete from cron.job_run_details`
  await superuser`
    insert into cron.job_run_details (jobid, runid, status, username, start_time, end_time)
    select jobid, row_number() over (), 'succeeded', 'postgres', now() - ${ago}::interval, now()
    from cron.job`
}

/** What is wrong with the platform, by type and resource. */
async function conditions(): Promise<string[]> {
  const rows = await db.asService(
    (sql) => sql<{ type: string; resource_id: string; severity: string }[]>`
      select type, resource_id, severity from everwatch.v_alert_conditions
      where org_id is null and type <> 'slow_query' order by type, resource_id`,
  )
  return rows.map(({ type, resource_id, severity }) => `${type} ${resource_id} ${severity}`)
}

const withoutWorker = ['pg_net_down pg_net critical']

describe('the platform', () => {
  it('is told of while pg_net has no worker, and not once it has', async () => {
    expect(await conditions()).toEqual(withoutWorker)
    worker = await startWorker({ url: db.url })
    expect(await conditions()).toEqual([])
    await worker.stop()
    worker = undefined
    expect(await conditions()).toEqual(withoutWorker)
  })

  it('that was never set up has nothing that could fail', async () => {
    await db.sql`update everwatch_private.settings set functions_url = null`
    expect(await conditions()).toEqual([])
  })

  it('is told of when requests pile up', async () => {
    await db.sql`select everwatch_private.call_function('/notify', '{}') from generate_series(1, 201)`
    expect(await conditions()).toEqual(['pg_net_backlog pg_net warning', ...withoutWorker])
  })

  it.each([
    ['answered', 500, null],
    ['failed', null, 'Couldn’t connect to server'],
    ['lost', null, null],
  ])('is told of when calls of a function are %s with %s', async (outcome, status_code, error) => {
    await db.sql`
      insert into everwatch_private.function_calls (path, request_id, called_at, outcome, status_code, error)
      select '/notify', n, now(), ${outcome}, ${status_code}, ${error} from generate_series(1, 3) as n`
    expect(await conditions()).toEqual(['calls_failing /notify warning', ...withoutWorker])
  })

  it('is not told of for calls that were done, or long ago', async () => {
    await db.sql`
      insert into everwatch_private.function_calls (path, request_id, called_at, outcome, status_code)
      select '/notify', n, now() - n * interval '5 minutes', 'answered',
        case when n < 4 then 202 else 500 end
      from generate_series(1, 20) as n`
    expect(await conditions()).toEqual(withoutWorker)
  })

  it.each([
    [2, []],
    [3, ['cron_job_failing everwatch-dispatch-notifications warning']],
    [10, ['cron_job_failing everwatch-dispatch-notifications critical']],
  ])('is told of when a job has failed %i times in a row: %j', async (times, expected) => {
    await superuser`
      insert into cron.job_run_details
        (jobid, runid, status, username, return_message, start_time, end_time)
      select jobid, 100 + n, 'failed', 'postgres', 'ERROR:  broken', now(), now()
      from cron.job, generate_series(1, ${times}) as n
      where jobname = 'everwatch-dispatch-notifications'`
    expect(await conditions()).toEqual([...expected, ...withoutWorker])
  })

  it('is told of when jobs are late, each by its own schedule', async () => {
    await succeed('4 minutes')
    expect(await conditions()).toEqual([
      'cron_job_late everwatch-backfill warning',
      'cron_job_late everwatch-dispatch-notifications warning',
      'cron_job_late everwatch-evaluate-alerts warning',
      'cron_job_late everwatch-judge-deploys warning',
      'cron_job_late everwatch-record-call-outcomes warning',
      'cron_job_late everwatch-report-anomalies warning',
      'cron_job_late everwatch-report-predictions warning',
      'cron_job_late everwatch-send-heartbeat warning',
      ...withoutWorker,
    ])
  })

  it('is told of when savings, which are looked for once a day, were not for days', async () => {
    await superuser`
      update cron.job_run_details as r set start_time = now() - interval '4 days', runid = -1
      from cron.job as j where j.jobid = r.jobid and j.jobname = 'everwatch-report-savings'`
    expect(await conditions()).toEqual([
      'cron_job_late everwatch-report-savings warning',
      ...withoutWorker,
    ])
  })

  it('is told of when the scheduler starts nothing any more', async () => {
    await succeed('11 minutes')
    expect(await conditions()).toContain('cron_stopped pg_cron critical')
  })

  it('is told of when jobs never ran', async () => {
    await superuser`delete from cron.job_run_details`
    await db.sql`update everwatch_private.settings set installed_at = now() - interval '1 hour'`
    expect(await conditions()).toContain('cron_stopped pg_cron critical')
    expect(await conditions()).toContain('cron_job_late everwatch-send-heartbeat critical')
  })

  it('is told of when notifications are dead, by channel, until they are sent again', async () => {
    const orgId = await createOrg(db)
    const { id } = await createChannel(db, orgId, { url: 'https://receiver.example' })
    await fireAlert(db, orgId)
    const message = await claimFirst(db, id)
    await finish(db, message, { result: 'dead', error: 'The receiver answered 400.' })
    expect(await conditions()).toEqual([`notifications_dead ${id} warning`, ...withoutWorker])
    await db.asService(
      (sql) => sql`select everwatch.resend_notification(${message.notification_id})`,
    )
    expect(await conditions()).toEqual(withoutWorker)
    await db.sql`delete from everwatch.orgs where id = ${orgId}`
  })

  it('is told of when nobody sends what is due, even if it was never set up', async () => {
    await db.sql`update everwatch_private.settings set functions_url = null`
    const orgId = await createOrg(db)
    await createChannel(db, orgId, { url: 'https://receiver.example' })
    await fireAlert(db, orgId)
    expect(await conditions()).toEqual([])
    await db.sql`update everwatch_private.notifications set due_at = now() - interval '6 minutes' where true`
    expect(await conditions()).toEqual(['notifications_late notifications warning'])
    await db.sql`delete from everwatch.orgs where id = ${orgId}`
  })

  it('is told to nobody’s members', async () => {
    const owner = await addMember(db, await createOrg(db), 'owner')
    const rows = await db.asUser(
      owner,
      (sql) => sql`select type from everwatch.v_alert_conditions where org_id is null`,
    )
    expect(rows).toEqual([])
  })
})

/** What a batch of events leaves open of the platform's alerts. */
async function openAfterTracking(): Promise<postgres.Row[]> {
  const webhookId = await createWebhook(db, await createOrg(db))
  expect(await track(db, delivery(webhookId))).toMatchObject({ accepted: 1 })
  return db.sql`
    select type, severity from everwatch_private.alerts where org_id is null and state <> 'resolved'`
}

describe('a scheduler that has stopped, and so evaluates nothing', () => {
  beforeEach(async () => {
    await db.sql`delete from everwatch_private.evaluation_runs`
    await succeed('11 minutes')
  })

  it('is told of by whoever tracks events, once, and not once it has started again', async () => {
    const { id } = await createChannel(db, null, {
      types: ['cron_stopped'],
      url: 'https://a.example',
    })
    expect(await openAfterTracking()).toEqual([{ type: 'cron_stopped', severity: 'critical' }])
    expect(await openAfterTracking()).toHaveLength(1)
    expect(await states(db, id)).toEqual(['fired queued'])
    await succeed('0 minutes')
    await db.sql`select everwatch_private.evaluate_alerts(now() + n * interval '1 minute') from generate_series(0, 3) as n order by n`
    expect(await conditions()).toEqual(withoutWorker)
    expect(await states(db, id)).toEqual(['fired dropped'])
  })

  it.each([
    [
      'an evaluation has just been',
      `insert into everwatch_private.evaluation_runs (at, duration_ms, events, failed_types)
      values (now() - interval '1 minute', 1, 0, '{}')`,
    ],
    ['jobs begin all the same', `update cron.job_run_details set start_time = now()`],
    ['nothing was set up', 'update everwatch_private.settings set functions_url = null'],
  ])('is not told of when %s', async (_reason, statement) => {
    await superuser.unsafe(statement)
    expect(await openAfterTracking()).toEqual([])
  })

  it('takes no event from whoever tracks it, even if that cannot be judged', async () => {
    await superuser`alter table cron.job_run_details rename to elsewhere`
    try {
      expect(await openAfterTracking()).toEqual([])
    } finally {
      await superuser`alter table cron.elsewhere rename to job_run_details`
    }
  })
})

describe('pg_net without a worker', () => {
  it('is an alert of the operator’s, which holds back the tenants’ that it explains', async () => {
    const operator = await createChannel(db, null, { url: 'https://operator.example' })
    const orgId = await createOrg(db)
    const tenant = await createChannel(db, orgId, { url: 'https://tenant.example' })
    await db.sql`select everwatch_private.evaluate_alerts()`
    expect(await states(db, operator.id)).toEqual(['fired queued'])

    const webhookId = await createWebhook(db, orgId)
    await track(db, ...Array.from({ length: 10 }, () => delivery(webhookId, { status: 'failed' })))
    expect(await states(db, tenant.id)).toEqual([])
    const events = await db.sql`
      select kind, suppressed_by from everwatch_private.alert_events where org_id = ${orgId}`
    expect(events).toMatchObject([{ kind: 'fired', suppressed_by: 'inhibition' }])
  })
})
