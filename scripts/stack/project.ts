import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { join } from 'node:path'
import { parse } from 'smol-toml'
import { z } from 'zod'

/** The folder of the checkout, absolute. */
export const projectRoot = fileURLToPath(new URL('../..', import.meta.url))

/** Where a running stack keeps its state between runs; `npm run reset` clears it. */
export const stateDirectory = join(projectRoot, '.everwatch')

const port = z.number().int().min(1).max(65_535)

const configSchema = z.object({
  api: z.object({ port, schemas: z.array(z.string()), max_rows: z.number().int().positive() }),
  db: z.object({ port, major_version: z.number().int() }),
})

/** What the local stack reads from `supabase/config.toml`, the same file that the Supabase CLI reads. */
export type ProjectConfig = z.infer<typeof configSchema>

/** The schemas that the Data API serves, the first to whoever names none. GraphQL is not served here. */
export function exposedSchemas(): string[] {
  return readProjectConfig().api.schemas.filter((name) => name !== 'graphql_public')
}

/** @throws {z.ZodError} naming the setting that is missing or wrong */
export function readProjectConfig(): ProjectConfig {
  const text = readFileSync(join(projectRoot, 'supabase/config.toml'), 'utf8')
  return configSchema.parse(parse(text))
}
