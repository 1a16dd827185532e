import { z } from 'zod'
import { channelKindNames } from '../_shared/catalog/channel-kinds/index.ts'

const time = z.iso.datetime({ offset: true })

/** An alert, with what last happened to it. */
const alertSchema = z.object({
  /** `fired`, `escalated`, `repeated`, `resolved` or `acknowledged`. */
  kind: z.string(),
  severity: z.enum(['warning', 'critical']),
  message: z.string(),
  /** What was measured, in the unit of `threshold`. */
  value: z.number(),
  threshold: z.number(),
  at: time,
  started_at: time,
  /** The same for every alert of this org, type and resource. */
  fingerprint: z.string(),
  type: z.string(),
  resource_type: z.string(),
  resource_id: z.string(),
  resource_name: z.string(),
})

export type Alert = z.infer<typeof alertSchema>

/** A message to send once, as the database describes it (`everwatch_private.describe_message`). */
export const messageSchema = z.object({
  /** The first of its notifications. */
  notification_id: z.number(),
  /** The same however often it is sent. */
  message_id: z.string(),
  attempt: z.number(),
  is_test: z.boolean(),
  group_key: z.string(),
  /** Of the incident, for a channel that keeps incidents. */
  dedup_key: z.string().nullable(),
  org_id: z.string().nullable(),
  org_name: z.string(),
  channel: z.object({
    kind: z.enum(channelKindNames),
    name: z.string(),
    /** Null where the address is the secret. */
    url: z.string().nullable(),
    email_from: z.string().nullable(),
    email_to: z.array(z.string()).nullable(),
  }),
  /** The newest first; a second one while what signs is being rotated. */
  secrets: z.tuple([z.string()], z.string()),
  dashboard_url: z.string().nullable(),
  /** CIDR notation. */
  allowed_networks: z.array(z.string()),
  timeout_ms: z.number(),
  /** How many alerts it is about; `alerts` has the first 100. */
  total: z.number(),
  critical: z.number(),
  alerts: z.array(alertSchema),
})

export type Message = z.infer<typeof messageSchema>

/** What makes up a request to a receiver. */
export interface OutgoingRequest {
  url: string
  headers: Record<string, string>
  body: string
}
