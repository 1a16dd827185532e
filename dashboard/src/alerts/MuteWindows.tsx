import { useMutation, useQueryClient } from '@tanstack/react-query'
import type { FormEvent } from 'react'
import { useProject } from '../app-context.ts'
import { muteChannel, type Channel, type MuteWindow } from '../data/channels.ts'
import { muteWindowInWords, weekdays } from './mute-window.ts'
import { FormRefusal } from '../ui/Refusal.tsx'

/** When a channel is left in peace: the times that there are, and another one. */
export function MuteWindows({
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
  const windows = channel.mute_windows
  const save = useMutation({
    mutationFn: (next: MuteWindow[]) => muteChannel(project, channel.id, next),
    onSuccess: () => client.invalidateQueries({ queryKey: [orgId, 'channels'] }),
  })
  const submit = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault()
    save.mutate([...windows, read(new FormData(event.currentTarget))])
  }
  return (
    <form
      className="row-form"
      aria-label={`Mute ${channel.name}`}
      onSubmit={submit}
      onKeyDown={(event) => {
        if (event.key === 'Escape') onDone()
      }}
    >
      {windows.length > 0 && (
        <ul className="chips row-form-line" aria-label="Muted">
          {windows.map((window, index) => (
            <li key={muteWindowInWords(window)}>
              <button
                type="button"
                className="chip"
                onClick={() => save.mutate(windows.filter((_, other) => other !== index))}
              >
                {muteWindowInWords(window)} <span aria-hidden="true">×</span>
                <span className="unseen">: no longer</span>
              </button>
            </li>
          ))}
        </ul>
      )}
      <label className="field">
        From
        <input name="from" type="time" required autoFocus defaultValue="22:00" />
      </label>
      <label className="field">
        To
        <input name="to" type="time" required defaultValue="07:00" />
      </label>
      <label className="field">
        Time zone
        <input
          name="time_zone"
          required
          maxLength={64}
          defaultValue={Intl.DateTimeFormat().resolvedOptions().timeZone}
        />
      </label>
      <div className="field" role="group" aria-labelledby={`${channel.id}-days`}>
        <span id={`${channel.id}-days`}>On, or every day</span>
        <span className="days">
          {Object.entries(weekdays).map(([day, word]) => (
            <label key={day} className="day">
              <input type="checkbox" name="days" value={day} />
              {word}
            </label>
          ))}
        </span>
      </div>
      <button type="submit" className="button button-main" disabled={save.isPending}>
        Mute then
      </button>
      <FormRefusal error={save.error} />
    </form>
  )
}

function read(form: FormData): MuteWindow {
  const text = (name: string): string => String(form.get(name) ?? '').trim()
  const days = form.getAll('days').map(String)
  return {
    ...(days.length > 0 && { days }),
    from: text('from'),
    to: text('to'),
    time_zone: text('time_zone'),
  }
}
