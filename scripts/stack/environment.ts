import { readDemoAccount } from '../demo/index.ts'
import { readOrMakeKeys, stateFiles, type RunningStack } from './state.ts'

/** The variables that `npm run -s status` prints, in its order. */
export async function stackEnvironment(running: RunningStack): Promise<Record<string, string>> {
  const keys = await readOrMakeKeys()
  const demo = await readDemoAccount(stateFiles.demo)
  return {
    API_URL: running.apiUrl,
    DB_URL: running.databaseUrl,
    PUBLISHABLE_KEY: keys.publishableKey,
    SECRET_KEY: keys.secretKey,
    FUNCTIONS_URL: `${running.apiUrl}/functions/v1`,
    DASHBOARD_URL: running.apiUrl,
    ...(demo && { DEMO_EMAIL: demo.email, DEMO_PASSWORD: demo.password, DEMO_ORG_ID: demo.orgId }),
  }
}
