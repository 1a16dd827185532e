import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { catalogFiles } from '../catalog/index.ts'
import { projectRoot } from '../stack/project.ts'
import { generateDatabaseTypes } from './database-types.ts'
import { withScratchDatabase } from './scratch-database.ts'
import type { Step } from './step.ts'
import { runProgram } from './tool.ts'

/** How each file is made from a database with all migrations, given the superuser's address. */
const files: Record<string, (databaseUrl: string) => Promise<string>> = {
  'supabase/functions/_shared/database.types.ts': generateDatabaseTypes,
}

export const generatedFiles: Step = {
  name: 'Files made from the catalog and the migrations',
  howToMend: 'npm run check -- --fix makes them anew; commit them with what they are made from.',
  findProblem: async () => {
    const problems: string[] = []
    for (const [path, text] of await generate()) {
      const found = await readFile(join(projectRoot, path), 'utf8').catch(() => '')
      if (found !== text) problems.push(await showDifference(path, text))
    }
    return problems.length > 0 ? problems.join('\n') : undefined
  },
  mend: async () => {
    for (const [path, text] of await generate()) await writeFile(join(projectRoot, path), text)
  },
}

let generated: Promise<[string, string][]> | undefined

/** The text of each file, by its path: made once, whether it is compared or written as well. */
function generate(): Promise<[string, string][]> {
  generated ??= Promise.all([catalogFiles(), databaseFiles()]).then((parts) => parts.flat())
  return generated
}

function databaseFiles(): Promise<[string, string][]> {
  return withScratchDatabase((url) =>
    Promise.all(
      Object.entries(files).map(async ([path, make]): Promise<[string, string]> => {
        return [path, await make(url)]
      }),
    ),
  )
}

/** The longest difference that is worth reading, in lines. */
const maximumLines = 80

/** What is made is on the lines with a plus. */
async function showDifference(path: string, wanted: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'everwatch-difference-'))
  try {
    const file = join(folder, 'wanted')
    await writeFile(file, wanted)
    const { output } = await runProgram('git', ['diff', '--no-index', '--no-color', path, file])
    // The lines before the first @@ name a file that is gone by now.
    const lines = [`${path}:`, ...output.slice(output.indexOf('\n@@') + 1).split('\n')]
    const more = lines.length - maximumLines
    return more > 0
      ? [...lines.slice(0, maximumLines), `… ${more} lines more`].join('\n')
      : lines.join('\n')
  } finally {
    await rm(folder, { recursive: true })
  }
}
