import { beforeAll, describe, expect, it } from 'vitest'
import { startStack, type TestStack } from '../support/stack.ts'

let stack: TestStack
let grantsBefore: string

beforeAll(async () => {
  stack = await startStack()
  grantsBefore = await readGrants()
  await stack.db.sql`insert into everwatch.orgs (name) values ('Globex')`
})

describe('anonymous, with the publishable key', () => {
  it('is refused by every table', async () => {
    expect(await call('/rest/v1/orgs', stack.publishableKey)).toMatchObject({ status: 401 })
  })
})

describe('a caller without any key', () => {
  it('is refused by the gateway', async () => {
    expect((await fetch(`${stack.apiUrl}/rest/v1/orgs`)).status).toBe(401)
  })
})

describe('a signed-in user', () => {
  it('makes an org, and then sees that one alone', async () => {
    const { accessToken } = await stack.signUp()
    const made = await call('/rest/v1/rpc/create_org', stack.publishableKey, {
      accessToken,
      method: 'POST',
      body: { name: 'Acme' },
    })
    expect(made.status).toBe(200)
    const seen = await call('/rest/v1/orgs?select=name', stack.publishableKey, { accessToken })
    expect(seen).toEqual({ status: 200, body: [{ name: 'Acme' }] })
  })

  it('cannot update what column grants keep from members', async () => {
    const { accessToken } = await stack.signUp()
    const { status } = await call('/rest/v1/webhooks?enabled=is.true', stack.publishableKey, {
      accessToken,
      method: 'PATCH',
      body: { consecutive_failures: 0 },
    })
    expect(status).toBe(403)
  })

  it('signs in again with the password', async () => {
    await stack.signUp('again@example.com')
    const path = '/auth/v1/token?grant_type=password'
    const { status } = await call(path, stack.publishableKey, {
      method: 'POST',
      body: { email: 'again@example.com', password: 'correct horse battery' },
    })
    expect(status).toBe(200)
  })
})

describe('the holder of the secret key', () => {
  it('sees the orgs of all', async () => {
    const { body } = await call('/rest/v1/orgs?select=name&order=name', stack.secretKey)
    expect(body).toEqual([{ name: 'Acme' }, { name: 'Globex' }])
  })
})

describe('the Data API itself', () => {
  it('has granted nothing that the migrations did not', async () => {
    expect(await readGrants()).toBe(grantsBefore)
  })
})

async function call(
  path: string,
  key: string,
  options: { accessToken?: string; method?: string; body?: unknown } = {},
): Promise<{ status: number; body: unknown }> {
  const { accessToken, method = 'GET', body } = options
  const response = await fetch(`${stack.apiUrl}${path}`, {
    method,
    headers: {
      apikey: key,
      'content-type': 'application/json',
      'accept-profile': 'everwatch',
      'content-profile': 'everwatch',
      ...(accessToken && { authorization: `Bearer ${accessToken}` }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  })
  const text = await response.text()
  return { status: response.status, body: text === '' ? undefined : JSON.parse(text) }
}

/** All privileges in the exposed schema, as text: what a server might quietly change. */
async function readGrants(): Promise<string> {
  const rows = await stack.db.sql`
    select c.relname, c.relacl::text as acl, d.defaclacl::text as defaults
    from pg_class as c
    left join pg_default_acl as d on d.defaclnamespace = c.relnamespace
    where c.relnamespace in ('public'::regnamespace, 'everwatch'::regnamespace)
    order by 1, 2, 3`
  return JSON.stringify(rows)
}
