import type { Sql } from 'postgres'
import { mean } from '../harness/rounds.ts'
import { poisson, seededRandom, type Random } from '../../random.ts'
import { between, geometric } from './chance.ts'
import { compare, type Outcome, type Predicted } from './outcome.ts'

const hour = 3600
const target = 0.99
const month = 30 * 24
const longest = 20 * 24

interface Hour {
  total: number
  failed: number
}

/** Orgs that were well for a month, and whose deliveries fail since 6 hours: one by one, or by bursts. */
export async function predictBudgets(sql: Sql, count: number, burst: number): Promise<Outcome[]> {
  const random = seededRandom(3)
  const truths = new Map<string, number>()
  const hours: object[] = []
  await sql`truncate everwatch.orgs cascade`
  const orgs = await sql<{ org: string; webhook: string }[]>`
    with org as (
      insert into everwatch.orgs (name) select 'Org ' || n from generate_series(1, ${count}::integer) as n returning id
    ),
    objective as (
      insert into everwatch_private.objectives (org_id, metric, target) select id, 'deliveries', ${target} from org
    )
    insert into everwatch.webhooks (org_id, url) select id, 'https://example.com/' from org
    returning org_id as org, id as webhook`
  const [{ at }] = await sql<[{ at: Date }]>`select date_trunc('hour', now()) as at`
  for (const { org, webhook } of orgs) {
    const course = fail(random, burst)
    truths.set(org, hour * usedUp(course))
    // Days are rolled up as one where they are far away.
    for (let n = 0; n < month; n += n < month - 48 ? 24 : 1) {
      const span = course.slice(n, n < month - 48 ? n + 24 : n + 1)
      hours.push({
        resource_id: webhook,
        starts_at: new Date(at.getTime() + 1000 * hour * (n - month)),
        failed: sum(span, 'failed'),
        succeeded: sum(span, 'total') - sum(span, 'failed'),
      })
    }
  }
  await sql`
    insert into everwatch_private.rollups (source, resource_id, starts_at, succeeded, failed)
    select 'delivery', resource_id, starts_at, succeeded, failed
    from jsonb_populate_recordset(null::everwatch_private.rollups, ${JSON.stringify(hours)}::text::jsonb)`
  await sql`analyze everwatch_private.rollups`
  const predicted = await sql<Predicted[]>`
    select org_id as key, extract(epoch from earliest - ${at})::float8 as earliest,
      extract(epoch from latest - ${at})::float8 as latest
    from everwatch_private.error_budgets(${at})`
  return compare(predicted, truths)
}

function fail(random: Random, burst: number): Hour[] {
  const perHour = between(300, 3000, random)
  const [well, ill] = [between(0.1, 0.5, random), between(5, 40, random)]
  return Array.from({ length: month + longest }, (_, n) => {
    const expected = perHour * (1 - target) * (n < month - 6 ? well : ill)
    let failed = 0
    for (let bursts = poisson(expected / burst, random); bursts > 0; bursts -= 1) {
      failed += geometric(burst, random)
    }
    return { total: Math.max(poisson(perHour, random), failed), failed }
  })
}

/** In how many hours the budget of the last 30 days is used up; within an hour it goes evenly. */
function usedUp(course: Hour[]): number {
  const leftAfter = (n: number): number => {
    const span = course.slice(n, n + month)
    return (1 - target) * sum(span, 'total') - sum(span, 'failed')
  }
  for (let n = 1, before = leftAfter(0); n < longest; n += 1) {
    const after = leftAfter(n)
    if (after <= 0) return before <= 0 ? 0 : n - 1 + before / (before - after)
    before = after
  }
  return Infinity
}

function sum(hours: Hour[], what: keyof Hour): number {
  return hours.length === 0 ? 0 : hours.length * mean(hours.map((each) => each[what]))
}
