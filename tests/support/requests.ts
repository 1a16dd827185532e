import { expect } from 'vitest'
import { z } from 'zod'
import type { TestStack, TestUser } from './stack.ts'

/** Who asks: nobody, a signed-in user by token, or the holder of a key. */
export type Credential = { token: string } | { apikey: string } | undefined

export interface Answer {
  status: number
  headers: Headers
  body: unknown
}

/** Asks an edge function; a body makes it a POST of JSON (a string is sent as it is). */
export async function ask(
  stack: TestStack,
  path: string,
  credential?: Credential,
  init: { method?: string; body?: unknown; headers?: Record<string, string> } = {},
): Promise<Answer> {
  const { body, headers = {}, method = body === undefined ? 'GET' : 'POST' } = init
  const response = await fetch(`${stack.functionsUrl}${path}`, {
    method,
    headers: { ...headersOf(credential), 'content-type': 'application/json', ...headers },
    ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  })
  const text = await response.text()
  return {
    status: response.status,
    headers: response.headers,
    body: text === '' ? undefined : JSON.parse(text),
  }
}

/** Calls a function of the database through the Data API, signed in as a user. */
export async function call(
  { apiUrl, publishableKey }: TestStack,
  name: string,
  { accessToken }: TestUser,
  args: object,
): Promise<{ status: number; body: unknown }> {
  const response = await fetch(`${apiUrl}/rest/v1/rpc/${name}`, {
    method: 'POST',
    headers: {
      apikey: publishableKey,
      authorization: `Bearer ${accessToken}`,
      'content-type': 'application/json',
      'content-profile': 'everwatch',
    },
    body: JSON.stringify(args),
  })
  const text = await response.text()
  return { status: response.status, body: text === '' ? undefined : JSON.parse(text) }
}

function headersOf(credential: Credential): Record<string, string> {
  if (!credential) return {}
  if ('apikey' in credential) return { apikey: credential.apikey }
  return { authorization: `Bearer ${credential.token}` }
}

const errorSchema = z.strictObject({
  error: z.strictObject({
    code: z.string(),
    message: z.string().min(1),
    request_id: z.string(),
    field: z.string().optional(),
    expected: z.array(z.string()).optional(),
  }),
})

/** Checks that an answer is an error of the one shape; returns what programs read of it. */
export function errorOf({ status, headers, body }: Answer): {
  status: number
  code: string
  field?: string | undefined
  message: string
} {
  const { error } = errorSchema.parse(body)
  expect(error.request_id).toBe(headers.get('x-request-id'))
  return { status, code: error.code, field: error.field, message: error.message }
}
