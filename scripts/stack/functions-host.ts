/// <reference lib="deno.ns" />
// Serves every edge function of a folder from one Deno process, as the hosted platform does from
// many: `/<name>/…` goes to the default export of `<folder>/<name>/index.ts`.
// Usage: functions-host.ts <folder> <port>. The first line that it prints is { "port": … }.
import { pathToFileURL } from 'node:url'

const [folder = '', port = '0'] = Deno.args

interface EdgeFunction {
  fetch(request: Request): Response | Promise<Response>
}

const functions = new Map<string, EdgeFunction>()
for (const entry of Deno.readDirSync(folder)) {
  if (entry.isDirectory && !entry.name.startsWith('_')) {
    functions.set(entry.name, await load(entry.name))
  }
}

/** A function that does not load answers so; the others are none the worse for it. */
async function load(name: string): Promise<EdgeFunction> {
  try {
    const module = await import(pathToFileURL(`${folder}/${name}/index.ts`).href)
    if (typeof module.default?.fetch === 'function') return module.default
    throw new TypeError('index.ts has no default export with a fetch function')
  } catch (error) {
    console.error(`Edge function ${name} did not load:`, error)
    return { fetch: () => refuse(503, 'boot_error', `Function ${name} did not load.`) }
  }
}

function refuse(status: number, code: string, message: string): Response {
  const requestId = `req_${crypto.randomUUID()}`
  return Response.json(
    { error: { code, message, request_id: requestId } },
    { status, headers: { 'x-request-id': requestId } },
  )
}

// What one function forgot to catch would end the process, and with it the others.
globalThis.addEventListener('unhandledrejection', (event) => {
  event.preventDefault()
  console.error('Unhandled rejection in an edge function:', event.reason)
})
globalThis.addEventListener('error', (event) => {
  event.preventDefault()
  console.error('Uncaught error in an edge function:', event.error)
})

const server = Deno.serve(
  {
    hostname: '127.0.0.1',
    port: Number(port),
    onListen: (address) => console.log(JSON.stringify({ port: address.port })),
    onError: (error) => {
      console.error('An edge function failed:', error)
      return refuse(500, 'internal_error', 'The function failed.')
    },
  },
  (request) => {
    const [, name = ''] = new URL(request.url).pathname.split('/')
    const found = functions.get(name)
    return found?.fetch(request) ?? refuse(404, 'not_found', `There is no function ${name}.`)
  },
)

// Whoever started this holds the other end of its input: when that one is gone, so is this.
for await (const _ of Deno.stdin.readable);
await server.shutdown()
Deno.exit()
