import { Empty } from '../ui/Panel.tsx'

const code = `import { trackRuleExecution } from '@/lib/monitoring/metrics'

await trackRuleExecution(rule.id, 'success', 80, contacts.length)`

/** What an org without automation rules does next. */
export function NoRules() {
  return (
    <div className="panel">
      <Empty title="No automation rules yet">
        <p>
          A rule appears here once it is in the table <code>automation_rules</code>, at the next
          refresh of the numbers. Then tell of each time that it ran:
        </p>
        <pre>
          <code>{code}</code>
        </pre>
      </Empty>
    </div>
  )
}
