import { Webhook } from 'standardwebhooks'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { webhookRequest } from '../../../supabase/functions/notify/receivers/webhook.ts'
import { hostileText, makeAlert, makeMessage } from '../../support/messages.ts'
import { sampleMessage, sampleOf } from '../../support/samples.ts'

/** https://prometheus.io/docs/alerting/latest/configuration/#webhook_config */
const labels = z.record(z.string().regex(/^[A-Za-z_]\w*$/), z.string())
const time = z.iso.datetime({ offset: true })
const payload = z.strictObject({
  version: z.literal('4'),
  groupKey: z.string().min(1),
  truncatedAlerts: z.int().min(0),
  status: z.enum(['firing', 'resolved']),
  receiver: z.string(),
  groupLabels: labels,
  commonLabels: labels,
  commonAnnotations: labels,
  externalURL: z.union([z.url(), z.literal('')]),
  alerts: z.array(
    z.strictObject({
      status: z.enum(['firing', 'resolved']),
      labels,
      annotations: labels,
      startsAt: time,
      endsAt: time,
      generatorURL: z.union([z.url(), z.literal('')]),
      fingerprint: z.string().min(1),
    }),
  ),
})

const at = new Date()

async function parse(
  fields: Parameters<typeof makeMessage>[0] = {},
): Promise<z.infer<typeof payload>> {
  const { body } = await webhookRequest(makeMessage(fields), at)
  return payload.parse(JSON.parse(body))
}

describe('a webhook’s body', () => {
  it('is Alertmanager’s', async () => {
    expect(await parse()).toMatchInlineSnapshot(`
      {
        "alerts": [
          {
            "annotations": {
              "summary": "Webhook has 10 consecutive failures",
              "threshold": "10",
              "value": "10",
            },
            "endsAt": "0001-01-01T00:00:00Z",
            "fingerprint": "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
            "generatorURL": "https://dashboard.example/",
            "labels": {
              "alertname": "webhook_failure",
              "org": "Acme",
              "org_id": "5d41402a-bc4b-4a76-b971-9d911017c592",
              "resource": "https://shop.example/hooks",
              "resource_id": "8f14e45f-ceea-467f-a0e6-0a3a1b2c3d4e",
              "resource_type": "webhook",
              "severity": "critical",
            },
            "startsAt": "2026-06-01T11:55:00+00:00",
            "status": "firing",
          },
        ],
        "commonAnnotations": {
          "summary": "Webhook has 10 consecutive failures",
          "threshold": "10",
          "value": "10",
        },
        "commonLabels": {
          "alertname": "webhook_failure",
          "org": "Acme",
          "org_id": "5d41402a-bc4b-4a76-b971-9d911017c592",
          "resource": "https://shop.example/hooks",
          "resource_id": "8f14e45f-ceea-467f-a0e6-0a3a1b2c3d4e",
          "resource_type": "webhook",
          "severity": "critical",
        },
        "externalURL": "https://dashboard.example/",
        "groupKey": "webhook_failure:shop.example",
        "groupLabels": {
          "alertname": "webhook_failure",
        },
        "receiver": "On call",
        "status": "firing",
        "truncatedAlerts": 0,
        "version": "4",
      }
    `)
  })

  it('fires while any of its alerts does, and says what they have in common', async () => {
    const ended = makeAlert({
      kind: 'resolved',
      resource_id: '2',
      resource_name: 'https://b.example',
    })
    const { status, alerts, commonLabels } = await parse({ alerts: [makeAlert(), ended] })
    expect(status).toBe('firing')
    expect(alerts.map((alert) => [alert.status, alert.endsAt])).toEqual([
      ['firing', '0001-01-01T00:00:00Z'],
      ['resolved', ended.at],
    ])
    expect(Object.keys(commonLabels)).toEqual([
      'alertname',
      'severity',
      'org_id',
      'org',
      'resource_type',
    ])
  })

  it('is resolved once all of them are', async () => {
    expect(await parse({ alerts: [makeAlert({ kind: 'resolved' })] })).toMatchObject({
      status: 'resolved',
    })
  })

  it('says how many alerts it leaves out', async () => {
    expect(await parse({ total: 500 })).toMatchObject({ truncatedAlerts: 499 })
  })

  it('looks as docs/alerts.md shows it', async () => {
    const { secrets } = makeMessage()
    const { body } = await webhookRequest({ ...sampleMessage, secrets }, at)
    expect(JSON.parse(sampleOf('Webhook'))).toEqual(JSON.parse(body))
  })
})

describe('a webhook’s signature', () => {
  const [first, second] = [
    'whsec_' + btoa('a'.repeat(24)),
    'whsec_' + btoa('b'.repeat(64)),
  ] as const

  it.each([
    ['by the secret', [first], first],
    ['by the new secret while it rotates', [first, second], first],
    ['by the old secret while it rotates', [first, second], second],
  ])('is verified %s', async (_reason, secrets, known) => {
    const message = makeMessage({
      secrets: secrets as [string, ...string[]],
      alerts: [makeAlert({ message: `${hostileText} ümläut` })],
    })
    const { headers, body } = await webhookRequest(message, at)
    expect(headers['webhook-id']).toBe(`msg_${message.message_id}`)
    expect(new Webhook(known).verify(body, headers)).toEqual(JSON.parse(body))
  })

  it('is by no other secret, of no other body and no other id', async () => {
    const { headers, body } = await webhookRequest(makeMessage({ secrets: [first] }), at)
    expect(() => new Webhook(second).verify(body, headers)).toThrow('No matching signature found')
    expect(() => new Webhook(first).verify(`${body} `, headers)).toThrow('No matching signature')
    const other = { ...headers, 'webhook-id': 'msg_other' }
    expect(() => new Webhook(first).verify(body, other)).toThrow('No matching signature found')
  })

  it('is of the attempt: the id stays, the time does not', async () => {
    const later = new Date(at.getTime() + 60_000)
    const [once, again] = [
      await webhookRequest(makeMessage(), at),
      await webhookRequest(makeMessage(), later),
    ]
    expect(again.headers['webhook-id']).toBe(once.headers['webhook-id'])
    expect(again.body).toBe(once.body)
    expect(again.headers['webhook-timestamp']).not.toBe(once.headers['webhook-timestamp'])
  })
})
