import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { discordRequest } from '../../../supabase/functions/notify/receivers/discord.ts'
import { hostileText, makeAlert, makeMessage } from '../../support/messages.ts'
import { sampleMessage, sampleOf } from '../../support/samples.ts'

/**
 * What is used of a webhook's message, and its limits.
 * https://discord.com/developers/docs/resources/webhook#execute-webhook
 * https://discord.com/developers/docs/resources/message#embed-object-embed-limits
 */
const payload = z
  .strictObject({
    content: z.string().min(1).max(2000),
    embeds: z
      .array(
        z.strictObject({
          description: z.string().min(1).max(4096),
          color: z.int().min(0).max(0xffffff),
          footer: z.strictObject({ text: z.string().min(1).max(2048) }),
        }),
      )
      .min(1)
      .max(10),
    allowed_mentions: z.strictObject({ parse: z.tuple([]) }),
  })
  .refine(
    ({ embeds }) =>
      embeds.reduce((sum, each) => sum + each.description.length + each.footer.text.length, 0) <=
      6000,
    'all embeds together have 6,000 characters at most',
  )

const secrets: [string] = ['https://discord.com/api/webhooks/42/a-key-of-some-length']

const parse = (fields: Parameters<typeof makeMessage>[0] = {}): z.infer<typeof payload> =>
  payload.parse(JSON.parse(discordRequest(makeMessage({ secrets, ...fields })).body))

/** A message as Discord shows it: markup gone, backslashes too. */
function shown({ content, embeds }: z.infer<typeof payload>): string {
  return [content, ...embeds.flatMap(({ description, footer }) => [description, footer.text])]
    .join('\n')
    .replace(/\*\*((?:[^*\\]|\\.)+)\*\*/g, '$1')
    .replaceAll('<t:1780314900:f>', 'June 1, 2026 7:55 AM')
    .replace(/\[([^\]\\]+)\]\(https:[^)]+\)/g, '$1')
    .replace(/\\([^A-Za-z0-9\s])/g, '$1')
}

describe('a Discord message', () => {
  it('goes to the address that is the secret, which says whether it was taken', () => {
    const [thread] = [`${secrets[0]}?thread_id=7`]
    expect(discordRequest(makeMessage({ secrets })).url).toBe(`${secrets[0]}?wait=true`)
    expect(discordRequest(makeMessage({ secrets: [thread] })).url).toBe(`${thread}&wait=true`)
  })

  it('says what is wrong with what, since when and whose it is', () => {
    expect(parse()).toMatchInlineSnapshot(`
      {
        "allowed_mentions": {
          "parse": [],
        },
        "content": "🔴 **\\[CRITICAL\\] Webhook has 10 consecutive failures\\: https\\://shop.example/hooks**",
        "embeds": [
          {
            "color": 12986408,
            "description": "**CRITICAL** Webhook has 10 consecutive failures
      https\\://shop.example/hooks since <t:1780314900:f>

      [Open dashboard](https://dashboard.example/)",
            "footer": {
              "text": "Acme",
            },
          },
        ],
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
    ['green once all is well', { alerts: [makeAlert({ kind: 'resolved' })] }, 0x2e7d32],
    ['yellow for a warning', { alerts: [makeAlert({ severity: 'warning' })] }, 0xf9a825],
    ['red for what is critical', {}, 0xc62828],
  ])('is %s', (_reason, fields, color) => {
    expect(parse(fields).embeds).toMatchObject([{ color }])
  })

  it.each([
    ['a mention of everybody', '@everyone'],
    ['a mention of somebody', '<@80351110224678912>'],
    ['a mention of a role', '<@&165511591545143296>'],
    ['a link under another name', '[your bank](https://evil.example)'],
    ['an address', 'https://evil.example'],
    ['bold type', '**all is well**'],
    ['a spoiler', '||hidden||'],
    ['a block of code', '```\ncode'],
    ['a heading', '# all is well'],
    ['a time', '<t:0:R>'],
    ['an emoji', ':skull:'],
    ['an escape that undoes ours', '\\[a](https://evil.example)\\@everyone\\'],
    ['much of it', hostileText],
  ])('shows %s in a name as it is written', (_what, text) => {
    const fields = { message: text, resource_name: text }
    const parsed = parse({ alerts: [makeAlert(fields)], dashboard_url: null })
    const { content, embeds } = parsed
    const marked = content + embeds[0]?.description
    // What has a backslash before it means nothing to Discord; what is left are letters.
    const unescaped = marked.replace(/\\[^A-Za-z0-9\s]/g, '').replace(/<t:1780314900:f>|\*\*/g, '')
    expect(unescaped).not.toMatch(/[\\`*_~|<>#@:[\]()]/)
    const written = text.replace(/[\s\u202e]+/g, ' ').trim()
    expect(shown(parsed).split(written).length - 1).toBeGreaterThanOrEqual(3)
  })

  it('links to the dashboard, whatever its address holds', () => {
    const dashboard_url = 'https://dashboard.example/a)b(c%20d'
    expect(parse({ dashboard_url }).embeds[0]?.description).toMatch(
      /\n\n\[Open dashboard\]\(https:\/\/dashboard\.example\/a%29b%28c%20d\)$/,
    )
  })

  it('keeps within Discord’s limits by leaving out whole alerts', () => {
    const long = '*'.repeat(5000)
    const alert = makeAlert({ message: long, resource_name: long })
    const { embeds } = parse({ alerts: Array.from({ length: 50 }, () => alert), org_name: long })
    const [, rest] = /… and (\d+) more\n\n\[Open dashboard\]\([^)]+\)$/.exec(
      embeds[0]?.description ?? '',
    )!
    expect(embeds[0]?.description.match(/since <t:\d+:f>/g)).toHaveLength(50 - Number(rest))
  })

  it('looks as docs/alerts.md shows it', () => {
    const { body } = discordRequest({ ...sampleMessage, secrets })
    expect(sampleOf('Discord')).toBe(shown(payload.parse(JSON.parse(body))))
  })
})
