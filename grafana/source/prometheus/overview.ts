import { apiErrorRate } from '../../../supabase/functions/_shared/catalog/alert-types/api-error-rate.ts'
import { rateLimit } from '../../../supabase/functions/_shared/catalog/alert-types/rate-limit.ts'
import { refreshLate } from '../../../supabase/functions/_shared/catalog/alert-types/refresh-late.ts'
import { defaultLevels, refreshedEvery } from '../default-levels.ts'
import { stat, type PanelRow } from '../panels.ts'
import { org, now, share } from './queries.ts'

/** The numbers that say whether anybody needs to look further. */
export const overview: PanelRow = {
  title: 'Is everything well?',
  panels: [
    stat({
      title: 'Alerts firing',
      unit: 'short',
      levels: { warning: 1 },
      queries: [now(`sum(everwatch_alerts{${org},state="firing"}) or vector(0)`)],
    }),
    stat({
      title: 'Failed deliveries, 1 h',
      unit: 'percentunit',
      queries: [now(share('everwatch_webhook_deliveries_total', 'status', 'failed'))],
    }),
    stat({
      title: 'Critical webhooks',
      unit: 'short',
      levels: { critical: 1 },
      queries: [now(`sum(everwatch_webhooks{${org},health="critical"})`)],
    }),
    stat({
      title: 'Failed API requests, 1 h',
      unit: 'percentunit',
      ...defaultLevels(apiErrorRate, 1 / 100),
      queries: [now(share('everwatch_api_requests_total', 'outcome', 'failed'))],
    }),
    stat({
      title: 'Fullest rate limit',
      unit: 'percentunit',
      ...defaultLevels(rateLimit, 1 / 100),
      queries: [now(`max(everwatch_rate_limit_utilization_ratio{${org}}) or vector(0)`)],
    }),
    stat({
      title: 'Age of the numbers',
      unit: 's',
      ...defaultLevels(refreshLate, refreshedEvery),
      queries: [now('time() - max(everwatch_refresh_last_success_timestamp_seconds)')],
    }),
  ],
}
