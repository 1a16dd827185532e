import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { captureLogger } from '../../support/log-lines.ts'

// Made up, in the shapes of real ones; joined so that no scanner of secrets takes them for such.
const jwt = ['eyJhbGciOiJIUzI1NiJ9', 'eyJyb2xlIjoic2VydmljZV9yb2xlIn0', 'c2lnbmF0dXJl'].join('.')
const secretKey = ['sb', 'secret', 'N7UND0UgjKTVK_Uodkm0Hg'].join('_')
const webhookSecret = ['whsec', 'MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw+/=='].join('_')
const accessToken = ['sbp', '0123456789abcdef0123456789abcdef01234567'].join('_')

describe('a secret', () => {
  it.each([
    'authorization',
    'Authorization',
    'proxy-authorization',
    'apikey',
    'apiKey',
    'x-api-key',
    'api_key',
    'cookie',
    'set-cookie',
    'cookies',
    'password',
    'userPassword',
    'passwd',
    'passphrase',
    'secret',
    'client_secret',
    'webhookSecret',
    'token',
    'access_token',
    'refreshToken',
    'credentials',
    'jwt',
    'privateKey',
    'SUPABASE_SERVICE_ROLE_KEY',
    'serviceRoleKey',
    'signing_key',
  ])('is left out because of its name: %s', (name) => {
    const { logger, raw, lines } = captureLogger()
    for (const value of ['hunter2', { of: 'hunter2' }, ['hunter2']]) {
      logger.info('Signing in', { [name]: value, deep: [{ [name]: value }] })
      logger
        .child({ [name]: value })
        .error('Refused', Object.assign(new Error('no'), { [name]: value }))
    }
    expect(raw.join('\n')).not.toContain('hunter2')
    expect(lines()[0]?.['context']).toEqual({
      [name]: '[redacted]',
      deep: [{ [name]: '[redacted]' }],
    })
  })

  it.each([
    ['a JSON Web Token', jwt],
    ['one that was cut off', jwt.slice(0, 40)],
    ['a secret key', secretKey],
    ['a webhook’s signing secret', webhookSecret],
    ['an access token of the platform', accessToken],
  ])('is left out wherever it appears: %s', (_what, secret) => {
    const { logger, raw, lines } = captureLogger()
    const error = new Error(`refused: ${secret}`, { cause: { hint: secret } })
    logger.error(`Got ${secret}!`, error, { [secret]: 1, value: secret, list: [`a ${secret} b`] })
    logger.child({ value: secret }).info('Child')
    logger.error('Thrown', secret)
    expect(raw.join('\n')).not.toContain(secret)
    expect(lines()[0]).toMatchObject({
      message: 'Got [redacted]!',
      context: { '[redacted]': 1, value: '[redacted]', list: ['a [redacted] b'] },
    })
  })

  it.each([
    ['Authorization: Bearer 0123456789abcdef', 'Authorization: Bearer [redacted]'],
    ['basic dXNlcjpwYXNzd29yZA==', 'basic [redacted]'],
    ['postgres://postgres:hunter2@db.example.com:5432/postgres', 'postgres://postgres:[redacted]@db.example.com:5432/postgres'], // prettier-ignore
    ['redis://:hunter2@cache', 'redis://:[redacted]@cache'],
  ])('is left out while the text around it stays: %s', (message, said) => {
    const { logger, line } = captureLogger()
    logger.info(message)
    expect(line()['message']).toBe(said)
  })

  it('is left out even when a cut goes through it', () => {
    for (let before = 7900; before < 8010; before += 1) {
      const { logger, raw } = captureLogger()
      logger.info('Cut', { value: `${' '.repeat(before)}${secretKey}` })
      expect(raw[0]).not.toContain(secretKey.slice(0, 16))
    }
  })

  it('is left out whatever is around it', () => {
    const around = fc.string({ unit: 'binary', maxLength: 150 })
    fc.assert(
      fc.property(
        around,
        around,
        fc.constantFrom(jwt, secretKey, webhookSecret),
        (a, b, secret) => {
          const { logger, raw } = captureLogger()
          logger.info(`${a}${secret}${b}`, { value: [{ value: `${a}${secret}${b}` }] })
          expect(raw[0]).not.toContain(secret.slice(0, 20))
        },
      ),
    )
  })
})

describe('a value that is not a secret', () => {
  it.each([
    ['names that only resemble', { tokens: 12, secretary: 'Ann', tokenCount: 3, keyboard: 'de', passwordless: true, api_key_id: 'k1' }], // prettier-ignore
    ['texts that only resemble', { a: 'Bearer of bad news', b: 'Basic validation failed', c: 'https://example.com:8080/a@b', d: 'sb_publishable_ACJWlzQHlZjBrEguHvfOxg', e: 'I say eyJ', f: 'user@example.com' }], // prettier-ignore
  ])('is written: %s', (_what, context) => {
    const { logger, line } = captureLogger()
    logger.info('Fine', context)
    expect(line()['context']).toEqual(context)
  })
})
