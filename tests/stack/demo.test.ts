import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseEnv } from 'node:util'
import postgres from 'postgres'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { z } from 'zod'
import { answers } from '../../supabase/functions/_shared/metrics-answer.ts'
import { createCheckout, type Checkout, type RunningCommand } from '../support/checkout.ts'
import { only } from '../support/platform.ts'

const options = { ...only('embedded', 'the commands start that one'), timeout: 120_000 }

describe('npm start, with the demo', options, () => {
  let checkout: Checkout
  let stack: RunningCommand
  let status: NodeJS.Dict<string>

  beforeAll(async () => {
    checkout = await createCheckout()
    await killDuringHistory(checkout)
    stack = await checkout.start()
    status = parseEnv((await checkout.run('status')).stdout)
  }, 120_000)

  afterAll(async () => {
    await checkout.run('stop')
  })

  it('finishes the history that it was killed in, and stores nothing twice', async () => {
    const [, made] = /History: (\d+)/.exec(stack.output()) ?? []
    const historyUntil = await endOfHistory()
    const [row] = await query(
      status,
      `select (select count(*) from everwatch.webhook_deliveries where sent_at < '${historyUntil}')
        + (select count(*) from everwatch.rule_executions where executed_at < '${historyUntil}')
        + (select count(*) from everwatch.api_audit_logs where created_at < '${historyUntil}')
        + (select 2 * count(*) from everwatch.orgs) as stored`,
    )
    // Each org has two more events: a deploy, and how much of its rate limit is used.
    expect(Number(row?.['stored'])).toBe(Number(made))
  })

  it('prints a command that answers with success rates when it is pasted', async () => {
    const [, key = '', url = ''] = /curl -H "apikey: ([^"]+)" "([^"]+)"/.exec(stack.output()) ?? []
    const response = await fetch(url, { headers: { apikey: key } })
    const { webhooks, rules, api } = answers.all.parse(await response.json())
    expect(webhooks.summary.total_deliveries).toBeGreaterThan(10_000)
    expect(webhooks.summary.avg_success_rate).toBeGreaterThan(50)
    expect(rules.summary.triggers_7d).toBeGreaterThan(100)
    expect(api.summary.total_requests).toBeGreaterThan(1000)
  })

  it('shows each kind of health that lasts', async () => {
    const { webhooks } = answers.webhook.parse(await metrics('?type=webhook', await signIn()))
    const health = webhooks.webhooks.map((webhook) => webhook.health_status)
    expect(new Set(health)).toEqual(
      new Set([...health, 'healthy', 'critical', 'inactive', 'disabled']),
    )
  })

  it('shows what is held before the night in which it is measured', async () => {
    const [row] = await query(
      status,
      `select measured_at is not null and exists (select from everwatch_private.storage) as measured
      from everwatch_private.cost_state`,
    )
    expect(row).toEqual({ measured: true })
  })

  it('lets each member see the own org alone', async () => {
    const ada = await signIn()
    const grace = await signIn('grace@globex.example')
    const [hers, theirs] = [await metrics('', ada), await metrics('', grace)]
    expect(answers.all.parse(hers).org_id).toBe(status['DEMO_ORG_ID'])
    expect(answers.all.parse(theirs).org_id).not.toBe(status['DEMO_ORG_ID'])
    expect(JSON.stringify(theirs)).not.toContain('/crm/contacts')
    expect(await metrics(`?org_id=${status['DEMO_ORG_ID']}`, grace)).toMatchObject({
      error: { code: 'not_a_member' },
    })
  })

  it('tells what became slower with a deploy, and which error budget will be used up', async () => {
    await expect.poll(judged, { timeout: 20_000, interval: 500 }).toMatchObject([
      { kind: 'regression', sentence: expect.stringContaining('crm/contacts') },
      { kind: 'prediction', sentence: expect.stringContaining('error budget') },
    ])
  })

  it('goes on with live deliveries, and requests that fill a rate limit', async () => {
    const live = `select
      exists (select from everwatch.webhook_deliveries where sent_at > '${await endOfHistory()}')
      and exists (select from everwatch.api_audit_logs where user_agent = 'demo/1.0')
      and exists (select from everwatch.v_rate_limit_utilization where request_count > 0) as live`
    await expect
      .poll(() => query(status, live), { timeout: 60_000, interval: 500 })
      .toEqual([{ live: true }])
  })

  it('tells its receiver of what is wrong', async () => {
    const told = `select exists (
      select from everwatch.v_notifications where status = 'delivered' and event = 'fired'
    ) as told`
    await expect
      .poll(() => query(status, told), { timeout: 60_000, interval: 500 })
      .toEqual([{ told: true }])
  })

  /** What is told once the schedules have judged, which they do at the next minute. */
  async function judged(): Promise<unknown> {
    // When they do at this moment, it returns at once.
    await query(
      status,
      'select everwatch_private.judge_deploys(), everwatch_private.report_predictions()',
    )
    return query(
      status,
      'select kind, sentence from everwatch.v_insights where ended_at is null order by kind desc',
    )
  }

  async function endOfHistory(): Promise<string> {
    const state = await readFile(join(checkout.folder, '.everwatch/demo.json'), 'utf8')
    return z.object({ historyUntil: z.string() }).parse(JSON.parse(state)).historyUntil
  }

  async function signIn(email = status['DEMO_EMAIL']): Promise<string> {
    const response = await fetch(`${status['API_URL']}/auth/v1/token?grant_type=password`, {
      method: 'POST',
      headers: { apikey: status['PUBLISHABLE_KEY'] ?? '', 'content-type': 'application/json' },
      body: JSON.stringify({ email, password: status['DEMO_PASSWORD'] }),
    })
    return z.object({ access_token: z.string() }).parse(await response.json()).access_token
  }

  async function metrics(search: string, token: string): Promise<unknown> {
    const response = await fetch(`${status['FUNCTIONS_URL']}/monitoring/metrics${search}`, {
      headers: { authorization: `Bearer ${token}` },
    })
    return response.json()
  }
})

/** Starts the stack and ends it the hard way as soon as a part of the history is stored. */
async function killDuringHistory(checkout: Checkout): Promise<void> {
  const first = checkout.launch('start')
  const url = `postgres://supabase_admin@127.0.0.1:${checkout.databasePort}/postgres`
  const isStored = 'select exists (select from everwatch.webhook_deliveries) as is'
  await vi.waitFor(
    async () => expect(await query({ DB_URL: url }, isStored)).toEqual([{ is: true }]),
    { timeout: 60_000 },
  )
  first.process.kill('SIGKILL')
  await first.ended
  expect(first.output()).not.toContain('History:')
}

async function query(
  { DB_URL }: NodeJS.Dict<string>,
  text: string,
): Promise<Record<string, unknown>[]> {
  const sql = postgres(DB_URL ?? '', { max: 1 })
  try {
    return await sql.unsafe(text)
  } finally {
    await sql.end()
  }
}
