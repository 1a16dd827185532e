import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { flush } from 'everwatch/metrics'
import { Window } from 'happy-dom'
import { act, createElement } from 'react'
import { createRoot } from 'react-dom/client'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { executeAutomationRule } from '../../examples/automation-rule.ts'
import { MonitoringDashboard } from '../../examples/monitoring-dashboard.tsx'
import { deliverWebhook } from '../../examples/webhook-route.ts'
import { addMember, createOrg, createRule, createWebhook } from '../support/fixtures.ts'
import { startStack, type TestStack } from '../support/stack.ts'

let stack: TestStack
let orgId: string
let receiverUrl: string
let status = 200

const receiver = createServer((_request, response) => {
  response.writeHead(status).end('the receiver’s words')
})

beforeAll(async () => {
  stack = await startStack()
  orgId = await createOrg(stack.db)
  await once(receiver.listen(0, '127.0.0.1'), 'listening')
  receiverUrl = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/`
  // All that an app sets.
  vi.stubEnv('SUPABASE_URL', stack.apiUrl)
  vi.stubEnv('SUPABASE_SECRET_KEY', stack.secretKey)
  vi.stubEnv('LOG_LEVEL', 'silent')
})

afterAll(() => receiver.close())

describe('the example of a webhook', () => {
  it('tracks what was sent, what was refused, and what could not be sent', async () => {
    const id = await createWebhook(stack.db, orgId)
    const call = (url: string): Promise<Response> =>
      deliverWebhook({ id, url })(new Request('http://localhost/', { method: 'POST', body: '{}' }))
    expect(await (await call(receiverUrl)).json()).toEqual({ success: true })
    status = 500
    expect(await (await call(receiverUrl)).json()).toEqual({ success: false })
    await expect(call('http://127.0.0.1:9/')).rejects.toThrow('fetch failed')
    await flush()
    const rows = await stack.db.sql`
      select status, error, bytes_out::integer
      from everwatch.webhook_deliveries where webhook_id = ${id} order by sent_at`
    expect(rows).toEqual([
      { status: 'sent', error: null, bytes_out: 2 },
      { status: 'failed', error: 'the receiver’s words', bytes_out: 2 },
      { status: 'failed', error: 'TypeError: fetch failed', bytes_out: null },
    ])
  })
})

describe('the example of a rule', () => {
  it('tracks a success with the contacts it acted on, and a failure', async () => {
    const id = await createRule(stack.db, orgId)
    await executeAutomationRule({ id, apply: async () => ['ann', 'bob'] })
    const failing = executeAutomationRule({ id, apply: () => Promise.reject(new Error('no')) })
    await expect(failing).rejects.toThrow('no')
    await flush()
    const rows = await stack.db.sql`
      select status, affected_contacts, error from everwatch.rule_executions
      where rule_id = ${id} order by executed_at`
    expect(rows).toEqual([
      { status: 'success', affected_contacts: 2, error: null },
      { status: 'failed', affected_contacts: 0, error: 'Error: no' },
    ])
  })
})

/** What the example's dashboard shows to whoever has this token, once it is more than that it loads. */
async function textShownTo(token: string): Promise<string> {
  const window = new Window()
  vi.stubGlobal('window', window)
  vi.stubGlobal('document', window.document)
  vi.stubGlobal('IS_REACT_ACT_ENVIRONMENT', true)
  const container = window.document.createElement('div')
  const root = createRoot(container as unknown as Element)
  const props = { functionsUrl: stack.functionsUrl, token }
  try {
    await act(async () => root.render(createElement(MonitoringDashboard, props)))
    return await vi.waitFor(async () => {
      const text = await act(async () => container.textContent ?? '')
      if (text.startsWith('Loading')) throw new Error('It still loads.')
      return text
    })
  } finally {
    await act(async () => root.unmount())
    await window.happyDOM.close()
    vi.unstubAllGlobals()
  }
}

describe('the example of a dashboard', () => {
  it('shows a member the org’s numbers', async () => {
    const { userId, accessToken } = await stack.signUp()
    await addMember(stack.db, orgId, 'viewer', userId)
    await stack.db.sql`select everwatch.refresh_monitoring_views()`
    const text = await textShownTo(accessToken)
    expect(text).toContain('3 deliveries, 33.3% of them successful')
    expect(text).toContain('2 runs of rules')
  })

  it('says why there are none', async () => {
    expect(await textShownTo('no token')).toContain("Send a user's token")
  })
})
