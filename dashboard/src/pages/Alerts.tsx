import { useQuery } from '@tanstack/react-query'
import { useParams } from '@tanstack/react-router'
import { AlertList } from '../alerts/AlertList.tsx'
import { useProject } from '../app-context.ts'
import { openAlertsQuery } from '../data/alerts.ts'
import { Page } from '../shell/Page.tsx'
import { Loaded } from '../ui/Loaded.tsx'
import { Empty, Panel } from '../ui/Panel.tsx'

export function Alerts() {
  const { orgId } = useParams({ from: '/signed-in/orgs/$orgId' })
  const query = useQuery(openAlertsQuery(useProject(), orgId))
  return (
    <Page title="Alerts">
      <Panel title="Open" flush>
        <Loaded query={query} height="8rem">
          {({ rows }) =>
            rows.length === 0 ? (
              <Empty title="No alert is open" />
            ) : (
              <AlertList orgId={orgId} alerts={rows} />
            )
          }
        </Loaded>
      </Panel>
    </Page>
  )
}
