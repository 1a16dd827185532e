import { beforeAll, describe, expect, it } from 'vitest'
import { createDatabase, type TestDatabase } from '../support/database.ts'
import { createOrg, createRule, createSegment } from '../support/fixtures.ts'
import { addExecutions } from '../support/add-rows.ts'
import { columnsOf, readView, refresh } from '../support/views.ts'

let db: TestDatabase
beforeAll(async () => {
  db = await createDatabase()
})

const view = 'mv_rule_performance'

async function performance(orgId: string): Promise<Record<string, unknown> | undefined> {
  await refresh(db)
  const [row] = await readView(db, view, orgId)
  return row
}

describe('mv_rule_performance', () => {
  it('has the columns that readers know, in their order', async () => {
    expect(await columnsOf(db, view)).toEqual([
      'rule_id',
      'org_id',
      'rule_name',
      'rule_type',
      'enabled',
      'trigger_count',
      'last_triggered_at',
      'created_at',
      'segment_id',
      'segment_name',
      'segment_member_count',
      'total_executions',
      'successful_executions',
      'failed_executions',
      'success_rate_pct',
      'avg_duration_ms',
      'total_affected_contacts',
      'executions_24h',
      'executions_7d',
    ])
  })

  it('shows a rule without a segment that never ran, with no rate and no duration', async () => {
    const orgId = await createOrg(db)
    const ruleId = await createRule(db, orgId)
    expect(await performance(orgId)).toMatchObject({
      rule_id: ruleId,
      trigger_count: 0,
      last_triggered_at: null,
      segment_id: null,
      segment_name: null,
      segment_member_count: null,
      total_executions: 0,
      success_rate_pct: null,
      avg_duration_ms: null,
      total_affected_contacts: 0,
    })
  })

  it('sums up what a rule did, with its segment', async () => {
    const orgId = await createOrg(db)
    const segment_id = await createSegment(db, orgId, { name: 'Cold', member_count: 42 })
    const ruleId = await createRule(db, orgId, { name: 'Nudge', type: 'no_touch_days', segment_id })
    await addExecutions(db, ruleId, { contacts: 10, duration_ms: 10 })
    await addExecutions(db, ruleId, { contacts: 5, duration_ms: 25, ago: '25 hours' })
    await addExecutions(db, ruleId, {
      status: 'failed',
      contacts: 0,
      duration_ms: 25,
      ago: '8 days',
    })
    expect(await performance(orgId)).toMatchObject({
      rule_name: 'Nudge',
      rule_type: 'no_touch_days',
      enabled: true,
      trigger_count: 3,
      segment_name: 'Cold',
      segment_member_count: 42,
      total_executions: 3,
      successful_executions: 2,
      failed_executions: 1,
      success_rate_pct: 66.67,
      avg_duration_ms: 20,
      total_affected_contacts: 15,
      executions_24h: 1,
      executions_7d: 2,
    })
  })

  it('counts a window up to its edge', async () => {
    const orgId = await createOrg(db)
    const ruleId = await createRule(db, orgId)
    await addExecutions(db, ruleId, { ago: '23 hours 59 minutes' })
    await addExecutions(db, ruleId, { ago: '24 hours 1 minute', count: 2 })
    await addExecutions(db, ruleId, { ago: '6 days 23 hours 59 minutes', count: 4 })
    await addExecutions(db, ruleId, { ago: '7 days 1 minute', count: 8 })
    expect(await performance(orgId)).toMatchObject({ executions_24h: 1, executions_7d: 7 })
  })
})
