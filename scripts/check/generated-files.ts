import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { catalogFiles } from '../catalog/index.ts'
import { releaseTexts } from '../release/renew-release.ts'
import { projectRoot } from '../stack/project.ts'
import { generateDatabaseTypes } from './database-types.ts'
import { withScratchDatabase } from './scratch-database.ts'
import type { Step } from './step.ts'
import { runProgram } from './tool.ts'

type Files = [path: string, text: string][]

/** What makes files, each from what those before it have written. */
const makers: (() => Promise<Files>)[] = [
  catalogFiles,
  releaseTexts,
  async () => [
    [
      'supabase/functions/_shared/database.types.ts',
      await withScratchDatabase(generateDatabaseTypes),
    ],
  ],
]

export const generatedFiles: Step = {
  name: 'Files made from the catalog and the schema files',
  howToMend: 'npm run check -- --fix makes them anew; commit them with what they are made from.',
  findProblem: async () => {
    const problems: string[] = []
    for (const [path, text] of (await Promise.all(makers.map((make) => make()))).flat()) {
      const found = await readFile(join(projectRoot, path), 'utf8').catch(() => '')
      if (found !== text) problems.push(await showDifference(path, text))
    }
    return problems.length > 0 ? problems.join('\n') : undefined
  },
  mend: async () => {
    for (const make of makers) {
      for (const [path, text] of await make()) await writeFile(join(projectRoot, path), text)
    }
  },
}

/** The longest difference that is worth reading, in lines. */
const maximumLines = 80

/** What should be there is on the lines with a plus. */
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
