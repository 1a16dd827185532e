import { Empty } from '../ui/Panel.tsx'

const code = `import { trackWebhookDelivery } from '@/lib/monitoring/metrics'

await trackWebhookDelivery(webhook.id, 'sent', 145)`

/** What an org without webhooks does next. */
export function NoWebhooks() {
  return (
    <div className="panel">
      <Empty title="No webhooks yet">
        <p>
          A webhook appears here once it is in the table <code>webhooks</code>, at the next refresh
          of the numbers. Then tell how each delivery went:
        </p>
        <pre>
          <code>{code}</code>
        </pre>
      </Empty>
    </div>
  )
}
