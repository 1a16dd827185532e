import { useMutation, useQueryClient } from '@tanstack/react-query'
import type { FormEvent } from 'react'
import { channelKinds } from '../../../supabase/functions/_shared/catalog/channel-kinds/index.ts'
import { useProject } from '../app-context.ts'
import { rotateSecret, type Channel } from '../data/channels.ts'
import { NewSecret } from './NewSecret.tsx'
import { FormRefusal } from '../ui/Refusal.tsx'

const overlaps = [
  ['1 day', 24],
  ['1 hour', 1],
  ['1 week', 168],
  ['no time', 0],
] as const

/** Gives a channel another secret: one that is made, or one that its service gave. */
export function RotateSecret({
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
  const rotate = useMutation({
    mutationFn: (secret: { secret?: string; overlapHours?: number }) =>
      rotateSecret(project, channel.id, secret),
    onSuccess: async (made) => {
      await client.invalidateQueries({ queryKey: [orgId, 'channels'] })
      if (made === null) onDone()
    },
  })
  const given = channelKinds[channel.kind].fields.find(({ name }) => name === 'secret')
  const submit = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault()
    const form = new FormData(event.currentTarget)
    rotate.mutate(
      given
        ? { secret: String(form.get('secret')).trim() }
        : { overlapHours: Number(form.get('overlap')) },
    )
  }
  if (rotate.data) return <NewSecret secret={rotate.data} onDone={onDone} />
  return (
    <form
      className="row-form"
      aria-label={`Rotate the secret of ${channel.name}`}
      onSubmit={submit}
      onKeyDown={(event) => {
        if (event.key === 'Escape') onDone()
      }}
    >
      {given ? (
        <label className="field row-form-words">
          {given.label}
          <input
            name="secret"
            type="password"
            required
            autoFocus
            autoComplete="off"
            placeholder={given.placeholder}
          />
        </label>
      ) : (
        <label className="field">
          The present one signs as well for
          <select name="overlap" autoFocus>
            {overlaps.map(([words, hours]) => (
              <option key={hours} value={hours}>
                {words}
              </option>
            ))}
          </select>
        </label>
      )}
      <button type="submit" className="button button-main" disabled={rotate.isPending}>
        Rotate
      </button>
      <FormRefusal error={rotate.error} />
    </form>
  )
}
