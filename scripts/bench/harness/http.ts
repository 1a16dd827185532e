import { Agent, request } from 'node:http'

/** Asks for a resource again and again over a fixed number of connections that stay open. */
export interface HttpReader {
  /** An answer's JSON. */
  get(url: string): Promise<unknown>
  /** An answer's text. */
  read(url: string): Promise<string>
  close(): void
}

/** @throws from `get` and `read`, when the answer is not 200 */
export function openReader(connections: number, headers: Record<string, string>): HttpReader {
  const agent = new Agent({ keepAlive: true, maxSockets: connections })
  return {
    get: async (url) => JSON.parse(await read(url, agent, headers)) as unknown,
    read: (url) => read(url, agent, headers),
    close: () => agent.destroy(),
  }
}

function read(url: string, agent: Agent, headers: Record<string, string>): Promise<string> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { agent, headers }, (response) => {
      let text = ''
      response.setEncoding('utf8')
      response.on('data', (chunk: string) => (text += chunk))
      response.on('error', reject)
      response.on('end', () => {
        if (response.statusCode === 200) return resolve(text)
        reject(new Error(`${url} answered ${response.statusCode}: ${text}`))
      })
    })
    sent.on('error', reject)
    sent.end()
  })
}
