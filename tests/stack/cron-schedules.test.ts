import { beforeAll, describe, expect, it } from 'vitest'
import { createDatabase, type TestDatabase } from '../support/database.ts'
import { pgCronVersion } from '../support/pg-cron.ts'

let db: TestDatabase
beforeAll(async () => {
  db = await createDatabase()
})

const valid: [schedule: string, reason: string][] = [
  ['* * * * *', 'every minute'],
  ['*/59 0-23/2 1,15 jan,Dec mon-fri', 'steps, ranges, lists, and names in any case'],
  ['0 0 * * 7', 'Sunday is 0 and 7'],
  ['  5\t4  * * *  ', 'blanks of any kind'],
  ['5-1 * * * *', 'a range that runs backwards, and never comes'],
  ['*/60 * * * *', 'a step beyond the field, which leaves its first value'],
  ['* * * * * select 1', 'what follows is ignored'],
  ['1;2 * * * *', 'so is what follows in a field'],
  ['# a comment\n* * * * *', 'a comment before it'],
  ['@reboot', 'when the server starts'],
  ['@midnight', 'a word for it'],
]

const invalid: [schedule: string, reason: string][] = [
  ['', 'nothing'],
  ['* * * *', 'four fields'],
  ['60 * * * *', 'there is no minute 60'],
  ['* 24 * * *', 'nor an hour 24'],
  ['* * 0 * *', 'nor a day 0'],
  ['* * * 13 *', 'nor a month 13'],
  ['* * * * 8', 'nor a weekday 8'],
  ['mon * * * *', 'nor a minute by that name'],
  ['* * * * monday', 'names have three letters'],
  ['-1 * * * *', 'nor a negative one'],
  ['*/0 * * * *', 'a step of nothing'],
  ['5/2 * * * *', 'a step without a range'],
  ['1- * * * *', 'a range without an end'],
  ['1, * * * *', 'a list without an end'],
  ['@restar', 'no such word'],
  ['@Daily', 'words are lower case'],
  ['0 seconds', 'no interval'],
  ['60 seconds', 'an interval of a minute'],
  ['5 secondc', 'no such unit'],
  [`* * * * *${' '.repeat(1000)}`, 'too long'],
]

const since16: [schedule: string, reason: string][] = [
  ['1 second', 'the shortest interval'],
  [' 59 sEcOnDs ', 'the longest, in any case'],
  ['0 11 $ * *', 'the last day of the month'],
]

describe('A schedule', () => {
  it.each([...valid, ...(pgCronVersion === '1.6' ? since16 : [])])(
    'may be %j: %s',
    async (when) => {
      await expect(db.sql`select cron.schedule(${when}, 'select 1')`).resolves.toBeDefined()
    },
  )

  it.each([...invalid, ...(pgCronVersion === '1.6' ? [] : since16)])(
    'may not be %j: %s',
    async (when) => {
      await expect(db.sql`select cron.schedule(${when}, 'select 1')`).rejects.toMatchObject({
        code: '22023',
        message: `invalid schedule: ${when}`,
      })
    },
  )
})
