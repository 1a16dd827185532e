import { z } from 'zod'

export type { Rejection, TrackAnswer, TrackedEvent } from './everwatch/track/event.ts'

const largestInteger = 2_147_483_647

/** A terabyte: no body is larger. */
const largestBody = 1_000_000_000_000

const integer = (from: number, to = largestInteger): z.ZodInt => {
  const wrong = `must be a whole number from ${from} to ${to}`
  return z.int(wrong).min(from, wrong).max(to, wrong)
}

const text = (from: number, to: number): z.ZodString => {
  const wrong = `must be text of ${from} to ${to} characters`
  return z
    .string(wrong)
    .min(from, wrong)
    .max(to, wrong)
    .refine(isStorable, 'must not contain NUL or half a surrogate pair')
}

/** Postgres takes neither NUL nor half of a surrogate pair. */
function isStorable(value: string): boolean {
  return !value.includes('\0') && value.isWellFormed()
}

const oneOf = <const T extends readonly string[]>(
  ...values: T
): z.ZodEnum<z.core.util.ToEnum<T[number]>> => z.enum(values, `must be one of ${values.join(', ')}`)

const uuid = z.guid('must be a uuid')

const wrongTime = 'must be an ISO 8601 time with an offset'

/** Postgres reads no year 0, no offset of 16 hours or more, and no text that is longer than this. */
const time = z.iso
  .datetime({ offset: true, error: wrongTime })
  .max(64, wrongTime)
  .refine((value) => !value.startsWith('0000') && !/[+-](1[6-9]|2\d):\d\d$/.test(value), wrongTime)
  .meta({ description: 'ISO 8601 with an offset; from 2000 on, at most five minutes ahead' })

const id = uuid
  .nullish()
  .meta({ description: 'Made when left out; known already: changes nothing' })

const durationMs = integer(0)
  .nullish()
  .meta({ description: 'Milliseconds; null when not known, as while a delivery is pending' })

const bytesOut = (of: string): z.ZodOptional<z.ZodNullable<z.ZodInt>> =>
  integer(0, largestBody)
    .nullish()
    .meta({ description: `Bytes of ${of}; null when not known` })

const wrongAddress = 'must be an IP address'

/**
 * The types of events, and the shape of each: this is their one list, and the one judge of their JSON.
 * What a row must be like besides (what there is to refer to, what goes together, when it can have
 * been) the database judges, for these and for rows of the owner's tables.
 */
const webhookDelivery = z
  .strictObject({
    type: z.literal('webhook_delivery'),
    id,
    webhook_id: uuid,
    status: oneOf('pending', 'sent', 'failed'),
    duration_ms: durationMs,
    event_type: text(1, 200).nullish(),
    status_code: integer(100, 599).nullish().meta({ description: 'HTTP status of the answer' }),
    attempt: integer(1).nullish(),
    error: text(0, 10_000).nullish(),
    sent_at: time.nullish(),
    bytes_out: bytesOut('the body that was sent'),
  })
  .meta({ title: 'WebhookDelivery', description: 'One attempt to deliver a webhook' })

const ruleExecution = z
  .strictObject({
    type: z.literal('rule_execution'),
    id,
    rule_id: uuid,
    status: oneOf('success', 'failed'),
    duration_ms: durationMs,
    affected_contacts: integer(0),
    error: text(0, 10_000).nullish(),
    executed_at: time.nullish(),
  })
  .meta({ title: 'RuleExecution', description: 'One run of an automation rule' })

const apiRequest = z
  .strictObject({
    type: z.literal('api_request'),
    id,
    org_id: uuid,
    method: text(1, 20).regex(/^[A-Z]+$/, 'must be a method in capitals'),
    path: text(1, 2048),
    status_code: integer(100, 599),
    duration_ms: durationMs,
    request_id: text(1, 200).nullish(),
    resource_type: text(1, 100).nullish(),
    api_key_id: uuid.nullish(),
    ip: z.union([z.ipv4(), z.ipv6()], wrongAddress).nullish(),
    user_agent: text(0, 1024).nullish(),
    created_at: time.nullish(),
    bytes_out: bytesOut('the answer’s body'),
  })
  .meta({ title: 'ApiRequest', description: 'One request that an API served' })

const rateLimit = z
  .strictObject({
    type: z.literal('rate_limit'),
    id,
    org_id: uuid,
    key_type: oneOf('api_key', 'org', 'ip'),
    identifier: text(1, 200),
    request_count: integer(0),
    limit_max: integer(1),
    window_start: time.nullish(),
    window_seconds: integer(1).nullish().meta({ description: 'Length of the window; default 60' }),
  })
  .meta({ title: 'RateLimitUse', description: 'How much of a rate limit’s window is used' })

/** How many labels a metric may have; a limit on their sets protects the database. */
const mostLabels = 10

const labels = z
  .record(z.string().regex(/^[a-zA-Z_][a-zA-Z0-9_]{0,62}$/), text(0, 200))
  .refine((given) => Object.keys(given).length <= mostLabels, `must be up to ${mostLabels} labels`)

const wrongValue = 'must be a number from -1e15 to 1e15'

const metric = z
  .strictObject({
    type: z.literal('metric'),
    id,
    org_id: uuid,
    name: text(1, 200).regex(/^[a-zA-Z_][a-zA-Z0-9_.:-]*$/, 'must be a name like emails.sent'),
    kind: oneOf('counter', 'gauge', 'histogram'),
    value: z.number(wrongValue).min(-1e15, wrongValue).max(1e15, wrongValue).meta({
      description:
        'What a counter grew by, what a gauge amounts to, or one of a histogram’s values',
    }),
    count: integer(1)
      .nullish()
      .meta({ description: 'How many of a histogram’s values this stands for; default 1' }),
    labels: labels.nullish(),
    at: time.nullish(),
  })
  .meta({ title: 'Metric', description: 'A value of a metric of one’s own' })

const deploy = z
  .strictObject({
    type: z.literal('deploy'),
    id,
    org_id: uuid,
    service: text(1, 100).meta({ description: 'What was deployed, for example api' }),
    version: text(1, 200).meta({ description: 'A release, or a commit' }),
    at: time.nullish().meta({
      description: 'The same service and version at the same time is the same deploy',
    }),
  })
  .meta({ title: 'Deploy', description: 'A version of something began to serve' })

/** One event, as `track` takes it. */
export const eventSchema = z.discriminatedUnion('type', [
  webhookDelivery,
  ruleExecution,
  apiRequest,
  rateLimit,
  metric,
  deploy,
])

/** The most events that one batch may hold. */
export const largestBatch = 1000

/** Why one event of a batch was not stored. */
export const rejectionSchema = z
  .object({
    index: integer(0).meta({ description: 'Place of the event in the batch, from 0' }),
    code: oneOf(
      'required',
      'invalid',
      'unknown_type',
      'unknown_field',
      'not_found',
      'limit_exceeded',
    ),
    field: z.string(),
    message: z.string().meta({ description: 'What was expected' }),
  })
  .meta({ title: 'Rejection', description: 'Why one event of a batch was not stored' })

/** What `track` answers. */
export const trackAnswerSchema = z
  .object({
    accepted: integer(0, largestBatch),
    rejected: z.array(rejectionSchema),
  })
  .meta({ title: 'TrackAnswer', description: 'What `track` answers' })
