import { refreshLate } from '../../../supabase/functions/_shared/catalog/alert-types/refresh-late.ts'
import { defaultLevels, refreshedEvery } from '../default-levels.ts'
import { stat, type PanelRow } from '../panels.ts'
import { rows } from './queries.ts'

/** The numbers that say whether anybody needs to look further. */
export const overview: PanelRow = {
  title: 'Is everything well?',
  panels: [
    stat({
      title: 'Alerts firing',
      unit: 'short',
      levels: { warning: 1 },
      queries: [
        rows(`
select count(*) as alerts from everwatch.v_alerts
where state = 'firing' and org_id::text in ($org)`),
      ],
    }),
    stat({
      title: 'Failed deliveries, 24 h',
      unit: 'percent',
      queries: [
        rows(`
select 100.0 * sum(failures_24h) / nullif(sum(deliveries_24h), 0) as failed
from everwatch.mv_webhook_performance where org_id::text in ($org)`),
      ],
    }),
    stat({
      title: 'Age of the numbers',
      unit: 's',
      ...defaultLevels(refreshLate, refreshedEvery),
      queries: [
        rows(`
select extract(epoch from now() - max(started_at)) as age
from everwatch_private.refresh_runs where error is null`),
      ],
    }),
  ],
}
