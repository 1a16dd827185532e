import { connect as connectPlain, type Socket } from 'node:net'
import { connect as connectSecure } from 'node:tls'
import { Buffer } from 'node:buffer'
import { readAnswer, type Answer } from './answer.ts'
import type { OutgoingRequest } from './message.ts'

/** Why a receiver did not answer, in words that give nothing away. */
export class NoAnswer extends Error {
  override name = 'NoAnswer'
}

/**
 * Posts to one of the given addresses: to no other, whatever the name of the host resolves to by now,
 * which `fetch` cannot promise. Redirects are not followed.
 *
 * @param addresses of the url's host, in the order in which they are tried
 * @param timeoutMs for all of it; what has come of the answer's body by then is enough
 * @throws {NoAnswer} when there is no answer
 */
export async function post(
  { url, headers, body }: OutgoingRequest,
  addresses: string[],
  timeoutMs: number,
): Promise<Answer> {
  const target = new URL(url)
  const payload = Buffer.from(body)
  const deadline = AbortSignal.timeout(timeoutMs)
  const socket = await connectToAny(target, addresses, deadline)
  try {
    const answer = readAnswer(socket, deadline)
    socket.write(
      Buffer.concat([Buffer.from(requestHead(target, headers, payload.length)), payload]),
    )
    return await answer
  } catch (error) {
    throw describe(error, deadline)
  } finally {
    socket.destroy()
  }
}

async function connectToAny(
  target: URL,
  addresses: string[],
  deadline: AbortSignal,
): Promise<Socket> {
  let failure: unknown = new NoAnswer('The name has no address.')
  for (const address of addresses) {
    try {
      return await connect(target, address, deadline)
    } catch (error) {
      failure = error
      if (deadline.aborted) break
    }
  }
  throw describe(failure, deadline)
}

function connect(
  { protocol, hostname, port }: URL,
  host: string,
  deadline: AbortSignal,
): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const isSecure = protocol === 'https:'
    const options = { host, port: Number(port) || (isSecure ? 443 : 80) }
    // A certificate is for the name; for a host that is an address, it is for that.
    const named = host === hostname ? {} : { servername: hostname }
    const socket = isSecure ? connectSecure({ ...options, ...named }) : connectPlain(options)
    const giveUp = (): void => {
      socket.destroy()
      reject(deadline.reason)
    }
    deadline.addEventListener('abort', giveUp, { once: true })
    socket.once('error', reject)
    socket.once(isSecure ? 'secureConnect' : 'connect', () => {
      deadline.removeEventListener('abort', giveUp)
      socket.off('error', reject)
      resolve(socket)
    })
  })
}

function requestHead(
  { host, pathname, search }: URL,
  headers: Record<string, string>,
  length: number,
): string {
  const all = {
    host,
    'user-agent': 'Everwatch',
    accept: '*/*',
    connection: 'close',
    'content-length': String(length),
    ...headers,
  }
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${oneLine(value)}\r\n`)
  return `POST ${pathname}${search} HTTP/1.1\r\n${lines.join('')}\r\n`
}

/** What holds a line break would begin another header, or the body. */
function oneLine(value: string): string {
  if (/[\r\n\0]/.test(value)) throw new NoAnswer('A header cannot hold a line break.')
  return value
}

const reasons: Record<string, string> = {
  ECONNREFUSED: 'The connection was refused.',
  ECONNRESET: 'The connection was reset.',
  EPIPE: 'The connection was reset.',
  EHOSTUNREACH: 'The host cannot be reached.',
  ENETUNREACH: 'The host cannot be reached.',
}

function describe(error: unknown, deadline: AbortSignal): NoAnswer {
  if (error instanceof NoAnswer) return error
  if (deadline.aborted) return new NoAnswer('There was no answer in time.')
  const code = codeOf(error)
  const message = error instanceof Error ? error.message : ''
  const isCertificate = /certificate|self.signed|altname|UnknownIssuer/i.test(`${code} ${message}`)
  if (isCertificate) return new NoAnswer('The certificate is not valid for this host.')
  return new NoAnswer(reasons[code] ?? 'The connection failed.')
}

/** The code that errors of connections and look-ups have, for example `ECONNRESET`; empty without. */
export function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : ''
}
