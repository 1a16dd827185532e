import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { teamsRequest } from '../../../supabase/functions/notify/receivers/teams.ts'
import { hostileText, makeAlert, makeMessage } from '../../support/messages.ts'
import { sampleMessage, sampleOf } from '../../support/samples.ts'

/**
 * A message of one Adaptive Card, as far as it is used.
 * https://learn.microsoft.com/microsoftteams/platform/webhooks-and-connectors/how-to/connectors-using
 * https://adaptivecards.io/explorer/RichTextBlock.html
 */
const textRun = z.strictObject({
  type: z.literal('TextRun'),
  text: z.string().min(1),
  color: z.enum(['Good', 'Warning', 'Attention']).optional(),
  size: z.literal('Large').optional(),
  weight: z.literal('Bolder').optional(),
  isSubtle: z.boolean().optional(),
})
const paragraph = z.strictObject({
  type: z.literal('RichTextBlock'),
  inlines: z.array(textRun).min(1),
  separator: z.boolean().optional(),
  spacing: z.literal('None').optional(),
})
const card = z.strictObject({
  $schema: z.literal('http://adaptivecards.io/schemas/adaptive-card.json'),
  type: z.literal('AdaptiveCard'),
  version: z.literal('1.2'),
  fallbackText: z.string().min(1),
  // No entities: without them no text is a mention.
  msteams: z.strictObject({ width: z.literal('Full') }),
  body: z.array(paragraph).min(1),
  actions: z
    .array(
      z.strictObject({ type: z.literal('Action.OpenUrl'), title: z.string(), url: z.httpUrl() }),
    )
    .optional(),
})
const payload = z.strictObject({
  type: z.literal('message'),
  attachments: z.tuple([
    z.strictObject({
      contentType: z.literal('application/vnd.microsoft.card.adaptive'),
      contentUrl: z.null(),
      content: card,
    }),
  ]),
})

const secrets: [string] = [
  'https://x.environment.api.powerplatform.com:443/powerautomate/automations/direct/workflows/1/triggers/manual/paths/invoke?api-version=1&sp=%2Ftriggers%2Fmanual%2Frun&sv=1.0&sig=secret',
]

function parse(fields: Parameters<typeof makeMessage>[0] = {}): z.infer<typeof card> {
  const { body } = teamsRequest(makeMessage({ secrets, ...fields }))
  return payload.parse(JSON.parse(body)).attachments[0].content
}

/** A card as Teams shows it. */
function shown({ body, actions = [] }: z.infer<typeof card>): string {
  const paragraphs = body.map(({ inlines }) => inlines.map(({ text }) => text).join(''))
  return [...paragraphs, ...actions.map(({ title }) => `[${title}]`)].join('\n')
}

describe('a message to Microsoft Teams', () => {
  it('goes to the very address that is the secret: it is signed', () => {
    expect(teamsRequest(makeMessage({ secrets })).url).toBe(secrets[0])
  })

  it('says what is wrong with what, since when and whose it is', () => {
    expect(parse()).toMatchInlineSnapshot(`
      {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "actions": [
          {
            "title": "Open dashboard",
            "type": "Action.OpenUrl",
            "url": "https://dashboard.example/",
          },
        ],
        "body": [
          {
            "inlines": [
              {
                "color": "Attention",
                "size": "Large",
                "text": "🔴 [CRITICAL] Webhook has 10 consecutive failures: https://shop.example/hooks",
                "type": "TextRun",
                "weight": "Bolder",
              },
            ],
            "type": "RichTextBlock",
          },
          {
            "inlines": [
              {
                "text": "CRITICAL",
                "type": "TextRun",
                "weight": "Bolder",
              },
              {
                "text": " Webhook has 10 consecutive failures",
                "type": "TextRun",
              },
            ],
            "separator": true,
            "type": "RichTextBlock",
          },
          {
            "inlines": [
              {
                "text": "https://shop.example/hooks",
                "type": "TextRun",
              },
              {
                "text": " since 2026-06-01 11:55 UTC",
                "type": "TextRun",
              },
            ],
            "spacing": "None",
            "type": "RichTextBlock",
          },
          {
            "inlines": [
              {
                "isSubtle": true,
                "text": "Acme",
                "type": "TextRun",
              },
            ],
            "type": "RichTextBlock",
          },
        ],
        "fallbackText": "🔴 [CRITICAL] Webhook has 10 consecutive failures: https://shop.example/hooks",
        "msteams": {
          "width": "Full",
        },
        "type": "AdaptiveCard",
        "version": "1.2",
      }
    `)
  })

  it('of many alerts says how many, and shows the first ten', () => {
    const alerts = Array.from({ length: 100 }, () => makeAlert())
    const text = shown(parse({ alerts, total: 500, critical: 500 }))
    expect(text).toMatch(/^🔴 \[FIRING\] 500 webhook_failure alerts for shop.example/)
    expect(text.match(/consecutive failures/g)).toHaveLength(10)
    expect(text).toContain('… and 490 more')
  })

  it.each([
    ['Good', 'once all is well', { alerts: [makeAlert({ kind: 'resolved' })] }],
    ['Warning', 'for a warning', { alerts: [makeAlert({ severity: 'warning' })] }],
    ['Attention', 'for what is critical', {}],
  ])('is of the colour %s %s', (color, _reason, fields) => {
    expect(parse(fields).body[0]?.inlines).toMatchObject([{ color }])
  })

  it.each([
    ['a mention', '<at>Everyone</at>'],
    ['a link under another name', '[your bank](https://evil.example)'],
    ['bold type', '**all is well**'],
    ['a list', '- a\n- b'],
    ['much of it', hostileText],
  ])('shows %s in a name as it is written: no part of a card reads Markdown', (_what, text) => {
    const alerts = [makeAlert({ message: text, resource_name: text })]
    const written = text.replace(/[\s\u202e]+/g, ' ').trim()
    expect(shown(parse({ alerts, org_name: text })).split(written).length - 1).toBe(5)
  })

  it('without a dashboard has nothing to press', () => {
    expect(parse({ dashboard_url: null })).not.toHaveProperty('actions')
  })

  it.each(['x', 'ü', '好', '🔥', '"', '\\'])(
    'keeps within 28 KB by leaving out whole alerts, when all is %s',
    (character) => {
      const long = character.repeat(3000)
      const alert = makeAlert({ message: long, resource_name: long })
      const alerts = Array.from({ length: 100 }, () => alert)
      const fields = { secrets, alerts, org_name: long }
      const { body } = teamsRequest(makeMessage(fields))
      expect(new TextEncoder().encode(body).length).toBeLessThanOrEqual(28_000)
      const text = shown(parse(fields))
      const [, rest] = /… and (\d+) more/.exec(text)!
      expect(text.match(/since 2026-06-01 11:55 UTC/g)).toHaveLength(100 - Number(rest))
    },
  )

  it('looks as docs/alerts.md shows it', () => {
    const { body } = teamsRequest({ ...sampleMessage, secrets })
    const { content } = payload.parse(JSON.parse(body)).attachments[0]
    expect(sampleOf('Microsoft Teams')).toBe(shown(content))
  })
})
