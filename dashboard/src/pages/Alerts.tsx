import { useQuery } from '@tanstack/react-query'
import { Link, useParams, useSearch } from '@tanstack/react-router'
import { AlertHistory } from '../alerts/AlertHistory.tsx'
import { AlertList } from '../alerts/AlertList.tsx'
import { Silences } from '../alerts/Silences.tsx'
import '../alerts/alerts.css'
import { useProject } from '../app-context.ts'
import { openAlertsQuery } from '../data/alerts.ts'
import { Page } from '../shell/Page.tsx'
import { Loaded } from '../ui/Loaded.tsx'
import { Empty, Panel } from '../ui/Panel.tsx'

const tabs = [
  [undefined, 'Open'],
  ['history', 'History'],
  ['silences', 'Silences'],
] as const

/** What is wrong, what was, and what nobody is told of. */
export function Alerts() {
  const { orgId } = useParams({ from: '/signed-in/orgs/$orgId' })
  const { tab } = useSearch({ from: '/signed-in/orgs/$orgId/alerts' })
  return (
    <Page title="Alerts">
      <nav className="tabs" aria-label="Alerts">
        {tabs.map(([value, word]) => (
          <Link
            key={word}
            to="/orgs/$orgId/alerts"
            params={{ orgId }}
            search={{ tab: value }}
            activeOptions={{ exact: true, includeSearch: false }}
            aria-current={tab === value ? 'page' : undefined}
            activeProps={{}}
          >
            {word}
          </Link>
        ))}
      </nav>
      {tab === 'history' ? (
        <AlertHistory orgId={orgId} />
      ) : tab === 'silences' ? (
        <Silences orgId={orgId} />
      ) : (
        <OpenAlerts orgId={orgId} />
      )}
    </Page>
  )
}

function OpenAlerts({ orgId }: { orgId: string }) {
  const query = useQuery(openAlertsQuery(useProject(), orgId))
  return (
    <Panel title="Open alerts" flush>
      <Loaded query={query} height="8rem">
        {({ rows }) =>
          rows.length === 0 ? (
            <Empty title="No alert is open">
              <p>What was wrong before stands in the history.</p>
            </Empty>
          ) : (
            <AlertList orgId={orgId} alerts={rows} />
          )
        }
      </Loaded>
    </Panel>
  )
}
