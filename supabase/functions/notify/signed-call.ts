import { z } from 'zod'
import { readText } from '../_shared/body.ts'
import { HttpError } from '../_shared/everwatch/http/errors.ts'

/** A request that says to come from the database, which alone can tell whether it does. */
export interface SignedCall {
  id: string
  /** Unix seconds. */
  sent_at: number
  /** As it was sent: a signature is over these very characters. */
  body: string
  signature: string
}

const headersSchema = z.object({
  'webhook-id': z.string().regex(/^[\w-]{1,100}$/),
  'webhook-timestamp': z.string().regex(/^\d{1,12}$/),
  'webhook-signature': z.string().regex(/^v1,[A-Za-z0-9+/=]{44}$/),
})

const longestBody = 1024

/**
 * Reads what the database sends: a short body, and the headers of Standard Webhooks.
 *
 * @throws {HttpError} 400 that names the header which is missing or malformed, or `body`; 413
 */
export async function readSignedCall(request: Request): Promise<SignedCall> {
  const { data, error } = headersSchema.safeParse(Object.fromEntries(request.headers))
  if (!data) {
    const field = String(error.issues[0]?.path[0])
    throw new HttpError(400, 'invalid_header', `${field} is missing or malformed.`, { field })
  }
  return {
    id: data['webhook-id'],
    sent_at: Number(data['webhook-timestamp']),
    body: await readBody(request),
    signature: data['webhook-signature'],
  }
}

async function readBody(request: Request): Promise<string> {
  const wrong = new HttpError(400, 'invalid_body', 'The body is no JSON of ours.', {
    field: 'body',
  })
  const text = await readText(request, longestBody).catch((error: unknown) => {
    throw error instanceof HttpError ? error : wrong
  })
  // Postgres takes no NUL: it signed no body that has one.
  if (text.includes('\0')) throw wrong
  return text
}
