import * as z from 'zod/mini'
import { described } from './described.ts'

/** What `POST notify/test` takes. */
export const channelTestSchema = z.strictObject({ channel_id: z.guid('must be a uuid') })

/** What it answers: whether the receiver took the message, and what it said. */
export const channelTestAnswerSchema = z.object({
  delivered: z.boolean(),
  status_code: described(z.nullable(z.number()), 'HTTP status of the answer'),
  answer: described(z.nullable(z.string()), 'How the answer began'),
  error: described(z.nullable(z.string()), 'Why it failed'),
  duration_ms: described(z.number(), 'Milliseconds'),
})

export type ChannelTestAnswer = z.infer<typeof channelTestAnswerSchema>
