import { useQuery } from '@tanstack/react-query'
import { useNavigate, useParams, useSearch } from '@tanstack/react-router'
import '../alerts/alerts.css'
import { useProject } from '../app-context.ts'
import { insightsQuery } from '../data/insights.ts'
import { InsightKinds } from '../insights/InsightKinds.tsx'
import { InsightList } from '../insights/InsightList.tsx'
import { Page } from '../shell/Page.tsx'
import { Loaded } from '../ui/Loaded.tsx'
import { Empty, Panel } from '../ui/Panel.tsx'
import { Chips } from '../ui/Chips.tsx'

const choices = [
  { value: undefined, word: 'Now' },
  { value: 'all', word: 'Ended too' },
] as const

/** What is unusual, will break, got slower or costs: one sentence each, and an answer to it. */
export function Insights() {
  const { orgId } = useParams({ from: '/signed-in/orgs/$orgId' })
  const { show } = useSearch({ from: '/signed-in/orgs/$orgId/insights' })
  const navigate = useNavigate({ from: '/orgs/$orgId/insights' })
  const query = useQuery(insightsQuery(useProject(), orgId, show === 'all' ? 'all' : 'open'))
  return (
    <Page title="Insights">
      <Panel
        title="What is so"
        aside={
          <Chips
            choices={choices}
            chosen={show}
            onChoose={(value) =>
              void navigate({ search: (previous) => ({ ...previous, show: value }) })
            }
          />
        }
        flush
      >
        <Loaded query={query} height="16rem">
          {({ rows }) =>
            rows.length > 0 ? (
              <InsightList orgId={orgId} insights={rows} />
            ) : (
              <Empty title="Nothing to tell">
                <p>
                  What is unusual, will run out, costs more than it must, or became worse with a
                  deploy appears here. Report deploys with an event of the type <code>deploy</code>.
                </p>
              </Empty>
            )
          }
        </Loaded>
      </Panel>
      <InsightKinds orgId={orgId} />
    </Page>
  )
}
