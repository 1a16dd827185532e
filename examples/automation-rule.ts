// Runs an automation rule and tracks the run, whatever came of it.
import { trackRuleExecution } from 'everwatch/metrics'

export interface AutomationRule {
  id: string
  /** Does what the rule is for; returns the contacts on which it acted. */
  apply(): Promise<unknown[]>
}

export async function executeAutomationRule(rule: AutomationRule): Promise<void> {
  const startTime = Date.now()
  try {
    const affectedContacts = await rule.apply()
    await trackRuleExecution(rule.id, 'success', Date.now() - startTime, affectedContacts.length)
  } catch (error) {
    await trackRuleExecution(rule.id, 'failed', Date.now() - startTime, 0, String(error))
    throw error
  }
}
