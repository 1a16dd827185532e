import { createClient, type SupabaseClient } from '@supabase/supabase-js'
import { beforeAll, describe, expect, it } from 'vitest'
import { startStack, type TestStack } from '../support/stack.ts'

let stack: TestStack
let grantsBefore: string

beforeAll(async () => {
  stack = await startStack()
  grantsBefore = await readGrants()
  await stack.db.sql`insert into public.orgs (name) values ('Globex')`
})

describe('anonymous, with the publishable key', () => {
  it('is refused by every table', async () => {
    const { error } = await connect(stack.publishableKey).from('orgs').select()
    expect(error?.code).toBe('42501')
  })
})

describe('a caller without any key', () => {
  it('is refused by the gateway', async () => {
    const response = await fetch(`${stack.apiUrl}/rest/v1/orgs`)
    expect(response.status).toBe(401)
  })
})

describe('a signed-in user', () => {
  it('makes an org, and then sees that one alone', async () => {
    const { accessToken } = await stack.signUp()
    const user = connect(stack.publishableKey, accessToken)
    expect((await user.rpc('create_org', { name: 'Acme' })).error).toBeNull()
    const { data } = await user.from('orgs').select('name')
    expect(data).toEqual([{ name: 'Acme' }])
  })

  it('cannot update what column grants keep from members', async () => {
    const { accessToken } = await stack.signUp()
    const { error } = await connect(stack.publishableKey, accessToken)
      .from('webhooks')
      .update({ consecutive_failures: 0 })
      .eq('enabled', true)
    expect(error?.code).toBe('42501')
  })

  it('signs in again with the password', async () => {
    await stack.signUp('again@example.com')
    const { data, error } = await connect(stack.publishableKey).auth.signInWithPassword({
      email: 'again@example.com',
      password: 'correct horse battery',
    })
    expect(error).toBeNull()
    expect(data.user?.email).toBe('again@example.com')
  })
})

describe('the holder of the secret key', () => {
  it('sees the orgs of all', async () => {
    const { data } = await connect(stack.secretKey).from('orgs').select('name').order('name')
    expect(data).toEqual([{ name: 'Acme' }, { name: 'Globex' }])
  })
})

describe('the Data API itself', () => {
  it('has granted nothing that the migrations did not', async () => {
    expect(await readGrants()).toBe(grantsBefore)
  })
})

function connect(key: string, accessToken?: string): SupabaseClient {
  return createClient(stack.apiUrl, key, {
    auth: { persistSession: false, autoRefreshToken: false },
    ...(accessToken && { accessToken: async () => accessToken }),
  })
}

/** All privileges in the exposed schema, as text: what a server might quietly change. */
async function readGrants(): Promise<string> {
  const rows = await stack.db.sql`
    select c.relname, c.relacl::text as acl, d.defaclacl::text as defaults
    from pg_class as c
    left join pg_default_acl as d on d.defaclnamespace = c.relnamespace
    where c.relnamespace = 'public'::regnamespace
    order by 1, 2, 3`
  return JSON.stringify(rows)
}
