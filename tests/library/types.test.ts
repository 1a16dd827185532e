import { expectTypeOf, it } from 'vitest'
import type { z } from 'zod'
import type {
  eventSchema,
  rejectionSchema,
  trackAnswerSchema,
} from '../../supabase/functions/_shared/events.ts'
import type {
  Rejection,
  TrackAnswer,
  TrackedEvent,
} from '../../supabase/functions/_shared/everwatch/tracked-event.ts'

// The library has no zod in it, so its types are written out. The compiler is who tests this.
it('describes events and answers as the functions do', () => {
  expectTypeOf<TrackedEvent>().toEqualTypeOf<z.infer<typeof eventSchema>>()
  expectTypeOf<Rejection>().toEqualTypeOf<z.infer<typeof rejectionSchema>>()
  expectTypeOf<TrackAnswer>().toEqualTypeOf<z.infer<typeof trackAnswerSchema>>()
})
