import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { projectRoot } from '../../scripts/stack/project.ts'
import { emailRequest } from '../../supabase/functions/notify/email.ts'
import { pagerdutyRequest } from '../../supabase/functions/notify/pagerduty.ts'
import { slackRequest } from '../../supabase/functions/notify/slack.ts'
import { webhookRequest } from '../../supabase/functions/notify/webhook.ts'
import { makeAlert, makeMessage } from '../support/messages.ts'

let samples: string
beforeAll(async () => {
  const document = await readFile(join(projectRoot, 'docs/alerts.md'), 'utf8')
  const [, rest = ''] = document.split('\n## What a message looks like\n')
  samples = rest.split('\n## ')[0] ?? ''
})

/** The block of code after the name of a kind of channel. */
function sampleOf(name: string): string {
  const [, after = ''] = samples.split(`**${name}**`)
  return /^```\w*\n(.*?)^```$/ms.exec(after)?.[1] ?? ''
}

const fingerprint = '9f86d081884c7d65…'
const message = makeMessage({
  secrets: ['…'],
  dedup_key: fingerprint,
  alerts: [makeAlert({ fingerprint })],
})

interface SlackBody {
  blocks: { text?: { text: string }; elements?: { text: string }[] }[]
}

describe('docs/alerts.md shows what is sent to', () => {
  it('Slack', () => {
    const { blocks } = JSON.parse(slackRequest(message).body) as SlackBody
    const shown = blocks
      .map(({ text, elements }) => text?.text ?? elements?.map((each) => each.text).join() ?? '')
      .join('\n')
      // As a reader in New York sees the markup.
      .replace(/\*([A-Z]+)\*/g, '$1')
      .replace(/<!date\^1780314900\^[^>]*>/, 'Jun 1st 7:55 AM')
      .replace(/<https:[^|>]*\|([^>]*)>/, '$1')
    expect(sampleOf('Slack').trim()).toBe(shown)
  })

  it('PagerDuty', () => {
    expect(JSON.parse(sampleOf('PagerDuty'))).toEqual(JSON.parse(pagerdutyRequest(message).body))
  })

  it('an email service', async () => {
    const { subject, text } = JSON.parse((await emailRequest(message)).body) as {
      subject: string
      text: string
    }
    expect(sampleOf('Email').trim()).toBe(text)
    expect(samples).toContain(`subject \`${subject}\``)
  })

  it('a webhook', async () => {
    const { body } = await webhookRequest(
      { ...message, secrets: ['whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'] },
      new Date(),
    )
    expect(JSON.parse(sampleOf('Webhook'))).toEqual(JSON.parse(body))
  })
})
