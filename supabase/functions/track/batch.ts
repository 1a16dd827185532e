import { z } from 'zod'
import { HttpError } from '../_shared/errors.ts'
import { eventSchema, largestBatch, type Rejection, type TrackedEvent } from '../_shared/events.ts'

/** What `track` takes: whether each event is good is judged one by one. */
export const batchSchema = z.strictObject({
  events: z.array(z.unknown(), 'must be an array').max(largestBatch, 'must hold at most 1000'),
})

const largestBodyBytes = 8 * 1024 * 1024

/**
 * Reads the events of a request.
 *
 * @throws {HttpError} 400 when the body is no batch, 413 when it is longer than 8 MiB
 */
export async function readBatch(request: Request): Promise<unknown[]> {
  const { data, error } = batchSchema.safeParse(parseJson(await readText(request)))
  if (data) return data.events
  const [issue] = error.issues
  const field = String(issue?.path[0] ?? 'events')
  const expected = issue?.path.length ? issue.message : 'the body must be {"events": [...]}'
  throw new HttpError(400, 'invalid_batch', `${field}: ${expected}.`, { field })
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new HttpError(400, 'invalid_json', 'The body is not JSON.', { field: 'body' })
  }
}

/** Reads no further than the limit, whatever length the sender declared. */
async function readText(request: Request): Promise<string> {
  const decoder = new TextDecoder()
  let [text, bytes] = ['', 0]
  for await (const chunk of request.body ?? []) {
    bytes += chunk.byteLength
    if (bytes > largestBodyBytes) {
      throw new HttpError(413, 'too_large', 'A batch may be 8 MiB long.', { field: 'body' })
    }
    text += decoder.decode(chunk, { stream: true })
  }
  return text + decoder.decode()
}

/** Parts good events, each with its `index` in the batch, from bad ones. */
export function validate(batch: unknown[]): {
  events: (TrackedEvent & { index: number })[]
  rejected: Rejection[]
} {
  const events: (TrackedEvent & { index: number })[] = []
  const rejected: Rejection[] = []
  for (const [index, event] of batch.entries()) {
    const { data, error } = eventSchema.safeParse(event)
    if (data) events.push({ ...data, index })
    else rejected.push(explain(index, event, error.issues[0]))
  }
  return { events, rejected }
}

function explain(index: number, event: unknown, issue: z.core.$ZodIssue | undefined): Rejection {
  if (issue?.code === 'unrecognized_keys') {
    const [field = ''] = issue.keys
    return { index, code: 'unknown_field', field, message: 'is not a field of this type' }
  }
  const field = String(issue?.path[0] ?? 'type')
  const given = typeof event === 'object' && event !== null && Object.hasOwn(event, field)
  if (field === 'type') {
    const known = eventSchema.options.map((option) => option.shape.type.value)
    const message = `must be one of ${known.join(', ')}`
    return { index, code: given ? 'unknown_type' : 'required', field, message }
  }
  return { index, code: given ? 'invalid' : 'required', field, message: issue?.message ?? '' }
}
