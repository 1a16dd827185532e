import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { projectRoot } from '../stack/project.ts'
import { readPackage } from './package.ts'
import type { Step } from './step.ts'

const folder = 'supabase/functions'

const configSchema = z.looseObject({ imports: z.record(z.string(), z.string()).default({}) })

/**
 * Node finds the packages of shared code through `package.json`, the hosted runtime through each
 * function's `deno.json`: both must find the same.
 */
export const functionVersions: Step = {
  name: 'Versions in each deno.json, as in package.json',
  howToMend: 'npm run check -- --fix takes the versions over; a package that is missing is yours.',
  findProblem: async () => {
    const problems = configFiles().flatMap((file) =>
      Object.values(readConfig(file).imports).flatMap((specifier) => {
        const problem = judge(specifier)
        return problem ? [`${file}: ${specifier} ${problem}`] : []
      }),
    )
    return problems.length > 0 ? problems.join('\n') : undefined
  },
  mend: async () => {
    for (const file of configFiles()) {
      const config = readConfig(file)
      for (const [name, specifier] of Object.entries(config.imports)) {
        config.imports[name] = withOurVersion(specifier)
      }
      writeFileSync(join(projectRoot, file), `${JSON.stringify(config, null, 2)}\n`)
    }
  },
}

function configFiles(): string[] {
  return readdirSync(join(projectRoot, folder))
    .map((name) => `${folder}/${name}/deno.json`)
    .filter((file) => existsSync(join(projectRoot, file)))
}

function readConfig(file: string): z.infer<typeof configSchema> {
  return configSchema.parse(JSON.parse(readFileSync(join(projectRoot, file), 'utf8')))
}

/** `npm:@scope/name@1.2.3/path`, of which the path may be missing. */
const npmSpecifier = /^npm:\/?((?:@[^/]+\/)?[^@/]+)@([^/]+)(.*)$/

function judge(specifier: string): string | undefined {
  const [, name = '', version] = npmSpecifier.exec(specifier) ?? []
  if (!version) return 'is no npm package with a version'
  const ours = readPackage().dependencies[name]
  if (!ours) return `is not among the dependencies of package.json`
  return version === ours ? undefined : `is ${ours} in package.json`
}

function withOurVersion(specifier: string): string {
  return specifier.replace(npmSpecifier, (whole, name: string, version: string) =>
    whole.replace(`@${version}`, `@${readPackage().dependencies[name] ?? version}`),
  )
}
