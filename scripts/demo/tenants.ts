import { createHash } from 'node:crypto'
import { PostgrestClient } from '@supabase/postgrest-js'
import { z } from 'zod'
import type { Database } from '../../supabase/functions/_shared/database.types.ts'
import {
  isNotExposed,
  notExposed,
} from '../../supabase/functions/_shared/everwatch/http/exposed-schema.ts'
import type { Keys } from '../stack/keys.ts'
import { UserError } from '../stack/user-error.ts'
import { tellReceiver } from './channels.ts'
import { uuidOf } from './made-up.ts'
import { scenario, type DemoOrg } from './scenario.ts'

/** The Data API as one caller. Not supabase-js, which needs the WebSocket that Node 20 lacks. */
type Client = PostgrestClient<Database>

const day = 86_400_000

/**
 * Makes the two orgs as people would: each member signs up and creates theirs; a server with the
 * secret key adds what is in them. What is there already is brought up to date.
 *
 * @param receiverUrl where the webhooks' receivers are, this time
 * @returns the orgs' ids, by name
 * @throws {UserError} where the Data API does not serve our schema
 */
export async function makeTenants(
  apiUrl: string,
  keys: Keys,
  password: string,
  receiverUrl: string,
): Promise<Record<string, string>> {
  const server = client(apiUrl, { apikey: keys.secretKey })
  const orgIds: Record<string, string> = {}
  for (const org of scenario) {
    const token = await signIn(apiUrl, keys, org.email, password)
    const member = client(apiUrl, { apikey: keys.publishableKey, authorization: `Bearer ${token}` })
    const orgId = await findOrMakeOrg(member, org.name).catch((error: unknown) => {
      throw isNotExposed(error) ? new UserError(notExposed) : error
    })
    await addContents(server, org, orgId, receiverUrl)
    await member
      .rpc('set_objective', { org_id: orgId, metric: 'deliveries', target: org.objective })
      .throwOnError()
    await tellReceiver(server, orgId, receiverUrl)
    orgIds[org.name] = orgId
  }
  return orgIds
}

function client(apiUrl: string, headers: Record<string, string>): Client {
  return new PostgrestClient<Database>(`${apiUrl}/rest/v1`, { headers, schema: 'everwatch' })
}

const sessionSchema = z.object({ access_token: z.string() })

/** Signs a member in, or up when there is no such user yet; returns the token of the session. */
async function signIn(
  apiUrl: string,
  keys: Keys,
  email: string,
  password: string,
): Promise<string> {
  const post = (path: string): Promise<Response> =>
    fetch(`${apiUrl}/auth/v1/${path}`, {
      method: 'POST',
      headers: { apikey: keys.publishableKey, 'content-type': 'application/json' },
      body: JSON.stringify({ email, password }),
    })
  const known = await post('token?grant_type=password')
  const response = known.ok ? known : await post('signup')
  const text = await response.text()
  if (!response.ok) throw new Error(`${email} cannot sign in: ${text}`)
  return sessionSchema.parse(JSON.parse(text)).access_token
}

async function findOrMakeOrg(member: Client, name: string): Promise<string> {
  const found = await member.from('orgs').select('id').eq('name', name).limit(1).throwOnError()
  const [org] = found.data
  if (org) return org.id
  const made = await member.rpc('create_org', { name }).throwOnError()
  return made.data
}

async function addContents(
  server: Client,
  org: DemoOrg,
  orgId: string,
  receiverUrl: string,
): Promise<void> {
  // Older than its traffic, so that what has been quiet all the while shows as inactive.
  const created_at = new Date(Date.now() - 30 * day).toISOString()
  const add = { org_id: orgId, created_at }
  await server
    .from('webhooks')
    .upsert(
      org.webhooks.map(({ id, path, enabled }) => ({
        id,
        url: `${receiverUrl}/${path}`,
        enabled,
        ...add,
      })),
    )
    .throwOnError()
  await server
    .from('segments')
    .upsert(
      org.segments.map(({ id, name, memberCount: member_count }) => ({
        id,
        name,
        member_count,
        ...add,
      })),
    )
    .throwOnError()
  await server
    .from('automation_rules')
    .upsert(
      org.rules.map(({ id, name, type, segmentId: segment_id }) => ({
        id,
        name,
        type,
        segment_id,
        ...add,
      })),
    )
    .throwOnError()
  await server.from('api_keys').upsert(apiKey(org, orgId)).throwOnError()
}

/** As a portal keeps it: what recognises the key, and not the key. */
function apiKey(
  org: DemoOrg,
  orgId: string,
): Database['everwatch']['Tables']['api_keys']['Insert'] {
  const key = demoApiKey(org)
  const digest = `\\x${createHash('sha256').update(key).digest('hex')}`
  return { id: org.apiKeyId, org_id: orgId, name: 'Server', prefix: key.slice(0, 12), digest }
}

/** The key with which an org's programs call the demo's API. */
export function demoApiKey(org: DemoOrg): string {
  return `demo_${uuidOf(`${org.name}/secret`)}`
}
