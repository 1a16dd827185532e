import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { pagerdutyRequest } from '../../../supabase/functions/notify/receivers/pagerduty.ts'
import { hostileText, makeAlert, makeMessage } from '../../support/messages.ts'
import { sampleMessage, sampleOf } from '../../support/samples.ts'

/** https://developer.pagerduty.com/docs/send-alert-event */
const common = {
  routing_key: z.string().regex(/^[A-Za-z0-9]{32}$/),
  dedup_key: z.string().min(1).max(255),
}
const event = z.discriminatedUnion('event_action', [
  z.strictObject({
    ...common,
    event_action: z.literal('trigger'),
    client: z.string().optional(),
    client_url: z.url().optional(),
    links: z.array(z.strictObject({ href: z.url(), text: z.string().optional() })).optional(),
    payload: z.strictObject({
      summary: z.string().min(1).max(1024),
      source: z.string().min(1),
      severity: z.enum(['critical', 'error', 'warning', 'info']),
      timestamp: z.iso.datetime({ offset: true }).optional(),
      component: z.string().optional(),
      group: z.string().optional(),
      class: z.string().optional(),
      custom_details: z.record(z.string(), z.unknown()).optional(),
    }),
  }),
  z.strictObject({ ...common, event_action: z.enum(['acknowledge', 'resolve']) }),
])

const secrets: [string] = ['R0'.repeat(16)]

const parse = (fields: Parameters<typeof makeMessage>[0] = {}): z.infer<typeof event> =>
  event.parse(JSON.parse(pagerdutyRequest(makeMessage({ secrets, ...fields })).body))

describe('a PagerDuty event', () => {
  it('opens an incident under the alert’s fingerprint', () => {
    expect(parse()).toMatchInlineSnapshot(`
      {
        "client": "Everwatch",
        "client_url": "https://dashboard.example/",
        "dedup_key": "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
        "event_action": "trigger",
        "links": [
          {
            "href": "https://dashboard.example/",
            "text": "Dashboard",
          },
        ],
        "payload": {
          "class": "webhook_failure",
          "component": "webhook",
          "custom_details": {
            "alerts": [
              {
                "message": "Webhook has 10 consecutive failures",
                "resource": "https://shop.example/hooks",
                "threshold": 10,
                "value": 10,
              },
            ],
            "critical": 1,
            "organisation": "Acme",
            "total": 1,
          },
          "group": "webhook_failure:shop.example",
          "severity": "critical",
          "source": "https://shop.example/hooks",
          "summary": "[CRITICAL] Webhook has 10 consecutive failures: https://shop.example/hooks",
          "timestamp": "2026-06-01T12:00:00.123456+00:00",
        },
        "routing_key": "R0R0R0R0R0R0R0R0R0R0R0R0R0R0R0R0",
      }
    `)
  })

  it.each([
    ['fired', 'trigger'],
    ['escalated', 'trigger'],
    ['repeated', 'trigger'],
    ['acknowledged', 'acknowledge'],
    ['resolved', 'resolve'],
  ])('of an alert that %s is to %s', (kind, event_action) => {
    expect(parse({ alerts: [makeAlert({ kind })] })).toMatchObject({ event_action })
  })

  it.each([
    ['critical', { alerts: [makeAlert(), makeAlert({ severity: 'warning' })] }],
    ['warning', { alerts: [makeAlert({ severity: 'warning' })] }],
    ['info', { is_test: true }],
  ])('has the severity %s', (severity, fields) => {
    expect(parse(fields)).toMatchObject({ payload: { severity } })
  })

  it('keeps within PagerDuty’s limits, whatever the texts are', () => {
    const alert = makeAlert({ message: hostileText.repeat(100), resource_name: 'x'.repeat(2048) })
    const alerts = Array.from({ length: 100 }, () => alert)
    const { body } = pagerdutyRequest(makeMessage({ secrets, alerts: [alert] }))
    expect(() => event.parse(JSON.parse(body))).not.toThrow()
    // An event may have 512 KB.
    const { body: long } = pagerdutyRequest(makeMessage({ secrets, alerts }))
    expect(long.length).toBeLessThan(512 * 1024)
  })

  it('looks as docs/alerts.md shows it', () => {
    const { body } = pagerdutyRequest(sampleMessage)
    expect(JSON.parse(sampleOf('PagerDuty'))).toEqual(JSON.parse(body))
  })
})
