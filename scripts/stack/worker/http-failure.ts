import { isIP, type Socket } from 'node:net'

/** libcurl's words for what Node says of a failed request. */
const curlMessages: [code: RegExp, message: string][] = [
  [/^(ENOTFOUND|EAI_AGAIN)$/, "Couldn't resolve host name"],
  [/^(ECONNREFUSED|EHOSTUNREACH|ENETUNREACH|ETIMEDOUT)$/, "Couldn't connect to server"],
  [/^socket hang up$/, 'Server returned nothing (no headers, no data)'],
  [/^aborted$/, 'Transferred a partial file'],
  [/^(ECONNRESET|EPIPE)$/, 'Failure when receiving data from the peer'],
  // A reply that does not begin as HTTP/1 does is taken for HTTP/0.9, which is not allowed.
  [/^HPE_INVALID_(CONSTANT|VERSION|STATUS)$/, 'Unsupported protocol'],
  [/^HPE_INVALID_CHUNK_SIZE$/, 'Failure when receiving data from the peer'],
  [/^HPE_/, 'Weird server reply'],
  [/CERT|^UNABLE_TO_/, 'SSL peer certificate or SSH remote key was not OK'],
  [/^(EPROTO|ERR_SSL_)/, 'SSL connect error'],
  [/^ERR_INVALID_URL$/, 'URL using bad/illegal format or missing URL'],
]

/** Why a request failed, as libcurl would have it; what it has no words for is told as it is. */
export function describeFailure(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  // Trying both IPv4 and IPv6 fails with one error for each.
  const cause = error instanceof AggregateError ? (error.errors[0] as Error) : error
  const code = (cause as NodeJS.ErrnoException).code ?? ''
  const known = curlMessages.find(([pattern]) => pattern.test(cause.message) || pattern.test(code))
  return known?.[1] ?? cause.message
}

export interface Stopwatch {
  /** Follows the steps of a connection to a host. */
  watch(socket: Socket, host: string): void
  /** pg_net's message for a request that took longer than `timeout` milliseconds. */
  describeTimeout(timeout: number): string
}

/** Measures the steps of a request from now: looking the name up, connecting, being answered. */
export function startStopwatch(): Stopwatch {
  const started = performance.now()
  const passed = (): number => performance.now() - started
  let lookedUp: number | undefined
  let connected: number | undefined
  return {
    watch: (socket, host) => {
      // An address is not looked up.
      if (isIP(host)) lookedUp ??= passed()
      socket.once('lookup', () => (lookedUp ??= passed()))
      socket.once('connect', () => (connected = passed()))
      socket.once('secureConnect', () => (connected = passed()))
    },
    describeTimeout: (timeout) => {
      const total = passed()
      const lookup = lookedUp ?? total
      const handshake = (connected ?? total) - lookup
      const exchange = total - (connected ?? total)
      const [a, b, c, d] = [total, lookup, handshake, exchange].map((time) => time.toFixed(6))
      return (
        `Timeout of ${timeout} ms reached. Total time: ${a} ms (DNS time: ${b} ms, ` +
        `TCP/SSL handshake time: ${c} ms, HTTP Request/Response time: ${d} ms)`
      )
    },
  }
}
