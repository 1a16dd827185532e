import { useQuery } from '@tanstack/react-query'
import { Outlet, useParams } from '@tanstack/react-router'
import { useApp } from '../app-context.ts'
import { orgsQuery } from '../data/orgs.ts'
import { NotFound } from '../pages/NotFound.tsx'
import { Failure } from '../ui/Loaded.tsx'
import { Brand } from './Brand.tsx'
import { Navigation } from './Navigation.tsx'
import { OrgSwitcher } from './OrgSwitcher.tsx'
import { UserMenu } from './UserMenu.tsx'
import './shell.css'

/** What stands around every page of an org: whose numbers these are, and where else to look. */
export function Shell() {
  const { project } = useApp()
  const orgs = useQuery(orgsQuery(project))
  const { orgId } = useParams({ from: '/signed-in/orgs/$orgId' })
  const isMine = orgs.data?.some((org) => org.id === orgId)
  return (
    <>
      <a
        href="#main"
        className="skip-link"
        onClick={(event) => {
          // The fragment is the page's own address: go there without changing it.
          event.preventDefault()
          document.getElementById('main')?.focus()
        }}
      >
        Skip to content
      </a>
      <div className="shell">
        <header className="side">
          <Brand />
          <OrgSwitcher orgs={orgs.data ?? []} orgId={orgId} />
          <Navigation orgId={orgId} />
          <UserMenu />
        </header>
        <main id="main" tabIndex={-1}>
          {orgs.error && !orgs.data ? (
            <Failure error={orgs.error} again={() => void orgs.refetch()} busy={orgs.isFetching} />
          ) : isMine === false ? (
            <NotFound />
          ) : (
            // Another org's page is another page: nothing of the one before may be seen on it.
            <Outlet key={orgId} />
          )}
        </main>
      </div>
    </>
  )
}
