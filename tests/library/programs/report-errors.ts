// An app that hands its errors to Sentry; `sentry.test.ts` runs it on Node and on Deno.
import {
  configureLogger,
  consoleSink,
  logger,
  sentrySink,
  withMonitoring,
  type SentryClient,
} from '../../../supabase/functions/_shared/everwatch/index.ts'

interface Sentry extends SentryClient {
  init(options: { dsn: string | undefined; environment: string }): unknown
}

const isDeno = 'Deno' in globalThis
const name = isDeno ? '@sentry/deno' : '@sentry/node'
const sentry = (await import(name)) as Sentry
sentry.init({ dsn: process.env['SENTRY_DSN'], environment: 'test' })
configureLogger({ sinks: [consoleSink, sentrySink(sentry)] })

const handler = withMonitoring(() => {
  throw new RangeError('too far', { cause: new Error('the reason') })
})
const headers = { 'x-request-id': 'abc' }
await handler(new Request('http://localhost/v1/contacts/42?key=1', { headers }))
logger.fatal('Out of memory', undefined, { apikey: process.env['APP_SECRET'], used: 1 })
logger.warn('Not an error')
logger.error('Nothing was thrown')
await sentry.flush(5000)
