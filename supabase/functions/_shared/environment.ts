/**
 * Reads an environment variable, wherever the code runs: Node, Bun and Next.js have `process`, an
 * edge function has `Deno`, a browser has neither. This is the one place that knows.
 *
 * @returns undefined when it is not set, empty, or may not be read
 */
export function readEnvironment(name: string): string | undefined {
  try {
    return runtime.process?.env?.[name] || runtime.Deno?.env?.get(name) || undefined
  } catch {
    // Deno asks for permission, and a denial is an exception: the same as not set.
    return undefined
  }
}

const runtime = globalThis as {
  process?: { env?: Record<string, string | undefined> }
  Deno?: { env?: { get(name: string): string | undefined } }
}

/** Whether this is production: `NODE_ENV=production`, or a hosted edge function. */
export function isProduction(): boolean {
  const declared = readEnvironment('NODE_ENV')
  if (declared) return declared === 'production'
  return (
    readEnvironment('SB_REGION') !== undefined ||
    readEnvironment('DENO_DEPLOYMENT_ID') !== undefined
  )
}
