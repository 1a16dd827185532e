import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState, type FormEvent } from 'react'
import { useProject } from '../app-context.ts'
import type { Alert } from '../data/alerts.ts'
import { silence } from '../data/silences.ts'
import { FormRefusal } from '../ui/Refusal.tsx'

const hour = 3_600_000
const durations = [
  ['1 hour', hour],
  ['4 hours', 4 * hour],
  ['1 day', 24 * hour],
  ['1 week', 168 * hour],
] as const

/** For how long nobody is told of an alert, and why. */
export function SilenceForm({
  orgId,
  alert,
  onDone,
}: {
  orgId: string
  alert: Alert
  onDone: () => void
}) {
  const project = useProject()
  const client = useQueryClient()
  const [forMs, setForMs] = useState<number>(4 * hour)
  const [reason, setReason] = useState('')
  const { type, resource_id } = alert
  const make = useMutation({
    mutationFn: () => silence(project, orgId, { type, resource_id }, forMs, reason.trim()),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: [orgId, 'alerts'] })
      onDone()
    },
  })
  const submit = (event: FormEvent): void => {
    event.preventDefault()
    make.mutate()
  }
  return (
    <form
      className="row-form"
      aria-label={`Silence ${alert.resource_name}`}
      onSubmit={submit}
      onKeyDown={(event) => {
        if (event.key === 'Escape') onDone()
      }}
    >
      <label className="field">
        For
        <select value={forMs} onChange={(event) => setForMs(Number(event.target.value))}>
          {durations.map(([words, ms]) => (
            <option key={ms} value={ms}>
              {words}
            </option>
          ))}
        </select>
      </label>
      <label className="field row-form-words">
        Why
        <input
          required
          autoFocus
          maxLength={1000}
          placeholder="We are moving the receiver"
          value={reason}
          onChange={(event) => setReason(event.target.value)}
        />
      </label>
      <button
        type="submit"
        className="button button-main"
        disabled={make.isPending || reason.trim() === ''}
      >
        Silence
      </button>
      <FormRefusal error={make.error} />
    </form>
  )
}
