/// <reference lib="deno.ns" />
// Serves every edge function of the project from one Deno process, as the hosted platform does from
// many: `/<name>/…` goes to the default export of `supabase/functions/<name>/index.ts`.
const folder = new URL('../../supabase/functions/', import.meta.url)

interface EdgeFunction {
  fetch(request: Request): Response | Promise<Response>
}

const functions = new Map<string, EdgeFunction>()
for (const entry of Deno.readDirSync(folder)) {
  if (!entry.isDirectory || entry.name.startsWith('_')) continue
  const module = await import(new URL(`${entry.name}/index.ts`, folder).href)
  functions.set(entry.name, module.default)
}

const server = Deno.serve({ hostname: '127.0.0.1', port: 0, onListen: announce }, (request) => {
  const [, name = ''] = new URL(request.url).pathname.split('/')
  const found = functions.get(name)
  return found?.fetch(request) ?? Response.json({ message: 'Function not found' }, { status: 404 })
})

function announce({ port }: { port: number }): void {
  console.log(JSON.stringify({ port }))
}

// Whoever started this holds the other end of its input: when that one is gone, so is this.
for await (const _ of Deno.stdin.readable);
await server.shutdown()
Deno.exit()
