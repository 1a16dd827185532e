import type { AlertType } from './alert-type.ts'

export const apiErrorRate = {
  type: 'api_error_rate',
  scope: 'org',
  unit: '% of the requests of an hour, exceeded',
  critical: 50,
  recovery: 40,
  minimumSample: 20,
  keepFiringFor: '5 minutes',
  docs: {
    measured: "% of an org's API requests of the last hour that failed (status 400 or more)",
    recovers: 'at {recovery}',
    sample: '{minimumSample} requests',
  },
  prometheus: {
    summary:
      '{{ $value | printf "%.1f" }}% of the API requests of org {{ $labels.org_id }} failed in the last hour',
    expr: {
      critical:
        '100 * sum by (org_id) (increase(everwatch_api_requests_total{outcome="failed"}[1h])) / sum by (org_id) (increase(everwatch_api_requests_total[1h])) > {critical} and sum by (org_id) (increase(everwatch_api_requests_total[1h])) >= {minimumSample}',
    },
  },
} as const satisfies AlertType
