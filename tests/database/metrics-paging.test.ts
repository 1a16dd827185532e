import { beforeAll, describe, expect, it } from 'vitest'
import { createDatabase, type TestDatabase } from '../support/database.ts'
import { createOrg, createRule, createWebhook } from '../support/fixtures.ts'
import { addDeliveries, addRequests, addWindow } from '../support/add-rows.ts'
import { readMetrics, type Metrics, type MetricsArguments } from '../support/metrics.ts'
import { refresh } from '../support/views.ts'

let db: TestDatabase
let orgId: string

beforeAll(async () => {
  db = await createDatabase()
  orgId = await createOrg(db)
  for (let n = 0; n < 5; n += 1) {
    const failures = n < 2 ? 10 : 5
    await addDeliveries(db, await createWebhook(db, orgId), { status: 'failed', count: failures })
    await createRule(db, orgId)
    await addWindow(db, orgId, {
      key_type: 'api_key',
      identifier: `key ${n % 2}`,
      window_seconds: 3600,
      ago: `${n + 1} minutes`,
    })
    await addRequests(db, orgId, { ago: `${n} hours` })
  }
  await refresh(db)
})

const read = (args: MetricsArguments): Promise<Metrics> =>
  db.asService(readMetrics({ org_id: orgId, ...args }))

interface Page {
  items: Record<string, unknown>[]
  next: string | null
  summary: unknown
}

const lists: Record<string, (metrics: Metrics) => Page> = {
  webhook: ({ webhooks: part }) => ({ items: part!.webhooks, ...part! }),
  rule: ({ rules: part }) => ({ items: part!.rules, ...part! }),
  rate_limit: ({ rate_limits: part }) => ({ items: part!.windows, ...part! }),
  api: ({ api: part }) => ({ items: part!.hours, ...part! }),
  alerts: ({ alerts: part }) => ({ items: part!.alerts, ...part!, summary: part!.total }),
}

/** All pages of a list, two rows each. */
async function readPages(type: string): Promise<Page[]> {
  const pages: Page[] = []
  let after: string | null = null
  do {
    const args: MetricsArguments = { type, page_limit: 2 }
    const page: Page = lists[type]!(await read(after === null ? args : { ...args, after }))
    pages.push(page)
    after = page.next
  } while (after !== null)
  return pages
}

describe.each(Object.keys(lists))('the list of type %s', (type) => {
  it('comes in pages that together are the whole list, in its order', async () => {
    const whole = lists[type]!(await read({ type }))
    const pages = await readPages(type)
    expect(whole.items).toHaveLength(5)
    expect(whole.next).toBeNull()
    expect(pages.map(({ items }) => items.length)).toEqual([2, 2, 1])
    expect(pages.flatMap(({ items }) => items)).toEqual(whole.items)
  })

  it('has the same summary, over everything, beside each page', async () => {
    const { summary } = lists[type]!(await read({ type }))
    for (const page of await readPages(type)) expect(page.summary).toEqual(summary)
  })

  it('has no next page when the last row fills a page', async () => {
    expect(lists[type]!(await read({ type, page_limit: 5 })).next).toBeNull()
  })

  it.each([
    ['not hex', 'cursor!'],
    ['empty', ''],
    ['half a byte', 'abc'],
    ['no text', 'ff00'],
    ['no JSON', Buffer.from('cursor').toString('hex')],
    ['a string of JSON', Buffer.from('"webhooks"').toString('hex')],
    ['a place in no list', Buffer.from('{"orgs": ["a"]}').toString('hex')],
    ['a place of the wrong form', Buffer.from('{"webhooks": "a"}').toString('hex')],
  ])('refuses a cursor that is %s', async (_, after) => {
    await expect(read({ type, after })).rejects.toMatchObject({
      code: 'PT400',
      detail: 'invalid_cursor',
      hint: 'after',
    })
  })

  it('takes any key in a cursor for what it is: a place', async () => {
    const list = { webhook: 'webhooks', rule: 'rules', rate_limit: 'windows', api: 'hours' }[type]
    for (const key of [[], [null], ["'; drop table orgs; --"], ['9'.repeat(1000)], [{}, [1]]]) {
      const after = Buffer.from(JSON.stringify({ [list ?? 'alerts']: key })).toString('hex')
      expect(lists[type]!(await read({ type, after })).items.length).toBeLessThanOrEqual(5)
    }
  })
})

describe('the API’s hours', () => {
  it('go further back than a day, page by page, and over a gap without an empty page', async () => {
    const other = await createOrg(db)
    await addRequests(db, other, { ago: '0 hours' })
    await addRequests(db, other, { ago: '30 hours' })
    await addRequests(db, other, { ago: '90 days' })
    const pages: number[] = []
    let after: string | undefined
    do {
      const { api } = await read({ org_id: other, type: 'api', ...(after ? { after } : {}) })
      pages.push(api!.hours.length)
      after = api!.next ?? undefined
    } while (after)
    expect(pages).toEqual([1, 1, 1])
  })

  it('can be reached when the last day had none', async () => {
    const other = await createOrg(db)
    await addRequests(db, other, { ago: '3 days' })
    const first = (await read({ org_id: other, type: 'api' })).api
    expect(first).toMatchObject({ hours: [], next: expect.any(String) as string })
    const second = await read({ org_id: other, type: 'api', after: first!.next! })
    expect(second.api).toMatchObject({ hours: [{ total_requests: 1 }], next: null })
  })
})

describe('the arguments', () => {
  it.each([
    [{ type: 'webhooks' }, 'invalid_type', 'type'],
    [{ type: '' }, 'invalid_type', 'type'],
    [{ page_limit: 0 }, 'invalid_limit', 'page_limit'],
    [{ page_limit: -1 }, 'invalid_limit', 'page_limit'],
    [{ page_limit: 501 }, 'invalid_limit', 'page_limit'],
    [{ after: 'ff' }, 'invalid_cursor', 'after'],
    [{ type: 'all', after: 'ff' }, 'invalid_cursor', 'after'],
  ])('are refused: %j is an %s', async (args, detail, hint) => {
    await expect(read(args)).rejects.toMatchObject({ code: 'PT400', detail, hint })
  })

  it('are told the right types instead of a wrong one', async () => {
    await expect(read({ type: 'users' })).rejects.toMatchObject({
      message: 'type must be one of webhook, rule, rate_limit, api, alerts, system, all.',
    })
  })

  it('refuses a cursor of another list', async () => {
    const { webhooks } = await read({ type: 'webhook', page_limit: 1 })
    await expect(read({ type: 'rule', after: webhooks!.next! })).rejects.toMatchObject({
      detail: 'invalid_cursor',
    })
  })
})
