import type { Family, Sample } from './exposition.ts'
import type { Scrape } from './scrape.ts'

/** A family of ours. */
export const family = (
  type: Family['type'],
  name: string,
  help: string,
  samples: Sample[],
): Family => ({
  name: `everwatch_${name}`,
  type,
  help,
  samples,
})

export const sample = (labels: Record<string, string>, value: Sample['value']): Sample => ({
  labels,
  value,
})

/** A histogram of durations, one for each org. */
export function durations(
  { bounds_ms, durations: all }: Scrape,
  source: string,
  name: string,
  help: string,
): Family {
  const bounds = [...bounds_ms.map((ms) => ms / 1000), Infinity]
  return family(
    'histogram',
    `${name}_duration_seconds`,
    help,
    all
      .filter((each) => each.source === source)
      .map(({ org_id, buckets, sum_ms }) =>
        sample(
          { org_id },
          { buckets: bounds.map((bound, n) => [bound, buckets[n] ?? 0]), sum: sum_ms / 1000 },
        ),
      ),
  )
}

/** How many of an org's things are in each of a few states, those without any too. */
export function tally(
  orgs: Scrape['orgs'],
  label: string,
  states: readonly string[],
  things: [orgId: string, state: string][],
): Sample[] {
  const counts = new Map<string, number>()
  for (const [orgId, state] of things)
    counts.set(`${orgId} ${state}`, (counts.get(`${orgId} ${state}`) ?? 0) + 1)
  return orgs.flatMap(({ org_id }) =>
    states.map((state) =>
      sample({ org_id, [label]: state }, counts.get(`${org_id} ${state}`) ?? 0),
    ),
  )
}
