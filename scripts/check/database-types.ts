import { join } from 'node:path'
import { generateTypescript, introspect, sortGeneratorMetadata } from '@supabase/postgrest-typegen'
import postgres from 'postgres'
import { format, resolveConfig } from 'prettier'
import { projectRoot } from '../stack/project.ts'

/** What the Data API exposes of ours. */
const schema = 'everwatch'

/**
 * The types of what the Data API exposes, by the generator that is in `supabase gen types`, which
 * needs Docker to run it.
 */
export async function generateDatabaseTypes(databaseUrl: string): Promise<string> {
  const sql = postgres(databaseUrl, { max: 1, onnotice: () => {} })
  try {
    const database = { query: async (text: string) => ({ rows: await sql.unsafe(text) }) }
    const metadata = await introspect(database, { includedSchemas: [schema] })
    const style = await resolveConfig(join(projectRoot, 'package.json'))
    const types = await generateTypescript(sortGeneratorMetadata(metadata), {
      detectOneToOneRelationships: true,
      format: (code) => format(code, { ...style, parser: 'typescript' }),
    })
    // The generator takes `public` for what is meant where no schema is named.
    return types.replace(
      "Extract<keyof Database, 'public'>",
      `Extract<keyof Database, '${schema}'>`,
    )
  } finally {
    await sql.end()
  }
}
