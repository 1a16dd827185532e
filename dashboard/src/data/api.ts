import type { PostgrestError } from '@supabase/supabase-js'
import {
  isNotExposed,
  notExposed,
} from '../../../supabase/functions/_shared/everwatch/http/exposed-schema.ts'
import type { Project } from '../session/project.ts'
import { setClock } from './clock.ts'

const timeoutMs = 20_000

/** Why something could not be read or done, in words for the viewer. */
export class ApiError extends Error {
  override name = 'ApiError'

  constructor(
    message: string,
    /** HTTP status; 0 when there was no answer at all. */
    readonly status: number,
    /** For programs, for example `not_a_member`. */
    readonly code: string,
    /** Under which the project's logs have it. */
    readonly requestId?: string,
  ) {
    super(message)
  }
}

/** Whether asking again may help by itself. */
export function isPassing(error: unknown): boolean {
  return !(error instanceof ApiError) || error.status === 0 || error.status >= 500
}

/** Asks an edge function as the user; with a body, it is a POST. @throws {ApiError} */
export async function askFunction<T>(
  { config, supabase, authorizedFetch }: Project,
  path: string,
  { query: parameters = {}, body: sent, signal }: Question,
): Promise<T> {
  const { data } = await supabase.auth.getSession()
  const query = new URLSearchParams()
  for (const [name, value] of Object.entries(parameters)) {
    if (value !== undefined) query.set(name, value)
  }
  const late = AbortSignal.timeout(timeoutMs)
  const response = await authorizedFetch(`${config.url}/functions/v1/${path}?${query}`, {
    ...(sent && { method: 'POST', body: JSON.stringify(sent) }),
    headers: {
      ...(sent && { 'content-type': 'application/json' }),
      apikey: config.publishableKey,
      authorization: `Bearer ${data.session?.access_token ?? ''}`,
    },
    signal: signal ? AbortSignal.any([signal, late]) : late,
  }).catch((error: unknown) => {
    if (signal?.aborted) throw error
    throw unreachable()
  })
  const body = (await response.json().catch(() => ({}))) as Answer
  if (!response.ok) {
    const { message = `The project answered ${response.status}.`, code = 'unknown' } =
      body.error ?? {}
    throw new ApiError(message, response.status, code, body.error?.request_id)
  }
  if (body.timestamp) setClock(body.timestamp)
  return body as T
}

interface Question {
  query?: Record<string, string | undefined>
  body?: object
  signal?: AbortSignal
}

interface Answer {
  timestamp?: string
  error?: { message?: string; code?: string; request_id?: string }
}

/** What the Data API answered. @throws {ApiError} */
export function unwrap<T>(answer: {
  data: T | null
  error: PostgrestError | null
  status: number
}): T {
  const { data, error, status } = answer
  if (!error) return data as T
  // Without an answer there is no code: the words are the browser's own.
  if (status === 0 || !error.code) throw unreachable()
  if (isNotExposed(error)) throw new ApiError(notExposed, status, 'schema_not_exposed')
  throw new ApiError(error.message, status, error.details || error.code)
}

function unreachable(): ApiError {
  return new ApiError('The project does not answer.', 0, 'unreachable')
}
