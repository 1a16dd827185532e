import { expectTypeOf, it } from 'vitest'
import type { z } from 'zod'
import type {
  eventSchema,
  rejectionSchema,
  trackAnswerSchema,
} from '../../supabase/functions/_shared/events.ts'
import type { answers } from '../../supabase/functions/_shared/metrics-answer.ts'
import type {
  Alerts,
  RateLimits,
  WebhookMetrics,
} from '../../supabase/functions/_shared/everwatch/metrics.ts'
import type {
  Rejection,
  TrackAnswer,
  TrackedEvent,
} from '../../supabase/functions/_shared/everwatch/track/event.ts'

// The library has no zod in it, so its types are written out. The compiler is who tests this.

it('describes events and answers as the functions do', () => {
  expectTypeOf<TrackedEvent>().toEqualTypeOf<z.infer<typeof eventSchema>>()
  expectTypeOf<Rejection>().toEqualTypeOf<z.infer<typeof rejectionSchema>>()
  expectTypeOf<TrackAnswer>().toEqualTypeOf<z.infer<typeof trackAnswerSchema>>()
})

it('describes what it reads as the functions answer it', () => {
  type Answer<T extends keyof typeof answers> = z.infer<(typeof answers)[T]>
  type Webhook = Answer<'webhook'>['webhooks']['webhooks'][number]
  expectTypeOf<Answer<'rate_limit'>['rate_limits']>().toExtend<RateLimits>()
  expectTypeOf<Answer<'alerts'>['alerts']>().toExtend<Alerts>()
  expectTypeOf<Webhook>().toExtend<Omit<WebhookMetrics, 'org_id' | 'success_rate'>>()
})
