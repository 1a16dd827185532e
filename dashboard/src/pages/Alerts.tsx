import { useQuery } from '@tanstack/react-query'
import { useNavigate, useParams, useSearch } from '@tanstack/react-router'
import { AlertHistory } from '../alerts/AlertHistory.tsx'
import { AlertList } from '../alerts/AlertList.tsx'
import { Channels } from '../alerts/Channels.tsx'
import { Silences } from '../alerts/Silences.tsx'
import '../alerts/alerts.css'
import { useProject } from '../app-context.ts'
import { openAlertsQuery } from '../data/alerts.ts'
import { Page } from '../shell/Page.tsx'
import { Loaded } from '../ui/Loaded.tsx'
import { Empty, Panel } from '../ui/Panel.tsx'
import { Chips } from '../ui/Chips.tsx'

const tabs = [
  { value: undefined, word: 'Open' },
  { value: 'history', word: 'History' },
  { value: 'silences', word: 'Silences' },
  { value: 'channels', word: 'Channels' },
] as const

/** What is wrong, what was, what nobody is told of, and where the rest is told. */
export function Alerts() {
  const { orgId } = useParams({ from: '/signed-in/orgs/$orgId' })
  const { tab } = useSearch({ from: '/signed-in/orgs/$orgId/alerts' })
  const navigate = useNavigate({ from: '/orgs/$orgId/alerts' })
  return (
    <Page title="Alerts">
      <Chips
        choices={tabs}
        chosen={tab}
        onChoose={(value) => void navigate({ search: (previous) => ({ ...previous, tab: value }) })}
      />
      {tab === 'history' ? (
        <AlertHistory orgId={orgId} />
      ) : tab === 'silences' ? (
        <Silences orgId={orgId} />
      ) : tab === 'channels' ? (
        <Channels orgId={orgId} />
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
