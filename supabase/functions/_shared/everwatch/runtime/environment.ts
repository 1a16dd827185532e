/** A stream that a terminal, a file or a pipe is at the end of. */
interface Output {
  isTTY?: boolean
  write(text: string): unknown
  on(event: 'error', listener: () => void): unknown
}

/** A stream of Deno's, which takes as many bytes as it can at once, and says how many. */
interface ByteOutput {
  writeSync(bytes: Uint8Array): number
}

/** What this code needs from its runtime; no other file knows that there are several. */
const runtime = globalThis as {
  process?: { env?: Record<string, string | undefined>; stdout?: Output; stderr?: Output }
  Deno?: {
    env?: { get(name: string): string | undefined }
    unrefTimer?(id: unknown): void
    stdout?: ByteOutput
    stderr?: ByteOutput
  }
  EdgeRuntime?: { waitUntil(work: Promise<unknown>): void }
}

/**
 * Reads an environment variable: Node, Bun and Next.js have `process`, an edge function has `Deno`,
 * a browser has neither.
 *
 * @returns undefined when it is not set, empty, or may not be read
 */
export function readEnvironment(name: string): string | undefined {
  try {
    return (runtime.Deno?.env?.get(name) ?? runtime.process?.env?.[name]) || undefined
  } catch {
    // Deno asks for permission, and a denial is an exception: the same as not set.
    return undefined
  }
}

/** What a platform knows of the request that it is serving: Vercel, and Next.js elsewhere. */
interface PlatformRequest {
  get?(): { waitUntil?(work: Promise<unknown>): void } | undefined
}

const platformRequests = ['@vercel/request-context', '@next/request-context'].map(Symbol.for)

/**
 * Keeps a function alive until this work is done, on platforms that stop or freeze it after an answer;
 * elsewhere the process lives on anyway.
 */
export function keepAlive(work: Promise<unknown>): void {
  if (runtime.EdgeRuntime) return runtime.EdgeRuntime.waitUntil(work)
  for (const key of platformRequests) {
    const request = (globalThis as { [key: symbol]: PlatformRequest | undefined })[key]?.get?.()
    if (request?.waitUntil) return request.waitUntil(work)
  }
}

/** Lets a program end while a timer still runs. */
export function unrefTimer(timer: unknown): void {
  if (typeof timer === 'number') runtime.Deno?.unrefTimer?.(timer)
  else (timer as { unref?(): void }).unref?.()
}

export type OutputName = 'stdout' | 'stderr'

/** Whether this is a terminal whose user wants colours: https://no-color.org. */
export function isTerminal(name: OutputName): boolean {
  return runtime.process?.[name]?.isTTY === true && readEnvironment('NO_COLOR') === undefined
}

const guarded = new Set<Output>()
const encoder = new TextEncoder()

/**
 * Prints a line. It goes straight to the stream, which is much faster than the console; but edge
 * functions and browsers only collect what goes to the console.
 */
export function printLine(name: OutputName, line: string): void {
  const { Deno, EdgeRuntime, process } = runtime
  if (Deno?.[name] && !EdgeRuntime) return writeAll(Deno[name], encoder.encode(`${line}\n`))
  const output = Deno ? undefined : process?.[name]
  if (!output?.write) {
    if (name === 'stdout') console.log(line)
    else console.error(line)
    return
  }
  if (!guarded.has(output)) {
    guarded.add(output)
    // As the console does: a reader that has gone (EPIPE) must not end the program.
    output.on('error', () => {})
  }
  output.write(`${line}\n`)
}

function writeAll(output: ByteOutput, bytes: Uint8Array): void {
  for (let written = 0; written < bytes.length;) {
    written += output.writeSync(bytes.subarray(written))
  }
}
