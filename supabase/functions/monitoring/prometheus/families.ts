import { costFamilies } from './cost-families.ts'
import type { Family } from './exposition.ts'
import { notificationFamilies } from './notification-families.ts'
import { alertFamilies, apiFamilies, insightFamilies, orgFamilies } from './org-families.ts'
import { ruleFamilies } from './rule-families.ts'
import type { Scrape } from './scrape.ts'
import { systemFamilies } from './system-families.ts'
import { webhookFamilies } from './webhook-families.ts'

/**
 * What a scrape shows. Counters are of all time: they survive retention, and grow at each refresh.
 * Labels are ids of what there is, names of it in the `_info` families alone, and words from short
 * lists: never an address, nor whose rate limit it is.
 */
export function familiesOf(scrape: Scrape): Family[] {
  return [
    ...orgFamilies(scrape),
    ...webhookFamilies(scrape),
    ...ruleFamilies(scrape),
    ...apiFamilies(scrape),
    ...alertFamilies(scrape),
    ...insightFamilies(scrape),
    ...notificationFamilies(scrape),
    ...costFamilies(scrape),
    ...systemFamilies(scrape),
  ]
}
