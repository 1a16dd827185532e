import { stackEnvironment } from './stack/environment.ts'
import { readRunningStack } from './stack/state.ts'
import { runCommand, UserError } from './stack/user-error.ts'

// `npm run -s status`: one NAME="value" a line, for a shell to read; 1 when the stack is not up.
await runCommand(async () => {
  const running = await readRunningStack()
  const answers = running && (await fetch(running.apiUrl).catch(() => undefined))
  if (!running || !answers?.ok) throw new UserError('Everwatch is not running. Start it: npm start')
  for (const [name, value] of Object.entries(await stackEnvironment(running))) {
    console.log(`${name}=${JSON.stringify(value)}`)
  }
})
