import type { Family, Sample } from './exposition.ts'
import { family, sample } from './family.ts'
import type { Scrape } from './scrape.ts'

type Outbox = Scrape['notifications'][number]

/** The operator's own have no org. */
const labels = ({ org_id, channel_kind }: Outbox): Record<string, string> => ({
  ...(org_id !== null && { org_id }),
  channel_kind,
})

export function notificationFamilies({ notifications }: Scrape): Family[] {
  const times = (timeOf: (outbox: Outbox) => number | null): Sample[] =>
    notifications.flatMap((outbox) => {
      const time = timeOf(outbox)
      return time === null ? [] : [sample(labels(outbox), time)]
    })
  return [
    family(
      'counter',
      'notifications',
      'Notifications that ended, by kind of channel and outcome: delivered, dead (given up) or dropped (no longer of use).',
      notifications.flatMap((outbox) =>
        (['delivered', 'dead', 'dropped'] as const).map((outcome) =>
          sample({ ...labels(outbox), outcome }, outbox[outcome]),
        ),
      ),
    ),
    family(
      'gauge',
      'notifications_waiting',
      'Notifications that are still to be delivered, those that are tried again too.',
      notifications.map((outbox) => sample(labels(outbox), outbox.waiting)),
    ),
    family(
      'gauge',
      'notifications_oldest_waiting_timestamp_seconds',
      'When the oldest notification that waits was queued; absent when none waits.',
      times((outbox) => outbox.oldest_waiting_at),
    ),
    family(
      'gauge',
      'notifications_oldest_due_timestamp_seconds',
      'Since when the oldest notification that nothing holds back is due; absent when none is.',
      times((outbox) => outbox.oldest_due_at),
    ),
  ]
}
