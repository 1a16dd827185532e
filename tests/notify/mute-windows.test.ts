import { beforeAll, describe, expect, it } from 'vitest'
import { createDatabase, type TestDatabase } from '../support/database.ts'

let db: TestDatabase
beforeAll(async () => {
  db = await createDatabase()
})

const night = { from: '22:00', to: '07:00', time_zone: 'UTC' }
const berlin = { ...night, time_zone: 'Europe/Berlin' }
const lunch = { from: '12:00', to: '13:00', time_zone: 'UTC' }

interface MuteWindow {
  from: string
  to: string
  time_zone: string
  days?: string[]
}

describe('a mute window', () => {
  // The 1st of June 2026 is a Monday.
  it.each<[MuteWindow[], string, string | null, string]>([
    [[], '2026-06-01T23:00:00Z', null, 'there is none'],
    [[lunch], '2026-06-01T11:59:59Z', null, 'it has not begun'],
    [[lunch], '2026-06-01T12:00:00Z', '2026-06-01T13:00:00Z', 'it begins'],
    [[lunch], '2026-06-01T13:00:00Z', null, 'it has ended'],
    [[night], '2026-06-01T23:00:00Z', '2026-06-02T07:00:00Z', 'it spans midnight: before'],
    [[night], '2026-06-02T03:00:00Z', '2026-06-02T07:00:00Z', 'it spans midnight: after'],
    [[berlin], '2026-06-01T20:30:00Z', '2026-06-02T05:00:00Z', 'it is night in Berlin, in summer'],
    [[berlin], '2026-01-12T20:30:00Z', null, 'it is not yet night in Berlin, in winter'],
    [[berlin], '2026-03-28T22:00:00Z', '2026-03-29T05:00:00Z', 'the clock is put forward in it'],
    [
      [{ ...night, days: ['mon'] }],
      '2026-06-02T03:00:00Z',
      '2026-06-02T07:00:00Z',
      'it began on Monday',
    ],
    [[{ ...night, days: ['tue'] }], '2026-06-02T03:00:00Z', null, 'it will begin on Tuesday'],
    [
      [{ from: '00:00', to: '00:00', time_zone: 'UTC', days: ['sat', 'sun'] }],
      '2026-06-06T10:00:00Z',
      '2026-06-08T00:00:00Z',
      'two days adjoin',
    ],
    [
      [night, { ...lunch, from: '07:00', to: '09:00' }],
      '2026-06-01T23:00:00Z',
      '2026-06-02T09:00:00Z',
      'two windows adjoin',
    ],
    [
      [{ from: '00:00', to: '00:00', time_zone: 'UTC' }],
      '2026-06-01T00:00:00Z',
      '2026-06-15T00:00:00Z',
      'it never ends: a fortnight is the most',
    ],
  ])('%j at %s mutes until %s: %s', async (windows, at, until) => {
    const [row] = await db.sql<[{ until: Date | null }]>`
      select everwatch_private.muted_until(${db.sql.json(windows as never)}, ${at}::timestamptz) as until`
    expect(row.until).toEqual(until && new Date(until))
  })

  it.each([
    ['no object', 1],
    ['without times', { time_zone: 'UTC' }],
    ['with a time that there is not', { ...lunch, to: '24:00' }],
    ['without a time zone', { from: '12:00', to: '13:00' }],
    ['with a time zone that there is not', { ...lunch, time_zone: 'Europe/Atlantis' }],
    ['on a day that there is not', { ...lunch, days: ['someday'] }],
    ['on no day', { ...lunch, days: [] }],
    ['on a day that is no list', { ...lunch, days: 'mon' }],
    ['with a field that there is not', { ...lunch, until: '14:00' }],
  ])('is refused that is %s', async (_reason, window) => {
    const [row] = await db.sql`
      select everwatch_private.mute_window_problem(${JSON.stringify(window)}::text::jsonb) as problem`
    expect(row?.['problem']).toEqual(expect.any(String))
  })
})
