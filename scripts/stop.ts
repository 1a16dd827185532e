import { haltStack } from './stack/halt.ts'
import { runCommand } from './stack/user-error.ts'

await runCommand(async () => {
  const stopped = await haltStack()
  console.log(stopped ? 'Everwatch has stopped.' : 'Everwatch was not running.')
})
