import { setTimeout as sleep } from 'node:timers/promises'
import { HttpError } from '../../supabase/functions/_shared/everwatch/http/errors.ts'
import type { Monitoring } from '../../supabase/functions/_shared/everwatch/metrics.ts'
import { withMonitoring } from '../../supabase/functions/_shared/everwatch/middleware.ts'
import { serveHttp, type HttpServer } from '../stack/http.ts'
import { answerBody, answerStatus, limitReport, limitWindowOf } from './events.ts'
import { duration } from './made-up.ts'
import { scenario, type DemoOrg } from './scenario.ts'
import { demoApiKey } from './tenants.ts'

/**
 * The API of the developer portal that is monitored: what a customer of Everwatch would have. Each
 * request goes through the middleware, is counted against the org's rate limit, and is answered well
 * or, now and then, badly.
 */
export function startPortal(
  orgIds: Record<string, string>,
  monitoring: Monitoring,
): Promise<HttpServer> {
  const limits = new RateLimits(monitoring)
  const handler = withMonitoring(
    async (request, context) => {
      const org = authenticate(request)
      const orgId = orgIds[org.name] ?? ''
      context.orgId = orgId
      context.apiKeyId = org.apiKeyId
      const [, , resource = 'things'] = context.path.split('/')
      context.resourceType = resource
      const isAllowed = limits.take(org, orgId)
      if (!isAllowed) throw new HttpError(429, 'rate_limited', 'Too many requests.')

      await sleep(duration(45, Math.random))
      const status = answerStatus(Math.random)
      if (status === 500) throw new Error('The demo’s database lost its connection')
      if (status >= 400) throw new HttpError(status, 'refused', 'This was not right.')
      const body = answerBody(resource, Math.random)
      const headers = {
        'content-type': 'application/json',
        'content-length': `${Buffer.byteLength(body)}`,
      }
      return new Response(body, { status, headers })
    },
    { monitoring },
  )
  return serveHttp((request) => handler(request))
}

function authenticate(request: Request): DemoOrg {
  const key = request.headers.get('authorization')?.replace('Bearer ', '')
  const org = scenario.find((candidate) => demoApiKey(candidate) === key)
  if (!org) throw new HttpError(401, 'unauthenticated', 'Send an API key.')
  return org
}

/** Fixed windows of the clock, counted in memory and reported with each request. */
class RateLimits {
  #window = 0
  readonly #counts = new Map<string, number>()
  readonly #monitoring: Monitoring

  constructor(monitoring: Monitoring) {
    this.#monitoring = monitoring
  }

  /** Counts a request. @returns whether the org may make it */
  take(org: DemoOrg, orgId: string): boolean {
    const now = new Date()
    const window = limitWindowOf(now).getTime()
    if (window !== this.#window) this.#counts.clear()
    this.#window = window
    const count = (this.#counts.get(orgId) ?? 0) + 1
    this.#counts.set(orgId, count)
    void this.#monitoring.track([limitReport(org, orgId, now, count)])
    return count <= org.requestLimit
  }
}
