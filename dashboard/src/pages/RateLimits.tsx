import { useQuery } from '@tanstack/react-query'
import { useNavigate, useParams, useSearch } from '@tanstack/react-router'
import { useProject } from '../app-context.ts'
import { rateLimitsQuery } from '../data/metrics.ts'
import { RateLimitTable } from '../rate-limits/RateLimitTable.tsx'
import { Page } from '../shell/Page.tsx'
import { Loaded } from '../ui/Loaded.tsx'
import { Empty, Panel } from '../ui/Panel.tsx'
import { Chips } from '../ui/Chips.tsx'

const choices = [
  { value: undefined, word: 'All' },
  { value: 'pressed', word: 'Nearly used up' },
] as const

/** How much of each limit is used at this moment. */
export function RateLimits() {
  const { orgId } = useParams({ from: '/signed-in/orgs/$orgId' })
  const { sort = '-utilization', show } = useSearch({ from: '/signed-in/orgs/$orgId/rate-limits' })
  const navigate = useNavigate({ from: '/orgs/$orgId/rate-limits' })
  const query = useQuery(rateLimitsQuery(useProject(), orgId))
  return (
    <Page title="Rate limits">
      <Panel
        title="Rate limit pressure"
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
          {({ rows }) => {
            const shown = rows.filter((row) => show === undefined || row.status !== 'normal')
            if (shown.length > 0) {
              return (
                <RateLimitTable
                  rows={shown}
                  sort={sort}
                  onSort={(next) =>
                    void navigate({ search: (previous) => ({ ...previous, sort: next }) })
                  }
                />
              )
            }
            return rows.length > 0 ? (
              <Empty title="Room everywhere">
                <p>No limit is nearly used up.</p>
              </Empty>
            ) : (
              <Empty title="No window is open">
                <p>
                  A limit appears here while its window is open. Report one with an event of the
                  type <code>rate_limit</code>.
                </p>
              </Empty>
            )
          }}
        </Loaded>
      </Panel>
    </Page>
  )
}
