import type { z } from 'zod'
import { eventSchema, type Rejection, type TrackedEvent } from '../_shared/events.ts'

/** An event with its place in the batch, from 0. */
export type PlacedEvent = TrackedEvent & { index: number }

/** Parts good events from bad ones, and says of each of these which field is wrong. */
export function validate(batch: unknown[]): { events: PlacedEvent[]; rejected: Rejection[] } {
  const events: PlacedEvent[] = []
  const rejected: Rejection[] = []
  for (const [index, event] of batch.entries()) {
    const { data, error } = eventSchema.safeParse(event)
    if (data) events.push({ ...data, index })
    else rejected.push({ index, ...explain(event, error.issues[0]) })
  }
  return { events, rejected }
}

const knownTypes = eventSchema.options.map(({ shape }) => shape.type.value).join(', ')

function explain(event: unknown, issue: z.core.$ZodIssue | undefined): Omit<Rejection, 'index'> {
  if (issue?.code === 'unrecognized_keys') {
    const [field = ''] = issue.keys
    return { code: 'unknown_field', field, message: 'is not a field of this type' }
  }
  const field = String(issue?.path[0] ?? 'type')
  const given = typeof event === 'object' && event !== null && Object.hasOwn(event, field)
  if (field === 'type') {
    const message = `must be one of ${knownTypes}`
    return { code: given ? 'unknown_type' : 'required', field, message }
  }
  return given
    ? { code: 'invalid', field, message: issue?.message ?? '' }
    : { code: 'required', field, message: 'is required' }
}
