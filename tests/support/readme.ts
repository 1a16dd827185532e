import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { projectRoot } from '../../scripts/stack/project.ts'

/** What README.md tells a person to type under a heading: its blocks of `bash`, in their order. */
export async function readCommands(heading: string): Promise<string[]> {
  const text = await readFile(join(projectRoot, 'README.md'), 'utf8')
  const [, section] = text.split(`\n## ${heading}\n`)
  if (section === undefined) throw new Error(`README.md has no section "${heading}"`)
  const [body = ''] = section.split('\n## ')
  return Array.from(body.matchAll(/^```bash\n(.*?)^```$/gms), ([, block = '']) => block)
}
