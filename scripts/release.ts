import { parseArgs } from 'node:util'
import { beginRelease } from './release/begin-release.ts'
import { currentRelease } from './release/current-release.ts'
import { freezeRelease } from './release/freeze-release.ts'
import { findReleaseProblems } from './release/guard.ts'
import { renewRelease } from './release/renew-release.ts'
import { runCommand, UserError } from './stack/user-error.ts'

const help = `npm run release                 writes the release that is being made again, after a change of the schema files
npm run release -- <version>    begins a release: its files, with a draft of what changed since the one before
npm run release -- --freeze     ends it: its files do not change any more`

await runCommand(async () => {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { freeze: { type: 'boolean' }, help: { type: 'boolean', short: 'h' } },
  })
  const [version, ...more] = positionals
  if (values.help) return console.log(help)
  if (more.length > 0 || (values.freeze && version !== undefined)) throw new UserError(help)
  if (values.freeze) {
    console.log(
      `${await freezeRelease()} is frozen. Commit it, and begin the next when there is one.`,
    )
  } else if (version === undefined) await renew()
  else await begin(version)
})

async function renew(): Promise<void> {
  const { version, isFrozen } = await currentRelease()
  if (isFrozen) {
    throw new UserError(`${version} is frozen. To begin the next one: npm run release -- <version>`)
  }
  await renewRelease()
}

async function begin(version: string): Promise<void> {
  const files = await beginRelease(version)
  console.log(`Written:\n${files.map((file) => `  ${file}`).join('\n')}`)
  const problems = await findReleaseProblems()
  if (problems.length === 0) {
    console.log('The releases make the same database as the schema files.')
    return
  }
  console.log(`\nTo be finished by hand:\n\n${problems.join('\n')}`)
}
