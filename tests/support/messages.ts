import type { Alert, Message } from '../../supabase/functions/notify/message.ts'

/** An alert as the database describes it; by default a webhook that has failed ten times. */
export function makeAlert(fields: Partial<Alert> = {}): Alert {
  return {
    kind: 'fired',
    severity: 'critical',
    message: 'Webhook has 10 consecutive failures',
    value: 10,
    threshold: 10,
    at: '2026-06-01T12:00:00.123456+00:00',
    started_at: '2026-06-01T11:55:00+00:00',
    fingerprint: 'f'.repeat(64),
    type: 'webhook_failure',
    resource_type: 'webhook',
    resource_id: '8f14e45f-ceea-467f-a0e6-0a3a1b2c3d4e',
    resource_name: 'https://shop.example/hooks',
    ...fields,
  }
}

/** A message as the database describes it; `alerts` are of one group. */
export function makeMessage(fields: Partial<Message> = {}): Message {
  const alerts = fields.alerts ?? [makeAlert()]
  return {
    notification_id: 1,
    message_id: '0b3f0d5a-8c1e-4c8e-9d55-0a1b2c3d4e5f',
    attempt: 1,
    is_test: false,
    group_key: 'webhook_failure:shop.example',
    dedup_key: 'f'.repeat(64),
    org_id: '5d41402a-bc4b-4a76-b971-9d911017c592',
    org_name: 'Acme',
    channel: {
      kind: 'webhook',
      name: 'On call',
      url: 'https://receiver.example/hook',
      email_from: 'Everwatch <alerts@acme.example>',
      email_to: ['oncall@acme.example'],
    },
    secrets: ['whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'],
    dashboard_url: 'https://dashboard.example/',
    allowed_networks: [],
    timeout_ms: 10_000,
    total: alerts.length,
    critical: alerts.filter(({ severity, kind }) => severity === 'critical' && kind !== 'resolved')
      .length,
    ...fields,
    alerts,
  }
}

/** What is written by somebody who wishes a reader ill: in HTML, in Slack's markup, in a header. */
export const hostileText =
  '<script>alert(1)</script> & <!channel> "\'\r\nBcc: all@example.com \u202e'
