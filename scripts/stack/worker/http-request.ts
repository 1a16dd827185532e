import http, { type IncomingMessage } from 'node:http'
import https from 'node:https'
import { describeFailure, startStopwatch, type Stopwatch } from './http-failure.ts'

/** A row of `net.http_request_queue`. */
export interface HttpRequest {
  id: string
  method: string
  url: string
  /** Values are texts, or null for none. */
  headers: Record<string, string | null> | null
  body: Uint8Array | null
  timeout_milliseconds: number
}

/** What a row of `net._http_response` says. */
export interface HttpResponse {
  statusCode: number | null
  contentType: string | null
  headers: Record<string, string> | null
  content: string | null
  timedOut: boolean
  /** libcurl's words for what went wrong. */
  error: string | null
}

const maximumRedirects = 30

/**
 * Makes one request as libcurl does for pg_net: redirects are followed, the timeout is for all of
 * it, and a failure is a response that says why.
 *
 * @throws when `signal` is aborted
 */
export async function sendRequest(
  request: HttpRequest,
  signal: AbortSignal,
): Promise<HttpResponse> {
  const stopwatch = startStopwatch()
  const timeout = request.timeout_milliseconds
  // To libcurl, a timeout of 0 is none.
  const deadline = timeout > 0 ? AbortSignal.timeout(timeout) : new AbortController().signal
  try {
    return await follow(request, AbortSignal.any([signal, deadline]), stopwatch)
  } catch (error) {
    signal.throwIfAborted()
    return {
      statusCode: null,
      contentType: null,
      headers: null,
      content: null,
      timedOut: deadline.aborted,
      error: deadline.aborted ? stopwatch.describeTimeout(timeout) : describeFailure(error),
    }
  }
}

async function follow(
  request: HttpRequest,
  signal: AbortSignal,
  stopwatch: Stopwatch,
): Promise<HttpResponse> {
  let { method, body } = request
  let url = new URL(request.url)
  const requestHeaders = headersOf(request)
  // pg_net keeps the headers of the first response, even when it was a redirect.
  let headers: Record<string, string> | undefined
  for (let redirects = 0; redirects <= maximumRedirects; redirects += 1) {
    const response = await exchange(
      { url, method, headers: requestHeaders, body, signal },
      stopwatch,
    )
    headers ??= pairs(response.rawHeaders)
    const { statusCode = 0 } = response
    const { location } = response.headers
    if (location === undefined || statusCode < 300 || statusCode > 399) {
      return {
        statusCode,
        contentType: response.headers['content-type'] ?? null,
        headers,
        content: await readText(response),
        timedOut: false,
        error: null,
      }
    }
    response.resume()
    const next = new URL(location, url)
    if (next.origin !== url.origin)
      for (const name of ['authorization', 'cookie']) requestHeaders.delete(name)
    url = next
    if (statusCode >= 301 && statusCode <= 303) {
      body = null
      if (method.toUpperCase() === 'POST') method = 'GET'
    }
  }
  throw new Error('Number of redirects hit maximum amount')
}

interface Exchange {
  url: URL
  method: string
  headers: Map<string, string>
  body: Uint8Array | null
  signal: AbortSignal
}

function exchange(
  { url, method, headers, body, signal }: Exchange,
  stopwatch: Stopwatch,
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const client = { 'http:': http, 'https:': https }[url.protocol]
    if (!client) throw new Error('Unsupported protocol')
    const options = { method: method.toUpperCase(), headers: Object.fromEntries(headers), signal }
    const outgoing = client.request(url, { ...options, agent: false })
    if (body) outgoing.setHeader('content-length', body.byteLength)
    if ((body || options.method === 'POST') && !headers.has('content-type')) {
      outgoing.setHeader('content-type', 'application/x-www-form-urlencoded')
    }
    outgoing.on('socket', (socket) => stopwatch.watch(socket, url.hostname))
    outgoing.once('response', resolve)
    outgoing.once('error', reject)
    outgoing.end(body ?? undefined)
  })
}

/** By lower-case name; to libcurl, one without a value means to leave out its own. */
function headersOf({ headers }: HttpRequest): Map<string, string> {
  const result = new Map([['accept', '*/*']])
  for (const [name, value] of Object.entries(headers ?? {})) {
    if (value?.trim()) result.set(name.toLowerCase(), value)
    else if (value !== null) result.delete(name.toLowerCase())
  }
  if (!result.has('user-agent')) result.set('user-agent', 'pg_net/0.20.4')
  return result
}

function pairs(rawHeaders: string[]): Record<string, string> {
  const result: Record<string, string> = {}
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    result[rawHeaders[index] as string] = rawHeaders[index + 1] as string
  }
  return result
}

/** A text ends at its first NUL, and an empty one is none. */
async function readText(response: IncomingMessage): Promise<string | null> {
  const chunks: Buffer[] = []
  for await (const chunk of response) chunks.push(chunk as Buffer)
  const [text = ''] = Buffer.concat(chunks).toString('utf8').split('\0', 1)
  return text === '' ? null : text
}
