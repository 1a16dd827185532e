import type { Family } from './exposition.ts'
import { family, sample } from './family.ts'
import type { Scrape } from './scrape.ts'

export function costFamilies({ costs }: Scrape): Family[] {
  const { measured_at, database_bytes, currency, disk } = costs
  return [
    family(
      'gauge',
      'costs_last_measurement_timestamp_seconds',
      'As of when bytes and costs are; absent before the first measurement.',
      measured_at === null ? [] : [sample({}, measured_at)],
    ),
    family(
      'gauge',
      'database_size_bytes',
      'The whole database, at the last measurement of costs; for the secret key alone.',
      database_bytes === null ? [] : [sample({}, database_bytes)],
    ),
    family(
      'gauge',
      'org_stored_bytes',
      'What an org holds at rest, with indexes, by what it is about: webhook, rule, route, or org for all else.',
      disk.flatMap(({ org_id, bytes }) =>
        Object.entries(bytes).map(([resource_type, held]) =>
          sample({ org_id, resource_type }, held),
        ),
      ),
    ),
    family(
      'gauge',
      'org_disk_monthly_cost',
      'An org’s share of the bill for the disk, a month, in a currency; absent when the price is not known.',
      disk.flatMap(({ org_id, monthly_cost }) =>
        monthly_cost === null || currency === null
          ? []
          : [sample({ org_id, currency }, monthly_cost)],
      ),
    ),
  ]
}
