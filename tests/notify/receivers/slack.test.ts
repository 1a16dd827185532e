import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { slackRequest } from '../../../supabase/functions/notify/receivers/slack.ts'
import { hostileText, makeAlert, makeMessage } from '../../support/messages.ts'
import { sampleMessage, sampleOf } from '../../support/samples.ts'

/**
 * Block Kit, as far as it is used: the types of blocks and their limits.
 * https://docs.slack.dev/reference/block-kit/blocks
 */
const markdown = z.strictObject({ type: z.literal('mrkdwn'), text: z.string().min(1).max(3000) })
const block = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('header'),
    text: z.strictObject({ type: z.literal('plain_text'), text: z.string().min(1).max(150) }),
  }),
  z.strictObject({ type: z.literal('section'), text: markdown }),
  z.strictObject({ type: z.literal('context'), elements: z.array(markdown).min(1).max(10) }),
])
const payload = z.strictObject({
  text: z.string().min(1).max(40_000),
  blocks: z.array(block).min(1).max(50),
})

const secrets: [string] = ['https://hooks.slack.com/services/T0/B0/xyz']

const parse = (message = makeMessage({ secrets })): z.infer<typeof payload> =>
  payload.parse(JSON.parse(slackRequest(message).body))

describe('a Slack message', () => {
  it('goes to the address that is the secret', () => {
    expect(slackRequest(makeMessage({ secrets })).url).toBe(secrets[0])
  })

  it('says what is wrong with what, since when and whose it is', () => {
    const { text, blocks } = parse()
    expect(text).toBe('[CRITICAL] Webhook has 10 consecutive failures: https://shop.example/hooks')
    expect(blocks).toMatchInlineSnapshot(`
      [
        {
          "text": {
            "text": "🔴 [CRITICAL] Webhook has 10 consecutive failures: https://shop.example/hooks",
            "type": "plain_text",
          },
          "type": "header",
        },
        {
          "text": {
            "text": "*CRITICAL* Webhook has 10 consecutive failures
      https://shop.example/hooks since <!date^1780314900^{date_short_pretty} {time}|2026-06-01T11:55:00+00:00>",
            "type": "mrkdwn",
          },
          "type": "section",
        },
        {
          "elements": [
            {
              "text": "Acme · <https://dashboard.example/|Open dashboard>",
              "type": "mrkdwn",
            },
          ],
          "type": "context",
        },
      ]
    `)
  })

  it('of many alerts says how many, and shows the first ten', () => {
    const alerts = Array.from({ length: 100 }, () => makeAlert())
    const { text, blocks } = parse(makeMessage({ secrets, alerts, total: 500, critical: 500 }))
    expect(text).toBe('[FIRING] 500 webhook_failure alerts for shop.example (500 critical)')
    expect(JSON.stringify(blocks).match(/consecutive failures/g)).toHaveLength(10)
    expect(JSON.stringify(blocks)).toContain('… and 490 more')
  })

  it('says when all is well again', () => {
    const alerts = [makeAlert({ kind: 'resolved' })]
    expect(parse(makeMessage({ secrets, alerts })).text).toMatch(/^\[RESOLVED\] /)
  })

  it('calls nobody that an alert names, and shows no link that it makes', () => {
    const alerts = [makeAlert({ message: hostileText, resource_name: hostileText })]
    const { text, blocks } = parse(makeMessage({ secrets, alerts, org_name: hostileText }))
    const [, ...marked] = blocks
    expect(text + JSON.stringify(marked)).not.toMatch(/<(?!(https:|!date\^))/)
  })

  it('keeps within Slack’s limits, however long the texts are, by leaving out whole alerts', () => {
    const long = '&'.repeat(5000)
    const alert = makeAlert({ message: long, resource_name: long })
    const alerts = Array.from({ length: 50 }, () => alert)
    const { blocks } = parse(makeMessage({ secrets, alerts, org_name: long.slice(0, 200) }))
    expect(JSON.stringify(blocks[1])).toContain('… and 49 more')
    expect(JSON.stringify(blocks)).not.toMatch(/&(?!amp;)/)
  })

  it('looks as docs/alerts.md shows it', () => {
    const shown = parse(sampleMessage)
      .blocks.map((each) =>
        each.type === 'context' ? each.elements.map(({ text }) => text).join() : each.text.text,
      )
      .join('\n')
      // As a reader in New York sees the markup.
      .replace(/\*([A-Z]+)\*/g, '$1')
      .replace(/<!date\^1780314900\^[^>]*>/, 'Jun 1st 7:55 AM')
      .replace(/<https:[^|>]*\|([^>]*)>/, '$1')
    expect(sampleOf('Slack')).toBe(shown)
  })
})
