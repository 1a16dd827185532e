import { z } from 'zod'

/** What `POST notify/test` takes. */
export const channelTestSchema = z.strictObject({ channel_id: z.guid('must be a uuid') })

/** What it answers: whether the receiver took the message, and what it said. */
export const channelTestAnswerSchema = z.strictObject({
  delivered: z.boolean(),
  status_code: z.number().nullable().meta({ description: 'HTTP status of the answer' }),
  answer: z.string().nullable().meta({ description: 'How the answer began' }),
  error: z.string().nullable().meta({ description: 'Why it failed' }),
  duration_ms: z.number().meta({ description: 'Milliseconds' }),
})

export type ChannelTestAnswer = z.infer<typeof channelTestAnswerSchema>
