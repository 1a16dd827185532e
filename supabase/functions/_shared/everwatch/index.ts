// The npm package `everwatch`: all of the library. Its parts are `everwatch/logger`,
// `everwatch/metrics` and `everwatch/middleware`.
export * from './logger.ts'
export * from './metrics.ts'
export * from './middleware.ts'
export { sentrySink, type SentryClient } from './log/sentry.ts'
