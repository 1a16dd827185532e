import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { projectRoot } from '../stack/project.ts'
import { readPackage } from './package.ts'
import type { Step } from './step.ts'

const file = 'docs/dependencies.md'

/** Each dependency has a row that gives its reason, and each row a dependency. */
export const dependencyList: Step = {
  name: 'Reasons of the dependencies',
  howToMend: `Give each package a row in ${file}, and take out the rows of those that are gone.`,
  findProblem: async () => {
    const { dependencies, devDependencies, optionalDependencies } = readPackage()
    const wanted = Object.keys({ ...dependencies, ...devDependencies, ...optionalDependencies })
    const listed = listedPackages(readFileSync(join(projectRoot, file), 'utf8'))
    const problems = [
      ...wanted.filter((name) => !listed.includes(name)).map((name) => `${name} is missing`),
      ...listed.filter((name) => !wanted.includes(name)).map((name) => `${name} is not installed`),
    ]
    return problems.length > 0 ? `${file}: ${problems.join(', ')}` : undefined
  },
}

/** The first cells of the tables that are headed `package`. */
function listedPackages(text: string): string[] {
  const tables = text.split(/\n\s*\n/).filter((block) => /^\|\s*package\s*\|/i.test(block))
  return tables.flatMap((table) =>
    Array.from(table.matchAll(/^\|\s*`([^`]+)`\s*\|\s*\S/gm), ([, name = '']) => name),
  )
}
