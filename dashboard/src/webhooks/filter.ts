import type { WebhookMetrics } from '../data/metrics.ts'

/** What a webhook has to be like to be listed, as it stands in the page's address. */
export interface WebhookFilter {
  /** Part of its address. */
  find?: string | undefined
  /** Percent, below which its success rate is. */
  success?: number | undefined
  /** Milliseconds that its 95th percentile takes at least. */
  p95?: number | undefined
  /** Deliveries that failed in 24 hours, at least. */
  failures?: number | undefined
  /** Hours without a success, at least; one that never had any counts. */
  silent?: number | undefined
}

/** Whether a webhook is like that at a time, in milliseconds; what it has no number of, it is not. */
export function isLike(
  row: WebhookMetrics,
  { find, success, p95, failures, silent }: WebhookFilter,
  now: number,
): boolean {
  const lastSuccess = row.last_success_at === null ? -Infinity : Date.parse(row.last_success_at)
  return (
    (find === undefined || row.url.toLowerCase().includes(find.toLowerCase())) &&
    (success === undefined || (row.success_rate_pct ?? Infinity) < success) &&
    (p95 === undefined || (row.p95_duration_ms ?? -Infinity) >= p95) &&
    (failures === undefined || row.failures_24h >= failures) &&
    (silent === undefined || now - lastSuccess >= silent * 3_600_000)
  )
}
