import { useQuery } from '@tanstack/react-query'
import { Navigate } from '@tanstack/react-router'
import { useProject } from '../app-context.ts'
import { orgsQuery } from '../data/orgs.ts'
import { lastOrg } from '../shell/last-org.ts'
import { Loaded } from '../ui/Loaded.tsx'
import { FirstOrg } from './FirstOrg.tsx'

/** Leads to the org that was looked at last, or to the making of the first one. */
export function Home() {
  const orgs = useQuery(orgsQuery(useProject()))
  return (
    <main className="front">
      <div className="front-card">
        <Loaded query={orgs} height="12rem">
          {(rows) => {
            const org = rows.find(({ id }) => id === lastOrg()) ?? rows[0]
            if (!org) return <FirstOrg />
            return <Navigate to="/orgs/$orgId" params={{ orgId: org.id }} replace />
          }}
        </Loaded>
      </div>
    </main>
  )
}
