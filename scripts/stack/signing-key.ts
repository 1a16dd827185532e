import { createHmac } from 'node:crypto'
import { z } from 'zod'
import type { FetchHandler } from './http.ts'
import type { Keys } from './keys.ts'

/** The name of a local project's one signing key. */
const keyId = 'local'

/** The signing key as the JSON web key set that edge functions verify sessions with. */
export function jsonWebKeySet({ jwtSecret }: Keys): string {
  const k = Buffer.from(jwtSecret).toString('base64url')
  return JSON.stringify({ keys: [{ kty: 'oct', alg: 'HS256', use: 'sig', kid: keyId, k }] })
}

const sessionSchema = z.looseObject({ access_token: z.jwt({ alg: 'HS256' }) })

/**
 * Names the signing key in the sessions that an auth API gives out. Supabase's own always say it
 * (`kid`), and `@supabase/server` takes no token that does not; `@supabase/lite` leaves it out.
 */
export function nameSigningKey(authApi: FetchHandler, keys: Keys): FetchHandler {
  return async (request) => {
    const response = await authApi(request)
    if (!response.headers.get('content-type')?.startsWith('application/json')) return response
    const text = await response.text()
    const session = sessionSchema.safeParse(text === '' ? null : JSON.parse(text))
    const headers = new Headers(response.headers)
    headers.delete('content-length')
    const body = session.success
      ? JSON.stringify({ ...session.data, access_token: sign(session.data.access_token, keys) })
      : text
    return new Response(body || null, { status: response.status, headers })
  }
}

/** The same token with the key's name in its header, signed again. */
function sign(token: string, { jwtSecret }: Keys): string {
  const header = Buffer.from(JSON.stringify({ alg: 'HS256', typ: 'JWT', kid: keyId }))
  const content = `${header.toString('base64url')}.${token.split('.')[1]}`
  return `${content}.${createHmac('sha256', jwtSecret).update(content).digest('base64url')}`
}
