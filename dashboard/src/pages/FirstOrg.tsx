import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useState, type FormEvent } from 'react'
import { useProject } from '../app-context.ts'
import { createOrg } from '../data/orgs.ts'
import { Brand } from '../shell/Brand.tsx'
import { FormRefusal } from '../ui/Refusal.tsx'

/** Who belongs to no org yet makes one, or is invited to one. */
export function FirstOrg() {
  const project = useProject()
  const client = useQueryClient()
  const navigate = useNavigate()
  const [name, setName] = useState('')
  const create = useMutation({
    mutationFn: () => createOrg(project, name.trim()),
    onSuccess: async (orgId) => {
      await client.invalidateQueries({ queryKey: ['orgs'] })
      await navigate({ to: '/orgs/$orgId', params: { orgId } })
    },
  })
  const submit = (event: FormEvent): void => {
    event.preventDefault()
    create.mutate()
  }
  return (
    <form className="stack" onSubmit={submit}>
      <Brand />
      <div>
        <h1>Your first organisation</h1>
        <p className="soft">
          Webhooks, rules and alerts belong to one. Or ask a colleague to add you to theirs, then
          load this page again.
        </p>
      </div>
      <label className="field">
        Name
        <input
          required
          maxLength={200}
          value={name}
          onChange={(event) => setName(event.target.value)}
          autoComplete="organization"
        />
      </label>
      <FormRefusal error={create.error} />
      <button
        type="submit"
        className="button button-main"
        disabled={create.isPending || name.trim() === ''}
      >
        Create organisation
      </button>
    </form>
  )
}
