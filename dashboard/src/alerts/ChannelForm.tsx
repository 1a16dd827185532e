import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState, type FormEvent } from 'react'
import {
  channelKinds,
  type ChannelKindName,
} from '../../../supabase/functions/_shared/catalog/channel-kinds/index.ts'
import { useProject } from '../app-context.ts'
import { createChannel, type NewChannel } from '../data/channels.ts'
import { NewSecret } from './NewSecret.tsx'
import { FormRefusal } from '../ui/Refusal.tsx'

/** Adds a channel; what we made to sign its messages it shows once. */
export function ChannelForm({ orgId, onDone }: { orgId: string; onDone: () => void }) {
  const project = useProject()
  const client = useQueryClient()
  const [kind, setKind] = useState<ChannelKindName>('slack')
  const add = useMutation({
    mutationFn: (channel: NewChannel) => createChannel(project, orgId, channel),
    onSuccess: async (secret) => {
      await client.invalidateQueries({ queryKey: [orgId, 'channels'] })
      if (secret === null) onDone()
    },
  })
  const submit = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault()
    add.mutate(read(new FormData(event.currentTarget), kind))
  }
  if (add.data) {
    return (
      <div className="channel-form">
        <NewSecret secret={add.data} onDone={onDone} />
      </div>
    )
  }
  return (
    <form className="channel-form" aria-label="Add a channel" onSubmit={submit}>
      <label className="field">
        Kind
        <select value={kind} onChange={(event) => setKind(event.target.value as ChannelKindName)}>
          {Object.values(channelKinds).map((each) => (
            <option key={each.kind} value={each.kind}>
              {each.label}
            </option>
          ))}
        </select>
      </label>
      <label className="field">
        Name
        <input name="name" required autoFocus maxLength={200} placeholder="On call" />
      </label>
      {channelKinds[kind].fields.map(({ name, label, placeholder }) => (
        <label key={`${kind} ${name}`} className="field">
          {label}
          <input
            name={name}
            required
            type={name === 'secret' ? 'password' : 'text'}
            autoComplete="off"
            placeholder={placeholder}
          />
        </label>
      ))}
      <label className="field">
        Tell
        <select name="min_severity">
          <option value="warning">all alerts</option>
          <option value="critical">critical ones</option>
        </select>
      </label>
      <button type="submit" className="button button-main" disabled={add.isPending}>
        Add
      </button>
      <FormRefusal error={add.error} />
    </form>
  )
}

function read(form: FormData, kind: ChannelKindName): NewChannel {
  const text = (name: string): string => String(form.get(name) ?? '').trim()
  const given = channelKinds[kind].fields.map(({ name }) => [
    name,
    name === 'email_to' ? text(name).split(/\s*,\s*/) : text(name),
  ])
  return {
    kind,
    name: text('name'),
    min_severity: text('min_severity'),
    ...(Object.fromEntries(given) as Partial<NewChannel>),
  }
}
