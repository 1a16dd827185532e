import { rm } from 'node:fs/promises'
import { haltStack } from './stack/halt.ts'
import { endOrphan } from './stack/postgres.ts'
import { stateDirectory } from './stack/project.ts'
import { stateFiles } from './stack/state.ts'
import { runCommand } from './stack/user-error.ts'

await runCommand(async () => {
  await haltStack()
  await endOrphan(stateFiles.benchPostgres)
  await rm(stateDirectory, { recursive: true, force: true })
  console.log('The local data is gone. The next `npm start` begins anew.')
})
