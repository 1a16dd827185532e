import { series } from '../../supabase/functions/_shared/catalog/series.ts'
import type { SeriesKind, Subject } from '../../supabase/functions/_shared/catalog/series.ts'
import { insertRows } from './insert-rows.ts'
import { markdownTable } from './markdown-table.ts'

const all: readonly SeriesKind[] = series

/** Of what a series of a subject is, and what `resource` may name of it. */
const subjects: Record<Subject, [of: string, resource: string]> = {
  delivery: ['deliveries of webhooks', 'a webhook'],
  execution: ['executions of rules', 'a rule'],
  request: ['requests to the API', 'a type of resource'],
  rate_limit: ['rate limits', '`key_type:identifier`'],
  custom: ['a metric of one’s own', 'the metric, which must be named'],
}

/** The rows of `everwatch_private.series`. */
export function seriesRows(): string {
  return insertRows(
    'everwatch_private.series',
    all.map(({ name, subject, measure, unit, anomaly }) => ({
      name,
      subject,
      measure,
      unit,
      anomaly: anomaly ?? null,
    })),
  )
}

/** The table of series in docs/dashboard.md. */
export function seriesTable(): string {
  return markdownTable(
    ['`metric`', '', 'unit', 'of', '`resource`', 'in Prometheus'],
    all.map(({ name, label, unit, subject, prometheus }) => [
      `\`${name}\``,
      label,
      unit,
      ...subjects[subject],
      prometheus ? `\`everwatch_${prometheus}\`` : '',
    ]),
  )
}

/** What the detector watches, in docs/foresight.md. */
export function watchedSeriesTable(): string {
  return markdownTable(
    ['series', 'of', 'what is said of it'],
    all.flatMap(({ name, subject, anomaly }) =>
      anomaly
        ? [[`\`${name}\``, subjects[subject][0], anomaly.replace('%s', '…').replace('%%', '%')]]
        : [],
    ),
  )
}
