import postgres, { type Sql } from 'postgres'

/** A row of `cron.job`, as far as running it needs. */
export interface Job {
  jobid: string
  database: string
  username: string
  command: string
}

/** What the server says of a statement; `columns` is set when it returned rows. */
interface StatementResult {
  command?: string
  count: number | null
  length: number
  columns: unknown
}

/**
 * Runs a job once, as its role and in its database, and records the run in `cron.job_run_details`.
 * A command that fails is a failed run, not an error.
 *
 * @param sql a superuser's connection to the database of the jobs
 * @param signal ends the run; its reason is what the record says then
 * @throws when the run cannot be recorded
 */
export async function runJob(sql: Sql, job: Job, signal?: AbortSignal): Promise<void> {
  const [run] = await sql<[{ runid: string }]>`
    insert into cron.job_run_details (jobid, database, username, command, status)
    values (${job.jobid}, ${job.database}, ${job.username}, ${job.command}, 'starting')
    returning runid`
  const connection = connectFor(job, sql)
  const end = (): Promise<void> => connection.end({ timeout: 0 })
  signal?.addEventListener('abort', end)
  let failure = 'connection failed'
  try {
    const [backend] = await connection<[{ pid: number }]>`select pg_backend_pid() as pid`
    await sql`
      update cron.job_run_details
      set status = 'running', job_pid = ${backend.pid}, start_time = clock_timestamp()
      where runid = ${run.runid}`
    failure = ''
    const results: unknown = await connection.unsafe(job.command).simple()
    await sql`
      update cron.job_run_details
      set status = 'succeeded', return_message = ${describeResult(results)}, end_time = clock_timestamp()
      where runid = ${run.runid}`
  } catch (error) {
    const message = signal?.aborted ? String(signal.reason) : failure || describeError(error)
    await sql`
      update cron.job_run_details
      set status = 'failed', return_message = ${message},
        start_time = coalesce(start_time, clock_timestamp()), end_time = clock_timestamp()
      where runid = ${run.runid}`
  } finally {
    signal?.removeEventListener('abort', end)
    await end()
  }
}

function connectFor({ database, username }: Job, { options }: Sql): Sql {
  return postgres({
    host: options.host[0],
    port: options.port[0],
    database,
    username,
    max: 1,
    fetch_types: false,
    connect_timeout: 10,
    connection: { application_name: 'pg_cron' },
    onnotice: () => {},
  })
}

/** What libpq says of the last statement: how many rows it returned, or else its command tag. */
function describeResult(results: unknown): string {
  const last = (isStatement(results) ? results : (results as unknown[]).at(-1)) as StatementResult
  const { command, count, columns, length } = last
  if (columns || !command) return `${length} ${length === 1 ? 'row' : 'rows'}`
  if (count === null) return command
  return command === 'INSERT' ? `INSERT 0 ${count}` : `${command} ${count}`
}

function isStatement(results: unknown): boolean {
  return typeof results === 'object' && results !== null && 'command' in results
}

/** A server's error as libpq writes it. */
function describeError(error: unknown): string {
  if (!(error instanceof postgres.PostgresError)) return String(error)
  const { severity, message, detail, hint, where } = error
  const lines = [`${severity}:  ${message}`]
  if (detail) lines.push(`DETAIL:  ${detail}`)
  if (hint) lines.push(`HINT:  ${hint}`)
  if (where) lines.push(`CONTEXT:  ${where}`)
  return `${lines.join('\n')}\n`
}
