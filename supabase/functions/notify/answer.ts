import type { Socket } from 'node:net'
import { Buffer } from 'node:buffer'
import { HTTPParser } from 'http-parser-js'

/** What a receiver said. */
export interface Answer {
  status: number
  /** By name in lower case; of a name that comes twice, the last value. */
  headers: Record<string, string>
  /** How the body began. */
  text: string
}

/** As much of a body as anyone wants to see. */
const enoughBytes = 2048

/**
 * Reads the answer to one HTTP/1.1 request. Its status is what counts: a body that is long, slow or
 * broken off is kept as far as it came.
 *
 * @throws when the connection ends, or `deadline` is aborted, before the status has come
 */
export function readAnswer(socket: Socket, deadline: AbortSignal): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const parser = new HTTPParser(HTTPParser.RESPONSE)
    const body: Buffer[] = []
    let length = 0
    let head: Omit<Answer, 'text'> | undefined

    const end = (error: Error): void => {
      if (head)
        resolve({ ...head, text: Buffer.concat(body).toString('utf8').slice(0, enoughBytes) })
      else reject(error)
    }
    parser[HTTPParser.kOnHeadersComplete] = ({ statusCode, headers }) => {
      // Before the answer there may be others of 1xx, which say that it will come.
      if (statusCode >= 200) head = { status: statusCode, headers: pairs(headers) }
    }
    parser[HTTPParser.kOnBody] = (chunk, offset, size) => {
      body.push(chunk.subarray(offset, offset + size))
      length += size
      if (length >= enoughBytes) end(new Error('too long'))
    }
    parser[HTTPParser.kOnMessageComplete] = () => {
      if (head) end(new Error('no status'))
    }
    socket.on('data', (chunk) => {
      const result = parser.execute(Buffer.from(chunk))
      if (result instanceof Error) end(result)
    })
    socket.once('error', end)
    socket.once('close', () => end(Object.assign(new Error('closed'), { code: 'ECONNRESET' })))
    deadline.addEventListener('abort', () => end(deadline.reason), { once: true })
  })
}

function pairs(headers: string[]): Record<string, string> {
  const result: Record<string, string> = {}
  for (let index = 0; index + 1 < headers.length; index += 2) {
    result[headers[index]?.toLowerCase() ?? ''] = headers[index + 1] ?? ''
  }
  return result
}
