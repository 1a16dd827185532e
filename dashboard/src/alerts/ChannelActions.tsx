import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useProject } from '../app-context.ts'
import { switchChannel, type Channel } from '../data/channels.ts'
import { Refusal } from '../ui/Refusal.tsx'

/** What takes more than one press. */
export type Task = 'mute' | 'rotate' | 'delete'

const tasks: [Task, string][] = [
  ['mute', 'Mute'],
  ['rotate', 'Rotate secret'],
  ['delete', 'Delete'],
]

/** What an admin may do about a channel. */
export function ChannelActions({
  orgId,
  channel,
  task,
  onTask,
  isTesting,
  onTest,
}: {
  orgId: string
  channel: Channel
  task: Task | undefined
  onTask: (task: Task | undefined) => void
  isTesting: boolean
  onTest: () => void
}) {
  const project = useProject()
  const client = useQueryClient()
  const toggle = useMutation({
    mutationFn: () => switchChannel(project, channel),
    onSettled: () => client.invalidateQueries({ queryKey: [orgId, 'channels'] }),
  })
  const name = <span className="unseen"> {channel.name}</span>
  return (
    <div className="alert-actions">
      <Refusal error={toggle.error} />
      <button type="button" className="button" disabled={isTesting} onClick={onTest}>
        Send test{name}
      </button>
      <button
        type="button"
        className="button"
        disabled={toggle.isPending}
        onClick={() => toggle.mutate()}
      >
        {channel.enabled ? 'Switch off' : 'Switch on'}
        {name}
      </button>
      {tasks.map(([each, word]) => (
        <button
          key={each}
          type="button"
          className="button"
          aria-expanded={task === each}
          onClick={() => onTask(task === each ? undefined : each)}
        >
          {word}
          {name}
        </button>
      ))}
    </div>
  )
}
