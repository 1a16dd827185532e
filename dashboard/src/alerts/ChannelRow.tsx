import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { channelKinds } from '../../../supabase/functions/_shared/catalog/channel-kinds/index.ts'
import type { ChannelTestAnswer } from '../../../supabase/functions/_shared/channel-test.ts'
import { useProject } from '../app-context.ts'
import { testChannel, type Channel } from '../data/channels.ts'
import { Badge } from '../ui/Badge.tsx'
import { Moment } from '../ui/Time.tsx'
import { ChannelActions, type Task } from './ChannelActions.tsx'
import { DeleteChannel } from './DeleteChannel.tsx'
import { MuteWindows } from './MuteWindows.tsx'
import { muteWindowInWords } from './mute-window.ts'
import { RotateSecret } from './RotateSecret.tsx'

/** A channel, with what an admin does about it. */
export function ChannelRow({
  orgId,
  channel,
  isAdmin,
}: {
  orgId: string
  channel: Channel
  isAdmin: boolean
}) {
  const project = useProject()
  const test = useMutation({ mutationFn: () => testChannel(project, channel.id) })
  const [task, setTask] = useState<Task>()
  const shared = { orgId, channel, onDone: () => setTask(undefined) }
  return (
    <li className="alert">
      <Badge tone={channel.enabled ? 'good' : 'quiet'}>{channel.enabled ? 'On' : 'Off'}</Badge>
      <div className="alert-words">
        <strong>{channel.name}</strong>
        <p className="soft small channel-target">{inWords(channel)}</p>
        {channel.previous_secret_until !== null && (
          <p className="soft small">
            The secret before this one signs until <Moment at={channel.previous_secret_until} />
          </p>
        )}
        {channel.disabled_because !== null && (
          <p className="small refusal">Switched off: {channel.disabled_because}</p>
        )}
        <p role="status" className="small">
          {test.isPending ? 'Sending a test…' : test.data && outcome(test.data)}
        </p>
        {test.error && (
          <p role="alert" className="small refusal">
            {test.error.message}
          </p>
        )}
      </div>
      {isAdmin && (
        <ChannelActions
          orgId={orgId}
          channel={channel}
          task={task}
          onTask={setTask}
          isTesting={test.isPending}
          onTest={() => test.mutate()}
        />
      )}
      {task === 'mute' && <MuteWindows {...shared} />}
      {task === 'rotate' && <RotateSecret {...shared} />}
      {task === 'delete' && <DeleteChannel {...shared} />}
    </li>
  )
}

function inWords({ kind, target, email_to, min_severity, types, mute_windows }: Channel): string {
  const { label, url } = channelKinds[kind]
  const where = url === 'required' ? target : email_to?.join(', ')
  const what = types.length === 0 ? 'alerts' : types.join(', ')
  const told = min_severity === 'critical' ? `critical ${what}` : what
  const muted = mute_windows.map((window) => `muted ${muteWindowInWords(window)}`)
  return [label, where, told, ...muted].filter(Boolean).join(' · ')
}

function outcome({
  delivered,
  status_code,
  answer,
  error,
  duration_ms,
}: ChannelTestAnswer): string {
  if (delivered) return `Delivered: the receiver answered ${status_code} in ${duration_ms} ms.`
  return ['Not delivered.', error, answer && `It said: ${answer}`].filter(Boolean).join(' ')
}
