import { z } from 'zod'
import { readJson } from '../_shared/body.ts'
import { HttpError } from '../_shared/everwatch/http/errors.ts'
import { largestBatch } from '../_shared/events.ts'

/** What `track` takes: whether each event is good is judged one by one. */
const batchSchema = z.strictObject({ events: z.array(z.unknown()) })

const largestBodyBytes = 4 * 1024 * 1024

/**
 * Reads the events of a request.
 *
 * @throws {HttpError} 400 when the body is no batch, 413 when it is longer than 4 MiB or holds more
 *   than 1000 events
 */
export async function readBatch(request: Request): Promise<unknown[]> {
  const { data } = batchSchema.safeParse(await readJson(request, largestBodyBytes))
  if (!data) {
    const message = 'The body must be {"events": [...]}, and nothing else.'
    throw new HttpError(400, 'invalid_batch', message, { field: 'events' })
  }
  if (data.events.length > largestBatch) {
    const message = `A batch holds at most ${largestBatch} events.`
    throw new HttpError(413, 'batch_too_large', message, { field: 'events' })
  }
  return data.events
}
