import { authenticate } from '../_shared/caller.ts'
import { withCors } from '../_shared/cors.ts'
import { fromDatabaseError } from '../_shared/database-error.ts'
import type { TrackAnswer } from '../_shared/events.ts'
import { withMonitoring } from '../_shared/middleware.ts'
import { route } from '../_shared/router.ts'
import { readBatch, validate } from './batch.ts'

const handler = route('track', { '/': { POST: track } })

export default { fetch: withCors(withMonitoring(handler, { track: false })) }

/** `POST track`: stores the good events of a batch, and says of each bad one what is wrong. */
async function track(request: Request): Promise<Response> {
  const { database } = await authenticate(request, ['secret'])
  const { events, rejected } = validate(await readBatch(request))
  if (events.length === 0) return answer({ accepted: 0, rejected })

  const { data, error } = await database.rpc('track_events', { events })
  if (error) throw fromDatabaseError(error)
  const stored = data as unknown as TrackAnswer
  return answer({
    accepted: stored.accepted,
    rejected: [...rejected, ...stored.rejected].toSorted((a, b) => a.index - b.index),
  })
}

function answer(body: TrackAnswer): Response {
  return Response.json(body)
}
