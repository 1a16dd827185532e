import * as fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import { trackAnswerSchema, type TrackAnswer } from '../../supabase/functions/_shared/events.ts'
import { namedEvent, type NamedEvent } from '../support/odd-events.ts'
import { ask } from '../support/requests.ts'
import { startStack, type TestStack } from '../support/stack.ts'
import { isShaped, World } from '../support/two-ways.ts'

let stack: TestStack

beforeAll(async () => {
  stack = await startStack()
})

async function post(events: NamedEvent[]): Promise<TrackAnswer> {
  const { status, body } = await ask(
    stack,
    '/track',
    { apikey: stack.secretKey },
    { body: { events } },
  )
  expect(status).toBe(200)
  return trackAnswerSchema.parse(body)
}

/** As JSON carries it: without what is undefined, and 0 where -0 was. */
const carried = (events: NamedEvent[]): NamedEvent[] =>
  JSON.parse(JSON.stringify(events)) as NamedEvent[]

/** What is wrong with events, by their index in the batch, as rows are set aside by type and place. */
function byIndex(events: NamedEvent[], setAside: Record<string, unknown>[]): unknown[] {
  const indexes = new Map<string, number>()
  const places = new Map<unknown, number>()
  events.forEach(({ type }, index) => {
    const place = (places.get(type) ?? 0) + 1
    places.set(type, place)
    indexes.set(`${String(type)} ${place}`, index)
  })
  return setAside
    .map(({ type, place, ...rejection }) => ({
      index: indexes.get(`${String(type)} ${String(place)}`)!,
      ...rejection,
    }))
    .toSorted((a, b) => a.index - b.index)
}

describe('the same events, sent to `track` and given as rows', () => {
  it('are set aside for the same reasons, and stored as the same', async () => {
    const seen = { stored: 0, setAside: 0, otherShape: 0 }
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(namedEvent, { minLength: 1, maxLength: 12 }), {
          minLength: 1,
          maxLength: 4,
        }),
        async (batches) => {
          const [sent, given] = [await World.create(stack.db), await World.create(stack.db)]
          for (const batch of batches.map(carried)) {
            const events = batch.map((event) => sent.materialize(event))
            // What has another shape is refused before it is a row: the second way does not know it.
            const shaped = events.filter(isShaped)
            const refused = await post(events)
            expect(refused.accepted + refused.rejected.length).toBe(events.length)
            const misshapen = new Set(
              events.flatMap((event, index) => (isShaped(event) ? [] : [index])),
            )
            const judged = refused.rejected.filter(({ index }) => !misshapen.has(index))
            expect(refused.rejected.length - judged.length).toBe(misshapen.size)

            const rows = batch.filter((_, index) => !misshapen.has(index))
            const setAside = await given.storeRows(rows.map((event) => given.materialize(event)))
            const order = events.flatMap((_, index) => (misshapen.has(index) ? [] : [index]))
            expect(
              judged.map(({ index, ...rejection }) => ({
                index: order.indexOf(index),
                ...rejection,
              })),
            ).toEqual(byIndex(rows, setAside))
            expect(await given.stored()).toEqual(await sent.stored())
            seen.otherShape += misshapen.size
            seen.setAside += setAside.length
            seen.stored += shaped.length - setAside.length
          }
        },
      ),
      { numRuns: 60 },
    )
    // Each of the three has been tried, and often.
    for (const count of Object.values(seen)) expect(count).toBeGreaterThan(50)
  }, 120_000)
})
