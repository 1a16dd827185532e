import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useProject } from '../app-context.ts'
import { acknowledge, unacknowledge, type Alert } from '../data/alerts.ts'
import { Refusal } from '../ui/Refusal.tsx'

/** What a person does about an alert: say that they know, or have it keep quiet. */
export function AlertActions({
  orgId,
  alert,
  isSilencing,
  onSilence,
}: {
  orgId: string
  alert: Alert
  isSilencing: boolean
  onSilence: () => void
}) {
  const project = useProject()
  const client = useQueryClient()
  const isKnown = alert.acknowledged_at !== null
  const toggle = useMutation({
    mutationFn: () => (isKnown ? unacknowledge : acknowledge)(project, alert.id),
    onSettled: () => client.invalidateQueries({ queryKey: [orgId, 'alerts'] }),
  })
  const name = <span className="unseen"> {alert.resource_name}</span>
  return (
    <div className="alert-actions">
      <Refusal error={toggle.error} />
      <button
        type="button"
        className={isKnown ? 'button button-plain' : 'button'}
        disabled={toggle.isPending}
        onClick={() => toggle.mutate()}
      >
        {isKnown ? '✓ Acknowledged' : 'Acknowledge'}
        {name}
      </button>
      <button type="button" className="button" aria-expanded={isSilencing} onClick={onSilence}>
        Silence{name}
      </button>
    </div>
  )
}
