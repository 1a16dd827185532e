import { beforeAll, describe, expect, it } from 'vitest'
import { createDatabase, type TestDatabase } from '../support/database.ts'
import { createOrg, createRule, execution, track } from '../support/fixtures.ts'

let db: TestDatabase
let orgId: string

beforeAll(async () => {
  db = await createDatabase()
  orgId = await createOrg(db)
})

describe('an execution of a rule', () => {
  it('adds to its rule, whatever came of it, and the latest time stays', async () => {
    const ruleId = await createRule(db, orgId)
    await track(
      db,
      execution(ruleId, { executed_at: '2026-01-02T00:00:00Z' }),
      execution(ruleId, { executed_at: '2026-01-01T00:00:00Z', status: 'failed', error: 'no' }),
    )
    const rows = await db.sql`
      select trigger_count, last_triggered_at from everwatch.automation_rules where id = ${ruleId}`
    expect(rows).toEqual([
      { trigger_count: '2', last_triggered_at: new Date('2026-01-02T00:00:00Z') },
    ])
  })

  it('takes its org from its rule when it is inserted through the Data API', async () => {
    const ruleId = await createRule(db, orgId)
    await db.asService(
      (sql) => sql`
        insert into everwatch.rule_executions (rule_id, status, duration_ms)
        values (${ruleId}, 'success', 1)`,
    )
    const rows = await db.sql`
      select org_id from everwatch.rule_executions where rule_id = ${ruleId}`
    expect(rows).toEqual([{ org_id: orgId }])
  })

  it('is history: not even the secret key changes it', async () => {
    const ruleId = await createRule(db, orgId)
    await track(db, execution(ruleId))
    await expect(
      db.asService(
        (sql) => sql`
          update everwatch.rule_executions set status = 'failed' where rule_id = ${ruleId}`,
      ),
    ).rejects.toMatchObject({ code: '42501' })
  })

  it('counts no less when it is deleted', async () => {
    const ruleId = await createRule(db, orgId)
    await track(db, execution(ruleId))
    await db.asService(
      (sql) => sql`delete from everwatch.rule_executions where rule_id = ${ruleId}`,
    )
    const rows = await db.sql`
      select trigger_count from everwatch.automation_rules where id = ${ruleId}`
    expect(rows).toEqual([{ trigger_count: '1' }])
  })
})
