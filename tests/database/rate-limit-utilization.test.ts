import { beforeAll, describe, expect, it } from 'vitest'
import { createDatabase, type TestDatabase } from '../support/database.ts'
import { createOrg } from '../support/fixtures.ts'
import { addWindow } from '../support/add-rows.ts'
import { columnsOf, readView } from '../support/views.ts'

let db: TestDatabase
beforeAll(async () => {
  db = await createDatabase()
})

const view = 'v_rate_limit_utilization'

describe('v_rate_limit_utilization', () => {
  it('has the columns that readers know, in their order', async () => {
    expect(await columnsOf(db, view)).toEqual([
      'org_id',
      'key_type',
      'identifier',
      'window_start',
      'request_count',
      'limit_max',
      'utilization_pct',
      'seconds_until_reset',
      'status',
    ])
  })

  it.each([
    { request_count: 0, limit_max: 100, utilization_pct: 0, status: 'normal' },
    { request_count: 90, limit_max: 100, utilization_pct: 90, status: 'normal' },
    { request_count: 91, limit_max: 100, utilization_pct: 91, status: 'warning' },
    // Above 90% by less than the rounding shows.
    { request_count: 90_001, limit_max: 100_000, utilization_pct: 90, status: 'warning' },
    { request_count: 99_999, limit_max: 100_000, utilization_pct: 100, status: 'warning' },
    { request_count: 100, limit_max: 100, utilization_pct: 100, status: 'throttled' },
    { request_count: 250, limit_max: 100, utilization_pct: 250, status: 'throttled' },
  ])(
    'calls $request_count of $limit_max $status',
    async ({ utilization_pct, status, ...counts }) => {
      const orgId = await createOrg(db)
      await addWindow(db, orgId, counts)
      expect(await readView(db, view, orgId)).toMatchObject([{ utilization_pct, status }])
    },
  )

  it.each([
    { window_seconds: 60, ago: '30 seconds', left: 30 },
    { window_seconds: 3600, ago: '30 seconds', left: 3570 },
    { window_seconds: 86_400, ago: '23 hours', left: 3600 },
  ])(
    'counts down to the end of a window of $window_seconds s that began $ago ago',
    async ({ left, ...window }) => {
      const orgId = await createOrg(db)
      await addWindow(db, orgId, window)
      const [row] = await readView(db, view, orgId)
      const seconds = Number(row?.['seconds_until_reset'])
      expect(seconds).toBeLessThanOrEqual(left)
      expect(seconds).toBeGreaterThan(left - 10)
    },
  )

  it('has no row for a window that is closed', async () => {
    const orgId = await createOrg(db)
    await addWindow(db, orgId, { window_seconds: 60, ago: '61 seconds' })
    expect(await readView(db, view, orgId)).toEqual([])
  })

  it('shows every open window of an org', async () => {
    const orgId = await createOrg(db)
    await addWindow(db, orgId, { key_type: 'ip', identifier: '192.0.2.1' })
    await addWindow(db, orgId, { key_type: 'api_key', identifier: 'key' })
    await addWindow(db, orgId, {
      key_type: 'api_key',
      identifier: 'key',
      window_seconds: 3600,
      ago: '1 minute',
    })
    expect(await readView(db, view, orgId)).toHaveLength(3)
  })
})
