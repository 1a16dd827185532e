import { randomUUID } from 'node:crypto'
import { z } from 'zod'
import { startApi, type ApiOptions } from '../../scripts/stack/api.ts'
import { makeKeys, type Keys } from '../../scripts/stack/keys.ts'
import { atEndOfFile } from './cleanup.ts'
import { createDatabase, type TestDatabase } from './database.ts'

/** A project that answers HTTP: gateway, auth, Data API and edge functions over its own database. */
export interface TestStack {
  db: TestDatabase
  apiUrl: string
  functionsUrl: string
  publishableKey: string
  secretKey: string
  keys: Keys
  /** Signs a new user up through the auth API. */
  signUp(email?: string): Promise<TestUser>
  /** Ends what answers HTTP; `resume` starts it again under the same address. */
  pause(): Promise<void>
  resume(): Promise<void>
}

export interface TestUser {
  userId: string
  accessToken: string
  email: string
  password: string
}

const password = 'correct horse battery'

const session = z.object({ access_token: z.string(), user: z.object({ id: z.uuid() }) })

export interface StackOptions extends Pick<ApiOptions, 'hostFunctions' | 'dashboard' | 'schemas'> {
  /** A migrated database. Default: a new one. */
  db?: TestDatabase
}

/** Starts a project for a test file; it ends with the file. */
export async function startStack(options: StackOptions = {}): Promise<TestStack> {
  const { db = await createDatabase(), ...apiOptions } = options
  const keys = makeKeys()
  let api = await startApi(db.url, keys, apiOptions)
  // Asked for after the database's own, and so done before it: connections close first.
  atEndOfFile(() => api.stop())
  return {
    db,
    apiUrl: api.url,
    functionsUrl: api.functionsUrl,
    publishableKey: keys.publishableKey,
    secretKey: keys.secretKey,
    keys,
    signUp: async (email = `${randomUUID()}@example.com`) => {
      const response = await fetch(`${api.url}/auth/v1/signup`, {
        method: 'POST',
        headers: { apikey: keys.publishableKey, 'content-type': 'application/json' },
        body: JSON.stringify({ email, password }),
      })
      if (!response.ok) throw new Error(`sign-up failed: ${await response.text()}`)
      const { access_token, user } = session.parse(await response.json())
      return { userId: user.id, accessToken: access_token, email, password }
    },
    pause: () => api.stop(),
    resume: async () => {
      const port = Number(new URL(api.url).port)
      api = await startApi(db.url, keys, { ...apiOptions, port })
    },
  }
}
