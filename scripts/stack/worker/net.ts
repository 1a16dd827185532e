import type { Sql } from 'postgres'
import { sendRequest, type HttpRequest } from './http-request.ts'
import type { Session } from './service.ts'

/**
 * Sends the requests of `net.http_request_queue` as pg_net does: batch by batch, each in one
 * transaction that takes the requests, waits for the slowest and stores the responses. What dies
 * with its transaction is sent again; a response of any kind is not.
 */
export async function sendRequests(
  { sql, latch, messages, signal }: Session,
  ready: () => void,
): Promise<void> {
  ready()
  // What was queued while nobody listened is sent first.
  latch.set()
  const isOver = (): boolean => signal.aborted || messages.has('restart')
  while (!isOver()) {
    await latch.wait()
    while (!isOver() && (await hasQueue(sql)) && (await sendBatch(sql, signal)) > 0) {
      // The real one rests so between batches, lest a full queue takes the whole machine. There a
      // request that comes meanwhile ends the rest only if it is the first since the queue was empty.
      await latch.wait(1000)
    }
  }
}

/** False where the extension is not made yet, and where the real one does all this itself. */
async function hasQueue(sql: Sql): Promise<boolean> {
  const [row] = await sql`select to_regprocedure('net._is_worker_up()') is not null as exists`
  return row?.['exists'] === true
}

/**
 * Returns how many rows it took out: requests, and responses past their time. When it fails the
 * session has to end, and the transaction with it: the client, told to roll back on a connection that
 * is being lost, would end the program.
 */
async function sendBatch(sql: Sql, signal: AbortSignal): Promise<number> {
  await sql`begin`
  const [settings] = await sql<[{ ttl: string; batch_size: number }]>`
    select
      coalesce(nullif(current_setting('pg_net.ttl', true), ''), '6 hours') as ttl,
      coalesce(nullif(current_setting('pg_net.batch_size', true), ''), '200')::integer as batch_size`
  const expired = await sql`
    delete from net._http_response where ctid in (
      select ctid from net._http_response where created < now() - ${settings.ttl}::interval
      order by created limit ${settings.batch_size}
    )`
  const requests = await sql<HttpRequest[]>`
    delete from net.http_request_queue where id in (
      select id from net.http_request_queue order by id limit ${settings.batch_size}
    )
    returning id, method, url, body, timeout_milliseconds,
      -- As with the real one, headers that are no object are an error, which ends the session:
      -- nothing is sent any more until somebody deletes such a request.
      (select jsonb_object_agg(key, value) from jsonb_each_text(headers)) as headers`
  await Promise.all(
    requests.map(async (request) => {
      const response = await sendRequest(request, signal)
      await sql`
        insert into net._http_response
          (id, status_code, content_type, headers, content, timed_out, error_msg)
        values (
          ${request.id}, ${response.statusCode}, ${response.contentType},
          ${response.headers && sql.json(response.headers)}, ${response.content},
          ${response.timedOut}, ${response.error}
        )`
    }),
  )
  await sql`commit`
  return expired.count + requests.count
}
