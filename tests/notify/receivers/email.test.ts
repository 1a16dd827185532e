import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { emailRequest } from '../../../supabase/functions/notify/receivers/email.ts'
import { hostileText, makeAlert, makeMessage } from '../../support/messages.ts'
import { sampleMessage, sampleOf, samples } from '../../support/samples.ts'

/** https://resend.com/docs/api-reference/emails/send-email */
const request = z.strictObject({
  from: z.string().regex(/^[^\r\n]*[^\s<>@]+@[^\s<>@]+>?$/),
  to: z.array(z.email()).min(1).max(50),
  subject: z
    .string()
    .min(1)
    .regex(/^[^\r\n]+$/),
  html: z.string().min(1),
  text: z.string().min(1),
})

const secrets: [string] = ['re_0123456789']

async function parse(
  fields: Parameters<typeof makeMessage>[0] = {},
): Promise<z.infer<typeof request>> {
  const { body } = await emailRequest(makeMessage({ secrets, ...fields }))
  return request.parse(JSON.parse(body))
}

describe('an email', () => {
  it('is asked of the service with its key, under the message’s id', async () => {
    const { headers } = await emailRequest(makeMessage({ secrets }))
    expect(headers).toMatchObject({
      authorization: 'Bearer re_0123456789',
      'idempotency-key': '0b3f0d5a-8c1e-4c8e-9d55-0a1b2c3d4e5f',
    })
  })

  it('says what is wrong in words', async () => {
    const { html: _, ...rest } = await parse()
    expect(rest).toMatchInlineSnapshot(`
      {
        "from": "Everwatch <alerts@acme.example>",
        "subject": "[CRITICAL] Webhook has 10 consecutive failures: https://shop.example/hooks",
        "text": "Acme

      CRITICAL Webhook has 10 consecutive failures
      https://shop.example/hooks
      since 2026-06-01T11:55:00+00:00

      https://dashboard.example/",
        "to": [
          "oncall@acme.example",
        ],
      }
    `)
  })

  it('says the same as a page', async () => {
    const { html } = await parse()
    expect(html).toContain(
      '<h1 style="font-size:18px">[CRITICAL] Webhook has 10 consecutive failures',
    )
    expect(html).toContain('href="https://dashboard.example/"')
  })

  it('shows what an alert says as text, and lets it add no header', async () => {
    const alerts = [makeAlert({ message: hostileText, resource_name: hostileText })]
    const { html, subject } = await parse({ alerts, org_name: hostileText })
    expect(html).not.toContain('<script')
    expect(html).not.toContain('<!channel')
    expect(subject).not.toMatch(/[\r\n]/)
  })

  it('looks as docs/alerts.md shows it', async () => {
    const { body } = await emailRequest(sampleMessage)
    const { subject, text } = JSON.parse(body) as { subject: string; text: string }
    expect(sampleOf('Email')).toBe(text)
    expect(samples).toContain(`subject \`${subject}\``)
  })
})
