import { z } from 'zod'

const largestInteger = 2_147_483_647

/** How far a sender's clock may be ahead. */
const clockSkewMs = 5 * 60_000

const integer = (from: number, to = largestInteger): z.ZodInt => z.int().min(from).max(to)

/** Postgres takes neither NUL nor half of a surrogate pair. */
const text = (from: number, to: number): z.ZodString =>
  z
    .string()
    .min(from)
    .max(to)
    .refine((value) => !value.includes('\0') && value.isWellFormed(), 'must be valid text')

const time = z.iso
  .datetime({ offset: true })
  .refine((value) => Date.parse(value) <= Date.now() + clockSkewMs, 'must not be in the future')
  .meta({ description: 'ISO 8601 with an offset; at most five minutes ahead' })

const id = z.guid().optional().meta({ description: 'Known already: counts as accepted' })

const webhookDelivery = z
  .strictObject({
    type: z.literal('webhook_delivery'),
    id,
    webhook_id: z.guid(),
    status: z.enum(['pending', 'sent', 'failed']),
    duration_ms: integer(0).nullish().meta({ description: 'Milliseconds; null while pending' }),
    event_type: text(1, 200).nullish(),
    status_code: integer(100, 599).nullish(),
    attempt: integer(1).nullish(),
    error: text(0, 10_000).nullish(),
    sent_at: time.nullish(),
  })
  .superRefine((event, context) => {
    const wrong = (path: string, message: string): void =>
      context.addIssue({ code: 'custom', path: [path], message })
    const finished = event.status !== 'pending'
    if (finished && event.duration_ms == null) wrong('duration_ms', 'is required once finished')
    if (event.status === 'sent' && (event.status_code ?? 0) >= 400) {
      wrong('status_code', 'must be below 400 when the delivery was sent')
    }
    for (const field of ['duration_ms', 'status_code', 'error'] as const) {
      if (!finished && event[field] != null) wrong(field, 'must be null while pending')
    }
  })

const ruleExecution = z.strictObject({
  type: z.literal('rule_execution'),
  id,
  rule_id: z.guid(),
  status: z.enum(['success', 'failed']),
  duration_ms: integer(0).meta({ description: 'Milliseconds' }),
  affected_contacts: integer(0),
  error: text(0, 10_000).nullish(),
  executed_at: time.nullish(),
})

const apiRequest = z.strictObject({
  type: z.literal('api_request'),
  id,
  org_id: z.guid(),
  method: text(1, 20).regex(/^[A-Z]+$/, 'must be a method in capitals'),
  path: text(1, 2048),
  status_code: integer(100, 599),
  duration_ms: integer(0).meta({ description: 'Milliseconds' }),
  request_id: text(1, 200).nullish(),
  resource_type: text(1, 100).nullish(),
  api_key_id: z.guid().nullish(),
  ip: z.union([z.ipv4(), z.ipv6()]).nullish(),
  user_agent: text(0, 1024).nullish(),
  created_at: time.nullish(),
})

const rateLimit = z.strictObject({
  type: z.literal('rate_limit'),
  id,
  org_id: z.guid(),
  key_type: z.enum(['api_key', 'org', 'ip']),
  identifier: text(1, 200),
  request_count: integer(0),
  limit_max: integer(1),
  window_start: time.nullish(),
  window_seconds: integer(1).nullish().meta({ description: 'Length of the window; default 60' }),
})

/** One event, as `track` takes it. */
export const eventSchema = z.discriminatedUnion('type', [
  webhookDelivery,
  ruleExecution,
  apiRequest,
  rateLimit,
])

export type TrackedEvent = z.infer<typeof eventSchema>

/** The most events that one batch may hold. */
export const largestBatch = 1000

/** Why one event of a batch was not stored. */
export const rejectionSchema = z.strictObject({
  index: integer(0).meta({ description: 'Place of the event in the batch, from 0' }),
  code: z.enum(['required', 'invalid', 'unknown_type', 'unknown_field', 'not_found']),
  field: z.string(),
  message: z.string().meta({ description: 'What was expected' }),
})

/** What `track` answers. */
export const trackAnswerSchema = z.strictObject({
  accepted: integer(0, largestBatch),
  rejected: z.array(rejectionSchema),
})

export type Rejection = z.infer<typeof rejectionSchema>
export type TrackAnswer = z.infer<typeof trackAnswerSchema>
