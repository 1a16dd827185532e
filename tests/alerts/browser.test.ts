import { PostgrestClient } from '@supabase/postgrest-js'
import { beforeAll, describe, expect, it } from 'vitest'
import { addMember, createOrg, createWebhook } from '../support/fixtures.ts'
import { addDeliveries } from '../support/add-rows.ts'
import { startStack, type TestStack } from '../support/stack.ts'

let stack: TestStack
let orgId: string
type Client = ReturnType<typeof client>

let member: Client
let anonymous: Client
let alert_id: string

beforeAll(async () => {
  stack = await startStack()
  orgId = await createOrg(stack.db)
  const { userId, accessToken } = await stack.signUp()
  await addMember(stack.db, orgId, 'member', userId)
  member = client({ authorization: `Bearer ${accessToken}` })
  anonymous = client({})
  const webhookId = await createWebhook(stack.db, orgId)
  await addDeliveries(stack.db, webhookId, { status: 'failed', count: 5 })
  const { data } = await member.from('v_alerts').select('id').single()
  alert_id = (data as { id: string }).id
})

const client = (headers: Record<string, string>) =>
  new PostgrestClient(`${stack.apiUrl}/rest/v1`, {
    schema: 'everwatch',
    headers: { apikey: stack.publishableKey, ...headers },
  })

describe('in a browser, with the user’s own token, a member', () => {
  it('acknowledges an alert, and reads its history', async () => {
    expect((await member.rpc('acknowledge_alert', { alert_id })).error).toBeNull()
    expect((await member.rpc('unacknowledge_alert', { alert_id })).error).toBeNull()
    const { data } = await member.from('v_alert_history').select('kind').order('id')
    expect(data).toEqual([{ kind: 'fired' }, { kind: 'acknowledged' }, { kind: 'unacknowledged' }])
  })

  it('silences alerts for a while, and ends that', async () => {
    const until = new Date(Date.now() + 3_600_000).toISOString()
    const silence = { matchers: { type: 'webhook_*' }, until, reason: 'we are moving' }
    const { data: silence_id } = await member.rpc('silence_alerts', silence)
    const view = (): PromiseLike<{ data: unknown }> =>
      member.from('v_silences').select('id, active')
    expect((await view()).data).toEqual([{ id: silence_id, active: true }])
    expect((await member.rpc('end_silence', { silence_id })).error).toBeNull()
    expect((await view()).data).toEqual([{ id: silence_id, active: false }])
  })

  it('reads the policies in force, and is told who may set them', async () => {
    const { data } = await member.from('v_alert_policies').select('type, enabled').order('type')
    expect(data).toContainEqual({ type: 'webhook_failure', enabled: true })
    const changes = { critical: 99 }
    const { status, error } = await member.rpc('set_alert_policy', { type: 'rate_limit', changes })
    expect({ status, details: error?.details }).toEqual({ status: 403, details: 'not_allowed' })
  })

  it('is told with the right status what is wrong', async () => {
    const nothing = await member.rpc('acknowledge_alert', { alert_id: crypto.randomUUID() })
    expect(nothing.status).toBe(404)
    const past = await member.rpc('acknowledge_alert', { alert_id, until: '2020-01-01' })
    expect({ status: past.status, hint: past.error?.hint }).toEqual({ status: 400, hint: 'until' })
  })
})

describe('without a session', () => {
  it.each([
    'acknowledge_alert',
    'unacknowledge_alert',
    'silence_alerts',
    'end_silence',
    'set_alert_policy',
    'check_alerts',
    'backtest_policy',
  ])('nobody calls %s', async (name) => {
    const { status } = await anonymous.rpc(name, {})
    expect([401, 403, 404]).toContain(status)
  })

  it.each(['v_alerts', 'v_alert_history', 'v_silences', 'v_alert_policies', 'v_alert_conditions'])(
    'nobody reads %s',
    async (name) => {
      expect((await anonymous.from(name).select()).status).toBe(401)
    },
  )
})
