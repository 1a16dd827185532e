import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import {
  channelKindNames,
  channelKinds,
} from '../../supabase/functions/_shared/catalog/channel-kinds/index.ts'
import { createDatabase, type TestDatabase } from '../support/database.ts'
import { addOneOfEach, createOrg, type Role } from '../support/fixtures.ts'
import { createChannel } from '../support/notify-stack.ts'

let db: TestDatabase
let orgId: string
let people: Record<Role, string>

beforeAll(async () => {
  db = await createDatabase()
})
beforeEach(async () => {
  orgId = await createOrg(db)
  people = await addOneOfEach(db, orgId)
})

/** `ok`, or the code and the field of a refusal. */
async function verdict(call: Promise<unknown>): Promise<string> {
  return call.then(
    () => 'ok',
    ({ code, hint = '' }: { code: string; hint?: string }) => `${code} ${hint}`.trim(),
  )
}

async function secretsOf(channelId: string): Promise<string[]> {
  const rows = await db.sql<{ secret: string }[]>`
    select decrypted_secret as secret from vault.decrypted_secrets
    where description = ${`Everwatch channel ${channelId}`} order by created_at, secret`
  return rows.map(({ secret }) => secret)
}

const slackSecret = 'https://hooks.slack.com/services/T0/B0/very-secret'

describe('the channels of an org', () => {
  const calls: Record<string, (channelId: string) => [string, unknown[]]> = {
    'adds one': () => [
      `select everwatch.create_channel($1, 'slack', 'Ops', $2)`,
      [orgId, slackSecret],
    ],
    'changes one': (id) => [`select everwatch.update_channel($1, name => 'Night')`, [id]],
    'rotates a secret': (id) => [`select everwatch.rotate_channel_secret($1)`, [id]],
    'tries one': (id) => [`select everwatch.queue_test($1)`, [id]],
    'deletes one': (id) => [`select everwatch.delete_channel($1)`, [id]],
  }
  const roles: [Role, string][] = [
    ['owner', 'ok'],
    ['admin', 'ok'],
    ['member', 'PT403'],
    ['viewer', 'PT403'],
  ]
  const cases = Object.keys(calls).flatMap((name) =>
    roles.map(([role, expected]) => ({ name, role, expected })),
  )

  it.each(cases)('$role $name: $expected', async ({ name, role, expected }) => {
    const { id } = await createChannel(db, orgId, { url: 'https://example.com' })
    const [text, values] = calls[name]!(id)
    const call = db.asUser(people[role], (sql) => sql.unsafe(text, values as string[]))
    expect(await verdict(call)).toBe(expected)
  })

  it.each(Object.keys(calls))('an owner of another org never %s', async (name) => {
    const { id } = await createChannel(db, orgId, { url: 'https://example.com' })
    const stranger = (await addOneOfEach(db, await createOrg(db))).owner
    const [text, values] = calls[name]!(id)
    expect(await verdict(db.asUser(stranger, (sql) => sql.unsafe(text, values as string[])))).toBe(
      'PT403',
    )
  })

  it.each(['owner', 'viewer'] as const)('are read by %s, without any secret', async (role) => {
    await createChannel(db, orgId, { kind: 'slack', secret: slackSecret })
    await createChannel(db, orgId, {
      url: 'https://example.com/hook?token=very-secret#very-secret',
    })
    const rows = await db.asUser(
      people[role],
      (sql) => sql`select * from everwatch.v_notification_channels order by kind`,
    )
    expect(rows).toMatchObject([
      { kind: 'slack', target: null },
      { kind: 'webhook', target: 'https://example.com/hook' },
    ])
    expect(JSON.stringify(rows)).not.toContain('very-secret')
  })

  it.each(channelKindNames.filter((kind) => channelKinds[kind].url === 'secret'))(
    'of kind %s show nobody where they lead: the address is the secret',
    async (kind) => {
      await createChannel(db, orgId, { kind, secret: slackSecret })
      const rows = await db.asUser(
        people.owner,
        (sql) => sql`select * from everwatch.v_notification_channels where org_id = ${orgId}`,
      )
      expect(rows).toMatchObject([{ kind, target: null }])
      expect(JSON.stringify(rows)).not.toContain('hooks.slack.com')
    },
  )

  it.each(['url', 'secret_id', 'previous_secret_id'])('show nobody their %s', async (column) => {
    const attempt = db.asUser(
      people.owner,
      (sql) => sql`select ${sql(column)} from everwatch_private.channels`,
    )
    expect(await verdict(attempt)).toBe('42501')
  })

  it('of the operator are nobody’s but the secret key’s', async () => {
    const { id } = await createChannel(db, null, { url: 'https://example.com' })
    const attempt = db.asUser(people.owner, (sql) => sql`select everwatch.delete_channel(${id})`)
    expect(await verdict(attempt)).toBe('PT403')
    const added = db.asUser(
      people.owner,
      (sql) => sql`select everwatch.create_channel(null, 'slack', 'Ops', ${slackSecret})`,
    )
    expect(await verdict(added)).toBe('PT403')
    await db.asService((sql) => sql`select everwatch.delete_channel(${id})`)
  })
})

describe('a channel', () => {
  const webhook = { kind: 'webhook', name: 'On call', url: 'https://example.com' } as const
  const email = {
    kind: 'email',
    secret: 're_01234567',
    email_from: 'a@b.c',
    email_to: ['d@e.f'],
  } as const

  it.each([
    ['of a kind that there is not', { ...webhook, kind: 'pigeon' as 'slack' }, 'kind'],
    ['without a name', { ...webhook, name: '' }, 'name'],
    ['with a name that is too long', { ...webhook, name: 'x'.repeat(201) }, 'name'],
    ['that is a webhook without an address', { kind: 'webhook' }, 'url'],
    ['with an address that is none', { ...webhook, url: 'example.com' }, 'url'],
    ['with an address of another kind', { ...webhook, url: 'file:///etc/passwd' }, 'url'],
    ['with a password in its address', { ...webhook, url: 'https://me:pass@example.com' }, 'url'],
    ['with an address that holds a space', { ...webhook, url: 'https://example.com/a b' }, 'url'],
    [
      'of Slack with an address that is shown',
      { kind: 'slack', secret: slackSecret, url: 'https://a.b' },
      'url',
    ],
    ['of Slack with a secret that is none', { kind: 'slack', secret: 'xoxb-1' }, 'secret'],
    ['of Slack without a secret', { kind: 'slack' }, 'secret'],
    ['of PagerDuty with a key that is too short', { kind: 'pagerduty', secret: 'R0' }, 'secret'],
    [
      'with a secret of too few bytes',
      { ...webhook, secret: `whsec_${btoa('x'.repeat(23))}` },
      'secret',
    ],
    [
      'with a secret of too many bytes',
      { ...webhook, secret: `whsec_${btoa('x'.repeat(65))}` },
      'secret',
    ],
    [
      'with a secret that is no base64',
      { ...webhook, secret: `whsec_${'x'.repeat(33)}` },
      'secret',
    ],
    ['with a severity that there is not', { ...webhook, min_severity: 'info' }, 'min_severity'],
    ['with a type that there is not', { ...webhook, types: ['webhook_failures'] }, 'types'],
    ['that waits for too long', { ...webhook, group_seconds: 601 }, 'group_seconds'],
    ['that mails to nobody', { ...email, email_to: [] }, 'email_to'],
    [
      'that mails to too many',
      { ...email, email_to: Array.from({ length: 51 }, () => 'a@b.c') },
      'email_to',
    ],
    ['that mails to what is no address', { ...email, email_to: ['a@b.c, d@e.f'] }, 'email_to'],
    [
      'that mails from what adds a header',
      { ...email, email_from: 'a@b.c\r\nBcc: d@e.f' },
      'email_from',
    ],
    [
      'of PagerDuty that mails',
      { kind: 'pagerduty', secret: 'R0'.repeat(16), email_to: ['a@b.c'] },
      'email_to',
    ],
    ['with a mute window that is none', { ...webhook, mute_windows: ['night'] }, 'mute_windows'],
  ] as const)('%s is refused, and says so of %s', async (_reason, fields, field) => {
    expect(await verdict(createChannel(db, orgId, fields as never))).toBe(`PT400 ${field}`)
  })

  it.each(channelKindNames)('of kind %s is refused without repeating its secret', async (kind) => {
    // What the server says; the driver adds what it was given.
    const refusal = await createChannel(db, orgId, { kind, secret: 'very secret' }).catch(
      ({ message, detail, hint, where }: Record<string, string>) =>
        [message, detail, hint, where].join('\n'),
    )
    expect(refusal).toContain(`secret must be ${channelKinds[kind].secret.is}.`)
    expect(refusal).not.toContain('very secret')
  })

  it.each([
    ['pagerduty', 'R0'.repeat(16), 'https://events.pagerduty.com/v2/enqueue'],
    ['email', 're_01234567', 'https://api.resend.com/emails'],
  ] as const)('of kind %s knows where its service is', async (kind, secret, target) => {
    const mail = kind === 'email' ? { email_from: 'Ops <a@b.c>', email_to: ['d@e.f'] } : {}
    await createChannel(db, orgId, { kind, secret, ...mail })
    const rows = await db.sql`
      select target from everwatch.v_notification_channels where org_id = ${orgId}`
    expect(rows).toEqual([{ target }])
  })

  it('that is changed keeps what is not named', async () => {
    const { id } = await createChannel(db, orgId, { ...webhook, types: ['slow_query'] })
    await db.asService((sql) => sql`select everwatch.update_channel(${id}, name => 'Night')`)
    await db.asService((sql) => sql`select everwatch.update_channel(${id}, enabled => false)`)
    const [row] = await db.sql`select * from everwatch.v_notification_channels where id = ${id}`
    expect(row).toMatchObject({
      name: 'Night',
      enabled: false,
      types: ['slow_query'],
      target: 'https://example.com',
    })
  })

  it('that is changed is judged like a new one', async () => {
    const { id } = await createChannel(db, orgId, webhook)
    const attempt = db.asService((sql) => sql`select everwatch.update_channel(${id}, url => 'x')`)
    expect(await verdict(attempt)).toBe('PT400 url')
  })

  it('that is not there is told the secret key’s holder alone', async () => {
    const unknown = '00000000-0000-0000-0000-000000000000'
    const attempt = db.asService((sql) => sql`select everwatch.delete_channel(${unknown})`)
    expect(await verdict(attempt)).toBe('PT404 channel_id')
  })
})

describe('the secret of a channel', () => {
  it('of a webhook is made where none is given, and told this once', async () => {
    const { id, secret } = await createChannel(db, orgId, { url: 'https://example.com' })
    expect(secret).toMatch(/^whsec_/)
    expect(await secretsOf(id)).toEqual([secret])
  })

  it('that was given is not told again', async () => {
    const given = `whsec_${btoa('x'.repeat(24))}`
    const answer = await createChannel(db, orgId, { url: 'https://example.com', secret: given })
    expect(answer).toEqual({ id: answer.id })
    expect(await secretsOf(answer.id)).toEqual([given])
  })

  it('stands in the Vault alone', async () => {
    const { secret = '' } = await createChannel(db, orgId, { url: 'https://example.com' })
    const [{ dump }] = await db.sql<[{ dump: string }]>`
      select jsonb_agg(to_jsonb(c))::text as dump from everwatch_private.channels as c`
    expect(dump).not.toContain(secret.slice('whsec_'.length))
  })

  it('is replaced, and the old one signs on while receivers change over', async () => {
    const { id, secret } = await createChannel(db, orgId, { url: 'https://example.com' })
    const [row] = await db.asService(
      (sql) => sql<[{ result: { secret: string } }]>`
        select everwatch.rotate_channel_secret(${id}, overlap_hours => 1) as result`,
    )
    expect((await secretsOf(id)).toSorted()).toEqual([secret, row.result.secret].toSorted())
    const [channel] = await db.sql`
      select previous_secret_until - now() as left from everwatch.v_notification_channels where id = ${id}`
    expect(String(channel?.['left'])).toMatch(/^(00:59|01:00)/)
  })

  it('that is replaced twice leaves only the last two', async () => {
    const { id, secret } = await createChannel(db, orgId, { url: 'https://example.com' })
    for (const _ of [1, 2])
      await db.asService((sql) => sql`select everwatch.rotate_channel_secret(${id})`)
    const kept = await secretsOf(id)
    expect(kept).toHaveLength(2)
    expect(kept).not.toContain(secret)
  })

  it('of others is replaced at once: they have but one', async () => {
    const { id } = await createChannel(db, orgId, { kind: 'slack', secret: slackSecret })
    await db.asService(
      (sql) => sql`select everwatch.rotate_channel_secret(${id}, ${`${slackSecret}2`})`,
    )
    expect(await secretsOf(id)).toEqual([`${slackSecret}2`])
  })

  it.each([
    [
      'the channel is deleted',
      (id: string) => db.sql`delete from everwatch_private.channels where id = ${id}`,
    ],
    ['its org is', () => db.sql`delete from everwatch.orgs where id = ${orgId}`],
  ])('goes when %s', async (_reason, remove) => {
    const { id } = await createChannel(db, orgId, { url: 'https://example.com' })
    await db.asService((sql) => sql`select everwatch.rotate_channel_secret(${id})`)
    await remove(id)
    expect(await secretsOf(id)).toEqual([])
  })
})
