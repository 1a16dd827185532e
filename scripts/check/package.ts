import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { projectRoot } from '../stack/project.ts'

const versions = z.record(z.string(), z.string()).default({})

const packageSchema = z.object({
  dependencies: versions,
  devDependencies: versions,
  optionalDependencies: versions,
})

/** What `package.json` depends on: the version of each package, by kind. */
export function readPackage(): z.infer<typeof packageSchema> {
  return packageSchema.parse(JSON.parse(readFileSync(join(projectRoot, 'package.json'), 'utf8')))
}
