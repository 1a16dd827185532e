import type { Family } from './exposition.ts'
import { durations, family, sample } from './family.ts'
import type { Scrape } from './scrape.ts'

export function orgFamilies({ orgs }: Scrape): Family[] {
  return [
    family(
      'info',
      'org',
      'Organisations, with their names.',
      orgs.map(({ org_id, name }) => sample({ org_id, org_name: name }, 1)),
    ),
  ]
}

export function apiFamilies(scrape: Scrape): Family[] {
  return [
    family(
      'counter',
      'api_requests',
      'Requests to an org’s API, by outcome: failed from status 400 on, else success.',
      scrape.orgs.flatMap(({ org_id, succeeded_requests, failed_requests }) => [
        sample({ org_id, outcome: 'success' }, succeeded_requests),
        sample({ org_id, outcome: 'failed' }, failed_requests),
      ]),
    ),
    durations(scrape, 'request', 'api_request', 'How long requests to an org’s API took.'),
    family(
      'gauge',
      'rate_limit_utilization_ratio',
      'How full the fullest open window of a type of key is: 1 is full. Absent without any.',
      scrape.rate_limits.map(({ org_id, key_type, utilization_ratio }) =>
        sample({ org_id, key_type }, utilization_ratio),
      ),
    ),
  ]
}

export function alertFamilies({ alerts }: Scrape): Family[] {
  return [
    family(
      'gauge',
      'alerts',
      'Open alerts by type, severity and state: pending, firing or recovering. Absent without any; the operator’s have no org_id.',
      alerts.map(({ org_id, type, severity, state, alerts: open }) =>
        sample({ ...(org_id !== null && { org_id }), type, severity, state }, open),
      ),
    ),
  ]
}

export function insightFamilies({ insights }: Scrape): Family[] {
  return [
    family(
      'gauge',
      'insights',
      'Insights that are stated now, by kind and state: open, acknowledged or expected. Absent without any; the operator’s have no org_id.',
      insights.map(({ org_id, kind, state, insights: stated }) =>
        sample({ ...(org_id !== null && { org_id }), kind, state }, stated),
      ),
    ),
  ]
}
