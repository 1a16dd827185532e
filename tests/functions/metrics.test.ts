import { beforeAll, describe, expect, it } from 'vitest'
import { answers, type MetricsType } from '../../supabase/functions/_shared/metrics-answer.ts'
import { addMember, createOrg } from '../support/fixtures.ts'
import { createFullOrg } from '../support/full-org.ts'
import { ask, errorOf, type Answer, type Credential } from '../support/requests.ts'
import { startStack, type TestStack } from '../support/stack.ts'

let stack: TestStack
let acme: string
let globex: string
let secret: Credential
let member: Credential
let memberOfBoth: Credential
let stranger: Credential

beforeAll(async () => {
  stack = await startStack()
  acme = (await createFullOrg(stack.db, 'acme')).orgId
  globex = (await createFullOrg(stack.db, 'globex')).orgId
  secret = { apikey: stack.secretKey }
  member = await signUpAsMemberOf(acme)
  memberOfBoth = await signUpAsMemberOf(acme, globex)
  stranger = await signUpAsMemberOf()
})

async function signUpAsMemberOf(...orgIds: string[]): Promise<Credential> {
  const { userId, accessToken } = await stack.signUp()
  for (const orgId of orgIds) await addMember(stack.db, orgId, 'viewer', userId)
  return { token: accessToken }
}

function metrics(query: string, credential?: Credential): Promise<Answer> {
  return ask(stack, `/monitoring/metrics${query}`, credential)
}

describe('a member of one org', () => {
  it('reads everything about it without naming it', async () => {
    const { status, body } = await metrics('', member)
    expect(status).toBe(200)
    const answer = answers.all.parse(body)
    expect(answer.org_id).toBe(acme)
    expect(answer.webhooks.summary).toMatchObject({
      total_webhooks: 1,
      total_deliveries: 10,
      failed_deliveries: 10,
      avg_success_rate: 0,
      critical_webhooks: 1,
    })
    expect(answer.api.summary).toMatchObject({ total_requests: 22, failed_requests: 22 })
    expect(answer.rate_limits.summary).toMatchObject({ status: 'warning', request_count: 99 })
    expect(answer.alerts.critical).toBeGreaterThan(0)
  })

  it.each(Object.keys(answers) as MetricsType[])(
    'reads type=%s, and that part alone',
    async (type) => {
      const { status, body } = await metrics(`?type=${type}&org_id=${acme}`, member)
      expect(status).toBe(200)
      answers[type].parse(body)
    },
  )

  it('sees nothing of another org in any part', async () => {
    const { body } = await metrics('', member)
    expect(JSON.stringify(body)).not.toContain('globex')
  })

  it('is refused another org, and one that does not exist, in the same words', async () => {
    const theirs = errorOf(await metrics(`?org_id=${globex}`, member))
    expect(theirs).toMatchObject({ status: 403, code: 'not_a_member', field: 'org_id' })
    expect(errorOf(await metrics(`?org_id=${crypto.randomUUID()}`, member))).toEqual(theirs)
  })

  it('pages through a list by key until it ends', async () => {
    const orgId = await createOrg(stack.db, 'Paged')
    const reader = await signUpAsMemberOf(orgId)
    await stack.db.sql`
      insert into everwatch.webhooks (org_id, url)
      select ${orgId}, 'https://example.com/' || n from generate_series(1, 5) as n`
    await stack.db.sql`select everwatch.refresh_monitoring_views()`
    const seen: string[] = []
    let after = ''
    do {
      const { body } = await metrics(`?type=webhook&limit=2${after}`, reader)
      const { webhooks } = answers.webhook.parse(body)
      expect(webhooks.summary.total_webhooks).toBe(5)
      seen.push(...webhooks.webhooks.map((webhook) => webhook.url))
      after = webhooks.next === null ? '' : `&after=${webhooks.next}`
    } while (after)
    expect(seen.toSorted()).toEqual([1, 2, 3, 4, 5].map((n) => `https://example.com/${n}`))
  })
})

describe('a member of several orgs', () => {
  it('is asked which one', async () => {
    const error = errorOf(await metrics('', memberOfBoth))
    expect(error).toMatchObject({ status: 400, code: 'org_required', field: 'org_id' })
    expect(error.message).toContain('several orgs')
  })

  it('reads the one that is named', async () => {
    const { body } = await metrics(`?type=alerts&org_id=${globex}`, memberOfBoth)
    expect(answers.alerts.parse(body).org_id).toBe(globex)
  })
})

describe('a member of no org', () => {
  it('is refused', async () => {
    expect(errorOf(await metrics('', stranger))).toMatchObject({
      status: 403,
      code: 'not_a_member',
    })
  })
})

describe('the holder of the secret key', () => {
  it('reads any org that it names', async () => {
    const { status, body } = await metrics(`?org_id=${globex}`, secret)
    expect(status).toBe(200)
    expect(answers.all.parse(body).org_id).toBe(globex)
  })

  it('is asked for an org, and told when there is none', async () => {
    expect(errorOf(await metrics('', secret))).toMatchObject({ status: 400, code: 'org_required' })
    const none = errorOf(await metrics(`?org_id=${crypto.randomUUID()}`, secret))
    expect(none).toMatchObject({ status: 404, code: 'org_not_found' })
  })
})

describe('a caller without a valid credential', () => {
  it.each([
    ['none at all', undefined],
    ['the publishable key, which is no one’s', 'publishable'],
    ['a key that is not ours', { apikey: 'sb_secret_not_this_one_but_another_of_its_length' }],
    ['a token that is none', { token: 'not.a.token' }],
  ] as const)('is refused with %s', async (_reason, credential) => {
    const used = credential === 'publishable' ? { apikey: stack.publishableKey } : credential
    const answer = await metrics('', used)
    expect(errorOf(answer)).toMatchObject({ status: 401, code: 'unauthenticated' })
    expect(answer.headers.get('www-authenticate')).toBe('Bearer')
  })

  it('is refused with a token whose signature was changed', async () => {
    const { accessToken } = await stack.signUp()
    const [head, claims, signature = ''] = accessToken.split('.')
    const forged = `${head}.${claims}.${signature.split('').toReversed().join('')}`
    expect((await metrics('', { token: forged })).status).toBe(401)
  })
})

describe('a request that is not right', () => {
  it.each([
    ['a type that there is not', '?type=cats', 'invalid_type', 'type'],
    ['an org_id that is no uuid', '?org_id=1', 'invalid_query', 'org_id'],
    ['a limit that is no number', '?limit=many', 'invalid_query', 'limit'],
    ['a limit of nothing', '?limit=0', 'invalid_query', 'limit'],
    ['a limit beyond the bound', '?limit=501', 'invalid_query', 'limit'],
    ['a cursor that is none', '?type=rule&after=zz', 'invalid_query', 'after'],
    ['the cursor of another list', '?type=rule&after=7b7d', 'invalid_cursor', 'after'],
    ['a cursor for several lists', '?type=all&after=7b7d', 'invalid_cursor', 'after'],
    ['a parameter given twice', '?type=api&type=all', 'invalid_query', 'type'],
    ['a parameter that there is not', '?tpye=api', 'invalid_query', 'tpye'],
  ])('with %s is told which parameter is wrong', async (_reason, query, code, field) => {
    expect(errorOf(await metrics(query, member))).toMatchObject({ status: 400, code, field })
  })

  it('with a wrong type is told the right ones', async () => {
    const { message } = errorOf(await metrics('?type=cats', member))
    for (const type of Object.keys(answers)) expect(message).toContain(type)
  })

  it('with another method is told which to use', async () => {
    const answer = await ask(stack, '/monitoring/metrics', member, { method: 'DELETE' })
    expect(errorOf(answer)).toMatchObject({ status: 405, code: 'method_not_allowed' })
    expect(answer.headers.get('allow')).toBe('GET, HEAD, OPTIONS')
  })

  it('for a path that there is not gets a 404', async () => {
    expect(errorOf(await ask(stack, '/monitoring/constructor', member))).toMatchObject({
      status: 404,
      code: 'not_found',
    })
  })
})

describe('every answer', () => {
  it('carries the caller’s own request id when that is safe, else a new one', async () => {
    const given = { headers: { 'x-request-id': 'req_abc-123' } }
    const kept = await ask(stack, '/monitoring/metrics', member, given)
    expect(kept.headers.get('x-request-id')).toBe('req_abc-123')
    const hostile = { headers: { 'x-request-id': 'a b"<script>' } }
    const made = await ask(stack, '/monitoring/metrics', undefined, hostile)
    expect(made.headers.get('x-request-id')).toMatch(/^req_[0-9a-f-]{36}$/)
  })

  it('may be read by browsers, errors too', async () => {
    for (const credential of [member, undefined]) {
      const { headers } = await metrics('', credential)
      expect(headers.get('access-control-allow-origin')).toBe('*')
      expect(headers.get('access-control-expose-headers')).toBe('x-request-id')
    }
  })

  it('is preceded by a preflight that lets the credentials’ headers through', async () => {
    const { status, headers } = await ask(stack, '/monitoring/metrics', undefined, {
      method: 'OPTIONS',
      headers: { origin: 'https://app.example.com', 'access-control-request-method': 'GET' },
    })
    expect(status).toBe(204)
    expect(headers.get('access-control-allow-headers')).toMatch(/authorization.*apikey/)
  })

  it('to HEAD has the headers alone', async () => {
    const { status, body } = await ask(stack, '/monitoring/metrics', member, { method: 'HEAD' })
    expect({ status, body }).toEqual({ status: 200, body: undefined })
  })
})
