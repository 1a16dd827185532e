import { randomBytes } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { z } from 'zod'
import { readText } from '../stack/state.ts'

const demoStateSchema = z.object({
  /** Both members' password. */
  password: z.string(),
  /** Up to when history is made; live traffic goes on from there. */
  historyUntil: z.coerce.date(),
  historyIsMade: z.boolean(),
  /** Once the orgs are there: their ids, by name. */
  orgIds: z.record(z.string(), z.uuid()),
})

/** What the demo remembers between runs. */
export type DemoState = z.infer<typeof demoStateSchema>

export async function readDemoState(file: string): Promise<DemoState | undefined> {
  const text = await readText(file)
  return text === undefined ? undefined : demoStateSchema.parse(JSON.parse(text))
}

export async function writeDemoState(file: string, state: DemoState): Promise<void> {
  await writeFile(file, JSON.stringify(state, null, 2), { mode: 0o600 })
}

/** The password is random, as the keys are: every program of this machine can reach the project. */
export async function readOrMakeDemoState(file: string): Promise<DemoState> {
  const known = await readDemoState(file)
  if (known) return known
  const password = randomBytes(12).toString('base64url')
  const made = { password, historyUntil: new Date(), historyIsMade: false, orgIds: {} }
  await writeDemoState(file, made)
  return made
}
