// Made of supabase/functions/_shared/catalog by `npm run check -- --fix generated`.

/** The numbers of a webhook; durations are in milliseconds, null where none is known. */
export interface WebhookNumbers {
  /** Deliveries of any status. */
  total_deliveries: number
  /** Deliveries that were sent. */
  successful_deliveries: number
  /** Deliveries that failed. */
  failed_deliveries: number
  /** Deliveries that are not finished. */
  pending_deliveries: number
  /** Percent of finished deliveries that were sent; null when none is finished. */
  success_rate_pct: number | null
  /** How long finished deliveries took. */
  avg_duration_ms: number | null
  /** How long 95% of finished deliveries took at most, within 1%. */
  p95_duration_ms: number | null
  /** How long the longest took. */
  max_duration_ms: number | null
  /** Deliveries that failed in the 24 hours before the refresh. */
  failures_24h: number
  /** Failed deliveries since the last one that was sent. */
  consecutive_failures: number
  /** Deliveries in the 24 hours before the refresh. */
  deliveries_24h: number
  /** Deliveries in the 7 days before the refresh. */
  deliveries_7d: number
  /** Deliveries that failed in the 7 days before the refresh. */
  failures_7d: number
}
