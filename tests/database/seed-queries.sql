-- The queries that dashboards and people are promised to be able to run, word for word. The test
-- beside this file runs each as it stands.

-- name: Webhook Success Rate Over Time
SELECT 
  DATE_TRUNC('hour', wd.sent_at) AS hour,
  COUNT(*) AS total,
  COUNT(*) FILTER (WHERE wd.status = 'sent') AS successful,
  (COUNT(*) FILTER (WHERE wd.status = 'sent')::FLOAT / COUNT(*) * 100) AS success_rate_pct
FROM webhook_deliveries wd
WHERE wd.sent_at >= NOW() - INTERVAL '24 hours'
GROUP BY hour
ORDER BY hour;

-- name: Top Failing Webhooks
SELECT 
  webhook_id,
  url,
  consecutive_failures,
  success_rate_pct,
  failures_24h,
  last_failure_at
FROM mv_webhook_performance
WHERE consecutive_failures > 0
ORDER BY consecutive_failures DESC
LIMIT 10;

-- name: Automation Rule Effectiveness
SELECT 
  rule_id,
  rule_name,
  rule_type,
  trigger_count,
  executions_7d,
  segment_member_count,
  last_triggered_at
FROM mv_rule_performance
WHERE enabled = true
ORDER BY trigger_count DESC;

-- name: API Error Rate
SELECT 
  hour,
  total_requests,
  failed_requests,
  (failed_requests::FLOAT / total_requests * 100) AS error_rate_pct,
  errors_by_status_code
FROM v_api_usage_metrics
WHERE hour >= NOW() - INTERVAL '24 hours'
ORDER BY hour;

-- name: Rate Limit Pressure
SELECT 
  key_type,
  identifier,
  utilization_pct,
  status,
  request_count,
  limit_max,
  seconds_until_reset
FROM v_rate_limit_utilization
WHERE status IN ('warning', 'throttled')
ORDER BY utilization_pct DESC;

-- name: Alert Query
SELECT * FROM v_alert_conditions
WHERE severity = 'critical'
ORDER BY resource_name;

-- name: Verify: Check if views exist
SELECT viewname FROM pg_views 
WHERE viewname LIKE 'v_%' OR viewname LIKE 'mv_%';

-- name: Verify: Test webhook performance view
SELECT * FROM mv_webhook_performance LIMIT 5;

-- name: Verify: Test alerts
SELECT * FROM v_alert_conditions;
