import { randomUUID } from 'node:crypto'
import { beforeAll, describe, expect, it } from 'vitest'
import { makeTenants } from '../../scripts/demo/tenants.ts'
import { createMonitoring } from '../../supabase/functions/_shared/everwatch/metrics.ts'
import { delivery } from '../support/fixtures.ts'
import { ask } from '../support/requests.ts'
import { startStack, type TestStack } from '../support/stack.ts'

const advice = "Add the schema everwatch to 'Exposed schemas' in the project's Data API settings."

let stack: TestStack
beforeAll(async () => {
  stack = await startStack({ schemas: ['public'] })
})

describe('where the Data API does not serve our schema', () => {
  it.each([
    ['/monitoring/metrics'],
    ['/monitoring/timeseries?metric=deliveries'],
    ['/monitoring/insights'],
    ['/monitoring/costs'],
    ['/monitoring/prometheus'],
    ['/check-alerts', {}],
    ['/track', { events: [delivery(randomUUID())] }],
    ['/notify/test', { channel_id: randomUUID() }],
  ])('%s says what to switch on', async (path, body?: object) => {
    const secret = { apikey: stack.secretKey }
    const separator = path.includes('?') ? '&' : '?'
    const query = path.startsWith('/monitoring') ? `${separator}org_id=${randomUUID()}` : ''
    const answer = await ask(stack, `${path}${query}`, secret, body && { body })
    expect(answer).toMatchObject({
      status: 500,
      body: { error: { code: 'schema_not_exposed', message: advice } },
    })
  })

  it('the library says what to switch on to whoever reads a webhook’s metrics', async () => {
    const monitoring = createMonitoring({ url: stack.apiUrl, key: stack.secretKey })
    await expect(monitoring.getWebhookMetrics(randomUUID())).rejects.toThrow(advice)
  })

  it('the demo says what to switch on, without a stack', async () => {
    const making = makeTenants(
      stack.apiUrl,
      stack.keys,
      'correct horse battery',
      'http://a.example',
    )
    await expect(making).rejects.toMatchObject({ name: 'UserError', message: advice })
  })
})
