/** What this code asks of the runtime around it; the one place that knows there are several. */
const runtime = globalThis as {
  process?: { env?: Record<string, string | undefined> }
  Deno?: { env?: { get(name: string): string | undefined } }
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

/** Keeps an edge function's worker alive until this is done; elsewhere the process lives anyway. */
export function keepAlive(work: Promise<unknown>): void {
  runtime.EdgeRuntime?.waitUntil(work)
}
