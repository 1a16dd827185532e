import type { Random } from '../random.ts'
import { duration } from './made-up.ts'

const minute = 60_000
const hour = 60 * minute

/** How a receiver of webhooks behaves. */
export type Behaviour = 'steady' | 'slowed' | 'flaky' | 'stalling' | 'outages' | 'gone' | 'silent'

/** What a receiver answers to one delivery: a status after a while, or nothing at all. */
export type Reaction = { status: number; afterMs: number } | 'stall'

/**
 * What a receiver does with a delivery at `at`; the same rules make the live traffic and its history.
 *
 * @param deployedAt since when the sender's new version slows what is slowed
 */
export function react(behaviour: Behaviour, at: Date, deployedAt: Date, random: Random): Reaction {
  const accept: Reaction = { status: 200, afterMs: duration(90, random) }
  const refuse = (status: number): Reaction => ({ status, afterMs: duration(25, random) })
  switch (behaviour) {
    case 'steady':
      return random() < 0.003 ? refuse(500) : accept
    case 'slowed':
      return { status: 200, afterMs: duration(at < deployedAt ? 90 : 150, random) }
    case 'flaky':
      return random() < 0.08 ? refuse(random() < 0.5 ? 500 : 502) : accept
    case 'stalling':
      return random() < 0.06 ? 'stall' : { status: 202, afterMs: duration(260, random) }
    case 'outages':
      // Twelve minutes of each hour: long enough to raise an alert, short enough to see it end.
      return at.getTime() % hour < 12 * minute ? refuse(503) : accept
    case 'gone':
      // Moved away a day ago; nobody told the sender.
      return at.getTime() >= aDayAgo() ? refuse(404) : accept
    case 'silent':
      return accept
  }
}

/** A day ago or a little more: it moves on by three hours at once. */
function aDayAgo(): number {
  const now = Date.now()
  return now - (now % (3 * hour)) - 24 * hour
}
