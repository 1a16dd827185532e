import { beforeAll, describe, expect, it } from 'vitest'
import { startNotifyStack } from '../support/notify-stack.ts'
import { startReceiver, type Receiver } from '../support/receiver.ts'
import type { TestStack } from '../support/stack.ts'

const patience = { timeout: 10_000 }

let stack: TestStack
let receiver: Receiver
beforeAll(async () => {
  stack = await startNotifyStack()
  receiver = await startReceiver()
})

const beat = async (): Promise<unknown> => {
  const [row] = await stack.db.sql`select everwatch_private.send_heartbeat() as id`
  return row?.['id']
}
async function outcome(): Promise<unknown> {
  await stack.db.sql`select everwatch_private.record_call_outcomes()`
  const [row] = await stack.db.sql`
    select status_code from everwatch_private.function_calls order by id desc limit 1`
  return row?.['status_code']
}

describe('the heartbeat', () => {
  it('goes nowhere until the operator says where', async () => {
    expect(await beat()).toBeNull()
  })

  it('takes the whole way to who waits for it', async () => {
    await stack.db
      .sql`update everwatch_private.settings set heartbeat_url = ${`${receiver.url}/alive`}`
    await beat()
    await expect.poll(() => receiver.received, patience).toMatchObject([{ path: '/alive' }])
    await expect.poll(outcome, patience).toBe(204)
  })

  it('that nobody takes is a call that failed', async () => {
    receiver.answer = (_, response) => response.writeHead(500).end()
    await beat()
    await expect.poll(outcome, patience).toBe(502)
  })
})
