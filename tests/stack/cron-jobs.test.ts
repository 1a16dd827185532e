import postgres, { type Sql } from 'postgres'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createDatabase, type TestDatabase } from '../support/database.ts'

let db: TestDatabase
let superuser: Sql
let authenticator: Sql
beforeAll(async () => {
  db = await createDatabase()
  superuser = postgres(db.url, { max: 1, onnotice: () => {} })
  authenticator = postgres(db.urlAs('authenticator'), { max: 1 })
  await db.sql`grant usage on schema cron to authenticator`
})
afterAll(() => Promise.all([superuser.end(), authenticator.end()]))

async function schedule(name: string, when = '0 0 * * *', sql = db.sql): Promise<string> {
  const [row] = await sql<
    [{ id: string }]
  >`select cron.schedule(${name}, ${when}, 'select 1') as id`
  return row.id
}

const jobOf = async (id: string): Promise<postgres.Row | undefined> => {
  const [job] = await superuser`
    select jobname, schedule, command, database, username, active from cron.job where jobid = ${id}`
  return job
}

describe('cron.schedule', () => {
  it('stores the job under its name, for the caller, and returns its id', async () => {
    expect(await jobOf(await schedule('a new job', '5 4 * * *'))).toMatchObject({
      jobname: 'a new job',
      schedule: '5 4 * * *',
      command: 'select 1',
      username: 'postgres',
      active: true,
    })
  })

  it('changes the job of that name, which keeps its id', async () => {
    const id = await schedule('changed', '1 1 * * *')
    expect(await schedule('changed', '2 2 * * *')).toBe(id)
    expect(await jobOf(id)).toMatchObject({ schedule: '2 2 * * *' })
  })

  it('does not switch a job on again that was switched off', async () => {
    const id = await schedule('off')
    await db.sql`select cron.alter_job(${id}, active := false)`
    await schedule('off', '2 2 * * *')
    expect(await jobOf(id)).toMatchObject({ schedule: '2 2 * * *', active: false })
  })

  it('leaves another role’s job of the same name alone', async () => {
    const ours = await schedule('shared name')
    const theirs = await schedule('shared name', '3 3 * * *', authenticator)
    expect(theirs).not.toBe(ours)
    expect(await jobOf(theirs)).toMatchObject({ username: 'authenticator' })
  })

  it('makes a job each time when no name is given', async () => {
    const rows = await db.sql<{ id: string }[]>`
      select cron.schedule('0 0 * * *', 'select 1') as id from generate_series(1, 2)`
    expect(new Set(rows.map(({ id }) => id)).size).toBe(2)
    expect(await jobOf(rows[0]?.id ?? '')).toMatchObject({ jobname: null })
  })

  it('acts as the owner of a function that may act as its owner', async () => {
    await db.sql`
      create function public.schedule_for_owner() returns bigint language sql security definer
      as $$ select cron.schedule('of the owner', '0 0 * * *', 'select 1') $$`
    const [row] = await authenticator<[{ id: string }]>`select public.schedule_for_owner() as id`
    expect(await jobOf(row.id)).toMatchObject({ username: 'postgres' })
  })

  it('does nothing when a job without a name lacks its schedule', async () => {
    expect(await db.sql`select cron.schedule(null, 'select 1') as id`).toEqual([{ id: null }])
  })
})

describe('cron.alter_job', () => {
  it('changes what is given and nothing else', async () => {
    const id = await schedule('altered', '1 1 * * *')
    const before = await jobOf(id)
    await db.sql`select cron.alter_job(${id}, command := 'select 2')`
    expect(await jobOf(id)).toEqual({ ...before, command: 'select 2' })
  })

  it('gives a job to another role when a superuser asks', async () => {
    const id = await schedule('given away')
    await superuser`select cron.alter_job(${id}, username := 'authenticator')`
    expect(await jobOf(id)).toMatchObject({ username: 'authenticator' })
  })
})

describe('cron.unschedule', () => {
  it.each([
    { by: 'its name', statement: `select cron.unschedule('to be removed') as gone` },
    {
      by: 'its id',
      statement: `select cron.unschedule(jobid) as gone from cron.job where jobname = 'to be removed'`,
    },
  ])('removes a job by $by', async ({ statement }) => {
    const id = await schedule('to be removed')
    expect(await db.sql.unsafe(statement)).toEqual([{ gone: true }])
    expect(await jobOf(id)).toBeUndefined()
  })
})

describe('A role that does not own a job', () => {
  it('sees no job but its own', async () => {
    await schedule('not to be seen')
    const own = await schedule('to be seen', '0 0 * * *', authenticator)
    const rows = await authenticator`select jobid, username from cron.job`
    expect(rows).toContainEqual({ jobid: own, username: 'authenticator' })
    expect(new Set(rows.map(({ username }) => username as string))).toEqual(
      new Set(['authenticator']),
    )
  })

  it('cannot remove it by its id', async () => {
    const id = await schedule('stays')
    await expect(authenticator`select cron.unschedule(${id}::bigint)`).rejects.toMatchObject({
      code: '42501',
      message: 'permission denied for table job',
    })
  })

  it('does not find it by its name', async () => {
    await schedule('hidden')
    await expect(authenticator`select cron.unschedule('hidden')`).rejects.toMatchObject({
      message: `could not find valid entry for job 'hidden'`,
    })
  })

  it('does not find it to alter it, even when it sees every row', async () => {
    const id = await schedule('of the superuser', '0 0 * * *', superuser)
    await expect(db.sql`select cron.alter_job(${id}, active := false)`).rejects.toMatchObject({
      message: `Job ${id} does not exist or you don't own it`,
    })
  })

  it.each(['cron.alter_job(1, active := false)', `cron.schedule_in_database('a', 'b', 'c', 'd')`])(
    'may not execute %s unless it was granted',
    async (call) => {
      await expect(authenticator.unsafe(`select ${call}`)).rejects.toMatchObject({ code: '42501' })
    },
  )
})

describe('The role postgres, as on the hosted platform', () => {
  it.each([
    `insert into cron.job (schedule, command) values ('* * * * *', 'select 1')`,
    'update cron.job set active = false',
    'delete from cron.job',
    'truncate cron.job',
  ])('cannot change the jobs but through the functions: %s', async (statement) => {
    await expect(db.sql.unsafe(statement)).rejects.toMatchObject({ code: '42501' })
  })

  it('may clear the history of runs', async () => {
    await expect(db.sql`delete from cron.job_run_details`).resolves.toBeDefined()
  })

  it.each(['anon', 'authenticated', 'service_role'])(
    'is alone: %s cannot reach it',
    async (role) => {
      const [row] = await db.sql`select has_schema_privilege(${role}, 'cron', 'usage') as allowed`
      expect(row).toEqual({ allowed: false })
    },
  )
})
