import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useProject } from '../app-context.ts'
import { resend, type Notification } from '../data/notifications.ts'
import { Refusal } from '../ui/Refusal.tsx'

/** Has a dead notification sent again. */
export function Resend({ orgId, notification }: { orgId: string; notification: Notification }) {
  const project = useProject()
  const client = useQueryClient()
  const again = useMutation({
    mutationFn: () => resend(project, notification.id),
    onSuccess: () => client.invalidateQueries({ queryKey: [orgId, 'outbox'] }),
  })
  return (
    <>
      <button
        type="button"
        className="button button-small"
        disabled={again.isPending}
        onClick={() => again.mutate()}
      >
        Resend<span className="unseen"> {`to ${notification.channel_name}`}</span>
      </button>{' '}
      <Refusal error={again.error} />
    </>
  )
}
