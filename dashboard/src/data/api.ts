import type { PostgrestSingleResponse } from '@supabase/supabase-js'
import * as z from 'zod/mini'
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
    options?: ErrorOptions,
  ) {
    super(message, options)
  }
}

/** Whether asking again may help by itself. */
export function isPassing(error: unknown): boolean {
  return !(error instanceof ApiError) || error.status === 0 || error.status >= 500
}

/** Asks an edge function as the user; with a body, it is a POST. @throws {ApiError} */
export async function askFunction<Schema extends z.core.$ZodType>(
  { config, supabase, authorizedFetch }: Project,
  path: string,
  schema: Schema,
  { query: parameters = {}, body: sent, signal }: Question,
): Promise<z.output<Schema>> {
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
  const body: unknown = await response.json().catch(() => ({}))
  if (!response.ok) {
    const { message = `The project answered ${response.status}.`, ...error } =
      z.safeParse(refused, body).data?.error ?? {}
    throw new ApiError(message, response.status, error.code ?? 'unknown', error.request_id)
  }
  const { data: at } = z.safeParse(stamped, body)
  if (at) setClock(at.timestamp)
  return understand(schema, body)
}

interface Question {
  query?: Record<string, string | undefined>
  body?: object
  signal?: AbortSignal
}

/** What says when it was given. */
const stamped = z.object({ timestamp: z.string() })

/** Why a function refuses; what stands between it and us may say less. */
const refused = z.object({
  error: z.partial(z.object({ message: z.string(), code: z.string(), request_id: z.string() })),
})

/** An answer as its schema has it. @throws {ApiError} when a project of another version gave it */
export function understand<Schema extends z.core.$ZodType>(
  schema: Schema,
  answer: unknown,
): z.output<Schema> {
  const { data, error } = z.safeParse(schema, answer)
  if (!error) return data
  const message = 'The project answered what this page does not understand. Are both up to date?'
  throw new ApiError(message, 200, 'unexpected_answer', undefined, { cause: error })
}

/** What the Data API answered. @throws {ApiError} */
export function unwrap<T>({ data, error, status }: PostgrestSingleResponse<T>): T {
  if (!error) return data
  // Without an answer there is no code: the words are the browser's own.
  if (status === 0 || !error.code) throw unreachable()
  if (isNotExposed(error)) throw new ApiError(notExposed, status, 'schema_not_exposed')
  throw new ApiError(error.message, status, error.details || error.code)
}

function unreachable(): ApiError {
  return new ApiError('The project does not answer.', 0, 'unreachable')
}
