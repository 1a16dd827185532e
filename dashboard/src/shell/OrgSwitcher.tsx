import { useNavigate } from '@tanstack/react-router'
import { useEffect } from 'react'
import type { Org } from '../data/orgs.ts'
import { rememberOrg } from './last-org.ts'

/** Which org is looked at; who is in one alone just reads its name. */
export function OrgSwitcher({ orgs, orgId }: { orgs: Org[]; orgId: string }) {
  const navigate = useNavigate()
  useEffect(() => rememberOrg(orgId), [orgId])
  const [first] = orgs
  if (orgs.length <= 1) return <div className="org-name">{first?.name ?? ' '}</div>
  return (
    <select
      className="org-select"
      aria-label="Organisation"
      value={orgId}
      onChange={(event) =>
        void navigate({ to: '/orgs/$orgId', params: { orgId: event.target.value } })
      }
    >
      {orgs.map((org) => (
        <option key={org.id} value={org.id}>
          {org.name}
        </option>
      ))}
    </select>
  )
}
