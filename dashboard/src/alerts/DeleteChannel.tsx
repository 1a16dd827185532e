import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useProject } from '../app-context.ts'
import { deleteChannel, type Channel } from '../data/channels.ts'
import { FormRefusal } from '../ui/Refusal.tsx'

/** Asks once more, for it cannot be taken back. */
export function DeleteChannel({
  orgId,
  channel,
  onDone,
}: {
  orgId: string
  channel: Channel
  onDone: () => void
}) {
  const project = useProject()
  const client = useQueryClient()
  const remove = useMutation({
    mutationFn: () => deleteChannel(project, channel.id),
    onSuccess: () => client.invalidateQueries({ queryKey: [orgId, 'channels'] }),
  })
  return (
    <div className="row-form" role="group" aria-label={`Delete ${channel.name}`}>
      <p className="row-form-words small">
        Delete it, with its secret and all that is still to be sent to it?
      </p>
      <button
        type="button"
        className="button button-danger"
        disabled={remove.isPending}
        onClick={() => remove.mutate()}
      >
        Delete for good
      </button>
      <button type="button" className="button" autoFocus onClick={onDone}>
        Keep it
      </button>
      <FormRefusal error={remove.error} />
    </div>
  )
}
