import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import postgres, { type Sql } from 'postgres'

/** How much a database holds before a benchmark begins: rows, spread over the days up to now. */
export interface History {
  orgs: number
  webhooks: number
  rules: number
  days: number
  deliveries: number
  executions: number
  requests: number
}

/** The portal that most benchmarks look at: 1,000 webhooks in 50 orgs, over 90 days. */
export function portalHistory(deliveries: number): History {
  return {
    orgs: 50,
    webhooks: Math.min(1000, deliveries),
    rules: 200,
    days: 90,
    deliveries,
    executions: Math.round(deliveries / 10),
    requests: Math.round(deliveries / 10),
  }
}

/** A portal whose API alone is used: by 100 orgs, over 30 days. */
export function requestHistory(requests: number): History {
  return { orgs: 100, webhooks: 0, rules: 0, days: 30, deliveries: 0, executions: 0, requests }
}

/** A database's name for a history: the same for the same rows made by the same SQL. */
export async function nameOf(history: History): Promise<string> {
  const hash = createHash('sha256')
    .update(JSON.stringify(history))
    .update(await readGenerator())
  return `history_${hash.digest('hex').slice(0, 16)}`
}

/** Few enough rows that the progress moves, and enough that a statement's own cost is nothing. */
const chunk = 50_000

/**
 * Fills a migrated database. The superuser's session runs no triggers, and so checks no foreign key
 * and counts nothing while rows come in; what the triggers would have kept is made afterwards.
 */
export async function makeHistory(
  superuserUrl: string,
  history: History,
  progress: (done: number, total: number) => void,
): Promise<void> {
  const sql = postgres(superuserUrl, { max: 1, onnotice: () => {} })
  try {
    await sql`set role postgres`
    await sql.unsafe(await readGenerator())
    await sql`reset role`
    await sql`select setseed(0.5)`
    await sql`select bench.add_portal(${history.orgs}, ${history.webhooks}, ${history.rules})`
    await sql`select everwatch_private.make_partitions(now() - make_interval(days => ${history.days}))`
    await sql`set session_replication_role = replica`
    await sql`select bench.drop_indexes()`
    await addRows(sql, history, progress)
    await sql`select bench.create_indexes()`
    await sql`select bench.count_history()`
    await sql`reset session_replication_role`
    await sql`vacuum (analyze)`
    await rollUp(sql)
    await sql`vacuum (analyze)`
    await sql`select everwatch.refresh_monitoring_views()`
  } finally {
    await sql.end()
  }
}

async function addRows(
  sql: Sql,
  { days, deliveries, executions, requests }: History,
  progress: (done: number, total: number) => void,
): Promise<void> {
  const [{ until }] = await sql<[{ until: Date }]>`select now() as until`
  const total = deliveries + executions + requests
  let done = 0
  for (const [kind, rows] of Object.entries({ deliveries, executions, requests })) {
    for (let first = 1; first <= rows; first += chunk) {
      const last = Math.min(first + chunk - 1, rows)
      await sql`select ${sql(`bench.add_${kind}`)}(${first}, ${last}, ${rows}, ${days}, ${until})`
      progress((done += last - first + 1), total)
    }
  }
}

/** As whoever loads history does afterwards: see docs/operations.md. */
async function rollUp(sql: Sql): Promise<void> {
  await sql`select everwatch_private.start_backfill()`
  let left: number
  do {
    const progress = await sql`select finished_at from everwatch_private.backfill(30)`
    left = progress.filter(({ finished_at }) => finished_at === null).length
    // As autovacuum does between two calls, which is off here.
    await sql`vacuum everwatch_private.totals, everwatch_private.changes`
  } while (left > 0)
}

/** The functions that make rows: all of the folder `history`, in the order of the files' names. */
async function readGenerator(): Promise<string> {
  const folder = join(import.meta.dirname, '../history')
  const names = (await readdir(folder)).toSorted()
  const texts = await Promise.all(names.map((name) => readFile(join(folder, name), 'utf8')))
  return texts.join('\n')
}
