import postgres, { type Sql } from 'postgres'
import { seededRandom, type Random } from '../random.ts'
import { shareAtLeast, shareAtMost, type Benchmark, type Figure } from './harness/benchmark.ts'
import type { Lab } from './harness/lab.ts'
import { fillTraffic, looks, type DeployedOrg } from './regressions/store-traffic.ts'

/** A day and a bit to choose a moment from, after the week that each is compared with. */
const days = 12
const deploysAnOrg = 12
const rowsAnOrg = 1_000_000
const rowsAfter = 500

const benchmark: Benchmark = {
  summary:
    'deploys that slow one route by 20% or nothing, beside "p95 is 10% above the hour before"',
  rows: { of: 'requests, deliveries and executions in 12 days', usually: 8 * rowsAnOrg },
  run: async (lab) => {
    const orgs = Math.max(1, Math.round(lab.rows / rowsAnOrg))
    const found: Record<Kind, Outcome[]> = { harmless: [], slower: [], 'slower tail': [] }
    const empty = { webhooks: 0, rules: 0, days: 14, deliveries: 0, executions: 0, requests: 0 }
    await lab.withHistory({ orgs: 1, ...empty }, async (db) => {
      const sql = postgres(db.url, { max: 1, onnotice: () => {} })
      try {
        for (let n = 1; n <= orgs; n++) {
          lab.note(`Org ${n} of ${orgs}`)
          await judgeOrg(lab, sql, await fillTraffic(sql, n, days), seededRandom(n), found)
        }
      } finally {
        await sql.end()
      }
    })
    return figures(found)
  },
}

export default benchmark

const kinds = ['harmless', 'slower', 'slower tail'] as const
type Kind = (typeof kinds)[number]

/** Whether a deploy, or its route, was called worse, by either side. */
interface Outcome {
  ours: boolean
  peer: boolean
}

function figures(found: Record<Kind, Outcome[]>): Figure[] {
  const share = (kind: Kind, side: keyof Outcome): number =>
    found[kind].filter((outcome) => outcome[side]).length / found[kind].length
  const measured = (kind: Kind, what: string): Parameters<typeof shareAtMost>[1] => ({
    label: `${what}, of ${found[kind].length}`,
    unit: 'called worse',
    value: share(kind, 'ours'),
    peer: share(kind, 'peer'),
  })
  return [
    shareAtLeast(0.9, measured('slower', `all of a route 20% slower, ${rowsAfter} requests after`)),
    shareAtLeast(0.9, measured('slower tail', `its slowest fifth 20% slower, ${rowsAfter} after`)),
    shareAtMost(0.05, measured('harmless', 'harmless deploys')),
  ]
}

/** Half of the deploys are at any moment, half as the working day begins. */
async function judgeOrg(
  lab: Lab,
  sql: Sql,
  org: DeployedOrg,
  random: Random,
  found: Record<Kind, Outcome[]>,
): Promise<void> {
  for (let n = 0; n < deploysAnOrg; n++) {
    const day = org.until - Math.floor(1 + 4 * random()) * 86_400_000
    const hour = n % 2 === 0 ? 8.5 + random() : 24 * random()
    const at = new Date(Math.floor(day / 86_400_000) * 86_400_000 + hour * 3_600_000)
    for (const kind of kinds) found[kind].push(await tryDeploy(sql, org, at, kind))
  }
  const worse = kinds.map((kind) => found[kind].filter(({ ours }) => ours).length)
  lab.note(`${found.harmless.length} deploys, ${worse.join(', ')} called worse`)
}

/** A deploy, and what is said of it; nothing of it stays. */
async function tryDeploy(sql: Sql, org: DeployedOrg, at: Date, kind: Kind): Promise<Outcome> {
  await sql`begin`
  try {
    const enough = kind === 'harmless' ? looks : [await slow(sql, org, at, kind)]
    await sql`
      insert into everwatch.deploys (org_id, service, version, deployed_at, next_look_at)
      values (${org.id}, 'api', ${kind}, ${at}, ${at})`
    let ours = false
    for (const minutes of enough) {
      const then = new Date(at.getTime() + minutes * 60_000 + 30_000)
      await sql`select everwatch_private.judge_deploys(${then})`
      const worse = await sql`
        select from everwatch_private.deploy_comparisons
        where org_id = ${org.id} and verdict = 'worse'
          and (${kind === 'harmless'} or resource_id = ${org.route})`
      ours ||= worse.length > 0
    }
    const peer = await isTenthAbove(sql, org, at, enough.at(-1)!, kind)
    return { ours, peer }
  } finally {
    await sql`rollback`
  }
}

/** Slows the first route, and leaves it as many requests up to the first look that has enough. */
async function slow(sql: Sql, org: DeployedOrg, at: Date, kind: Kind): Promise<number> {
  for (const minutes of looks) {
    const rows = await sql`
      with after as (
        select id, row_number() over (order by md5(id::text)) as place,
          duration_ms, percent_rank() over (order by duration_ms) as rank
        from everwatch.api_audit_logs
        where org_id = ${org.id} and method || ' ' || path = ${org.route}
          and created_at >= ${at}
          and created_at < ${at}::timestamptz + make_interval(mins => ${minutes})
      ),
      enough as (select from after having count(*) >= ${rowsAfter}),
      thinned as (
        delete from everwatch.api_audit_logs as l using after, enough
        where l.id = after.id and l.org_id = ${org.id} and place > ${rowsAfter}
      )
      update everwatch.api_audit_logs as l set duration_ms = round(l.duration_ms * 1.2)
      from after, enough
      where l.id = after.id and l.org_id = ${org.id} and place <= ${rowsAfter}
        and (${kind === 'slower'} or rank >= 0.8)
      returning l.id`
    if (rows.length > 0) return minutes
  }
  throw new Error(`fewer than ${rowsAfter} requests in an hour`)
}

/** What one does without a test: is any 95th percentile a tenth above that of the hour before? */
async function isTenthAbove(
  sql: Sql,
  org: DeployedOrg,
  at: Date,
  minutes: number,
  kind: Kind,
): Promise<boolean> {
  const rows = await sql`
    select resource_id
    from everwatch_private.timed_rows as r
    cross join lateral (select r.happened_at >= ${at} as is_after) as side
    where org_id = ${org.id}
      and happened_at >= ${at}::timestamptz - interval '1 hour'
      and happened_at < ${at}::timestamptz + make_interval(mins => ${minutes})
      and duration_ms is not null and (${kind === 'harmless'} or resource_id = ${org.route})
    group by resource_id
    having count(*) filter (where is_after) >= 100 and count(*) filter (where not is_after) >= 100
      and percentile_cont(0.95) within group (order by duration_ms) filter (where is_after)
        > 1.1 * percentile_cont(0.95) within group (order by duration_ms) filter (where not is_after)`
  return rows.length > 0
}
