import postgres, { type Sql } from 'postgres'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createDatabase, type TestDatabase } from '../support/database.ts'

let db: TestDatabase
let superuser: Sql
beforeAll(async () => {
  db = await createDatabase()
  superuser = postgres(db.url, { max: 1, onnotice: () => {} })
})
afterAll(() => superuser.end())

const failures: [call: string, code: string, message: string][] = [
  [`schedule('a', 'b', 'c')`, '22023', 'invalid schedule: b'],
  [`schedule('b', 'c')`, '22023', 'invalid schedule: b'],
  [`schedule(null, '* * * * *', 'c')`, 'XX000', 'job_name can not be NULL'],
  [`schedule('a', null, 'c')`, 'XX000', 'schedule can not be NULL'],
  [`schedule('a', '* * * * *', null)`, 'XX000', 'command can not be NULL'],
  ['unschedule(987654)', 'XX000', 'could not find valid entry for job 987654'],
  [`unschedule('nothing')`, 'XX000', `could not find valid entry for job 'nothing'`],
  ['alter_job(null)', 'XX000', 'job_id can not be NULL'],
  ['alter_job(987654)', 'XX000', 'no updates specified'],
  [`alter_job(987654, 'b')`, '22023', 'invalid schedule: b'],
  ['alter_job(987654, active := true)', 'XX000', `Job 987654 does not exist or you don't own it`],
  [`alter_job(987654, database := 'nowhere')`, '3D000', 'database "nowhere" does not exist'],
  [`alter_job(987654, username := 'anon')`, 'XX000', 'must be superuser to alter username'],
  [
    `schedule_in_database('a', '* * * * *', 'c', 'nowhere')`,
    '3D000',
    'database "nowhere" does not exist',
  ],
  [
    `schedule_in_database('a', '* * * * *', 'c', 'postgres', 'anon')`,
    'XX000',
    'must be superuser to create a job for another role',
  ],
]

const superuserFailures: [call: string, code: string, message: string][] = [
  [
    `schedule_in_database('a', '* * * * *', 'c', 'postgres', 'nobody')`,
    'XX000',
    'role "nobody" does not exist',
  ],
  [
    `schedule_in_database('a', '* * * * *', 'c', 'postgres', 'anon')`,
    'XX000',
    'role "anon" can not log in',
  ],
  [`alter_job(987654, username := 'anon')`, 'XX000', 'role "anon" can not log in'],
]

describe('What cannot be done', () => {
  it.each(failures)('cron.%s fails with %s: %s', async (call, code, message) => {
    await expect(db.sql.unsafe(`select cron.${call}`)).rejects.toMatchObject({ code, message })
  })

  it.each(superuserFailures)(
    'cron.%s fails with %s, even for a superuser: %s',
    async (...failure) => {
      const [call, code, message] = failure
      await expect(superuser.unsafe(`select cron.${call}`)).rejects.toMatchObject({ code, message })
    },
  )

  it('includes a job in a database that its role may not connect to', async () => {
    const name = `closed_${db.name}`
    await superuser`create database ${superuser(name)}`
    try {
      await superuser`revoke connect on database ${superuser(name)} from public`
      const call = db.sql`select cron.schedule_in_database('a', '* * * * *', 'c', ${name})`
      await expect(call).rejects.toMatchObject({
        code: 'XX000',
        message: `User postgres does not have CONNECT privilege on ${name}`,
      })
    } finally {
      await superuser`drop database ${superuser(name)}`
    }
  })
})
