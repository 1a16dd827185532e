import { useMutation, useQueryClient } from '@tanstack/react-query'
import type { ChannelTestAnswer } from '../../../supabase/functions/_shared/channel-test.ts'
import { useProject } from '../app-context.ts'
import { switchChannel, testChannel, type Channel } from '../data/channels.ts'
import { Badge } from '../ui/Badge.tsx'
import { channelKinds } from './channel-kinds.ts'

/** A channel, with what a person does about it: try it, or have it keep quiet. */
export function ChannelRow({ orgId, channel }: { orgId: string; channel: Channel }) {
  const project = useProject()
  const client = useQueryClient()
  const test = useMutation({ mutationFn: () => testChannel(project, channel.id) })
  const toggle = useMutation({
    mutationFn: () => switchChannel(project, channel),
    onSettled: () => client.invalidateQueries({ queryKey: [orgId, 'channels'] }),
  })
  const error = test.error ?? toggle.error
  const name = <span className="unseen"> {channel.name}</span>
  return (
    <li className="alert">
      <Badge tone={channel.enabled ? 'good' : 'quiet'}>{channel.enabled ? 'On' : 'Off'}</Badge>
      <div className="alert-words">
        <strong>{channel.name}</strong>
        <p className="soft small channel-target">{inWords(channel)}</p>
        {channel.disabled_because !== null && (
          <p className="small alert-refusal">Switched off: {channel.disabled_because}</p>
        )}
        <p role="status" className="small">
          {test.isPending ? 'Sending a test…' : test.data && outcome(test.data)}
        </p>
      </div>
      <div className="alert-actions">
        {error && (
          <span role="alert" className="small alert-refusal">
            {error.message}
          </span>
        )}
        <button
          type="button"
          className="button"
          disabled={test.isPending}
          onClick={() => test.mutate()}
        >
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
      </div>
    </li>
  )
}

function inWords({ kind, target, email_to, min_severity, types }: Channel): string {
  const where = kind === 'webhook' ? target : kind === 'email' ? email_to?.join(', ') : undefined
  const what = types.length === 0 ? 'alerts' : types.join(', ')
  const told = min_severity === 'critical' ? `critical ${what}` : what
  return [channelKinds[kind], where, told].filter(Boolean).join(' · ')
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
