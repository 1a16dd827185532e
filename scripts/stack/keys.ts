import { randomBytes } from 'node:crypto'
import { sign } from 'hono/jwt'
import { z } from 'zod'

const keysSchema = z.object({
  publishableKey: z.string().startsWith('sb_publishable_'),
  secretKey: z.string().startsWith('sb_secret_'),
  jwtSecret: z.string().min(32),
})

/** A project's credentials: what browsers may know, what servers hold, and what signs sessions. */
export type Keys = z.infer<typeof keysSchema>

/** Random ones: a local project is reachable by every program of the machine, so none is well known. */
export function makeKeys(): Keys {
  return {
    publishableKey: `sb_publishable_${randomBytes(24).toString('base64url')}`,
    secretKey: `sb_secret_${randomBytes(24).toString('base64url')}`,
    jwtSecret: randomBytes(48).toString('base64url'),
  }
}

/** @throws {z.ZodError} when the text holds other than keys */
export function parseKeys(text: string): Keys {
  return keysSchema.parse(JSON.parse(text))
}

/** A token that PostgREST takes for a role, as the hosted gateway makes one of an API key. */
export function signRoleToken({ jwtSecret }: Keys, role: 'anon' | 'service_role'): Promise<string> {
  const issued = Math.floor(Date.now() / 1000)
  return sign({ role, iat: issued, exp: issued + 10 * 365 * 86_400 }, jwtSecret)
}
