import { queryOptions } from '@tanstack/react-query'
import type * as z from 'zod/mini'
import { answers, type MetricsType } from '../../../supabase/functions/_shared/metrics-answer.ts'
import type { Project } from '../session/project.ts'
import { askFunction } from './api.ts'

type Answer<T extends MetricsType> = z.infer<(typeof answers)[T]>

export type WebhookMetrics = Answer<'webhook'>['webhooks']['webhooks'][number]
export type Health = NonNullable<WebhookMetrics['health_status']>
export type RuleMetrics = Answer<'rule'>['rules']['rules'][number]
export type RateLimitWindow = Answer<'rate_limit'>['rate_limits']['windows'][number]

/** Pages are asked for until the list ends; no org has as many as this would not hold. */
const mostPages = 40

async function readAll<Page>(
  project: Project,
  type: MetricsType,
  schema: z.core.$ZodType<Page>,
  orgId: string,
  signal: AbortSignal,
  nextOf: (page: Page) => string | null,
): Promise<Page[]> {
  const pages: Page[] = []
  let after: string | undefined
  do {
    const query = { type, org_id: orgId, limit: '500', after }
    const page = await askFunction(project, 'monitoring/metrics', schema, { query, signal })
    pages.push(page)
    after = nextOf(page) ?? undefined
  } while (after !== undefined && pages.length < mostPages)
  return pages
}

/** All webhooks of an org with their numbers as of the last refresh, and their health of now. */
export function webhooksQuery(project: Project, orgId: string) {
  return queryOptions({
    queryKey: [orgId, 'webhooks'],
    queryFn: async ({ signal }) => {
      const pages = await readAll(
        project,
        'webhook',
        answers.webhook,
        orgId,
        signal,
        ({ webhooks }) => webhooks.next,
      )
      return {
        rows: pages.flatMap((page) => page.webhooks.webhooks),
        summary: pages[0]?.webhooks.summary,
        refreshedAt: pages[0]?.refreshed_at ?? null,
      }
    },
  })
}

/** All automation rules of an org with their numbers as of the last refresh. */
export function rulesQuery(project: Project, orgId: string) {
  return queryOptions({
    queryKey: [orgId, 'rules'],
    queryFn: async ({ signal }) => {
      const pages = await readAll(
        project,
        'rule',
        answers.rule,
        orgId,
        signal,
        ({ rules }) => rules.next,
      )
      return {
        rows: pages.flatMap((page) => page.rules.rules),
        summary: pages[0]?.rules.summary,
        refreshedAt: pages[0]?.refreshed_at ?? null,
      }
    },
  })
}

/** The open windows of an org's rate limits, now. */
export function rateLimitsQuery(project: Project, orgId: string) {
  return queryOptions({
    queryKey: [orgId, 'rate-limits'],
    queryFn: async ({ signal }) => {
      const pages = await readAll(
        project,
        'rate_limit',
        answers.rate_limit,
        orgId,
        signal,
        (page) => page.rate_limits.next,
      )
      return { rows: pages.flatMap((page) => page.rate_limits.windows) }
    },
  })
}
