import { readDemoState, type DemoState } from '../demo/account.ts'
import { scenario } from '../demo/scenario.ts'
import { readOrMakeKeys, stateFiles, type RunningStack } from './state.ts'

/** The variables that `npm run -s status` prints, in its order. */
export async function stackEnvironment(running: RunningStack): Promise<Record<string, string>> {
  const keys = await readOrMakeKeys()
  const demo = await readDemoState(stateFiles.demo)
  return {
    API_URL: running.apiUrl,
    DB_URL: running.databaseUrl,
    PUBLISHABLE_KEY: keys.publishableKey,
    SECRET_KEY: keys.secretKey,
    FUNCTIONS_URL: `${running.apiUrl}/functions/v1`,
    DASHBOARD_URL: running.apiUrl,
    ...(demo?.historyIsMade && demoEnvironment(demo)),
  }
}

/** The demo's first org and its member. */
function demoEnvironment({ password, orgIds }: DemoState): Record<string, string> {
  const [org] = scenario
  if (!org) return {}
  return {
    DEMO_EMAIL: org.email,
    DEMO_PASSWORD: password,
    DEMO_ORG_ID: orgIds[org.name] ?? '',
  }
}
