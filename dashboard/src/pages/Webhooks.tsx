import { useQuery } from '@tanstack/react-query'
import { useNavigate, useParams, useSearch } from '@tanstack/react-router'
import { useProject } from '../app-context.ts'
import { now } from '../data/clock.ts'
import { webhooksQuery, type Health } from '../data/metrics.ts'
import { Page } from '../shell/Page.tsx'
import { RefreshedAsOf } from '../ui/AsOf.tsx'
import { FilterBar } from '../ui/FilterBar.tsx'
import { Loaded } from '../ui/Loaded.tsx'
import { Empty, Panel } from '../ui/Panel.tsx'
import { isLike } from '../webhooks/filter.ts'
import { NoWebhooks } from '../webhooks/NoWebhooks.tsx'
import { Thresholds } from '../webhooks/Thresholds.tsx'
import { WebhookTable } from '../webhooks/WebhookTable.tsx'

const healths: Record<Health, string> = {
  critical: 'Critical',
  warning: 'Warning',
  inactive: 'Inactive',
  healthy: 'Healthy',
  disabled: 'Disabled',
}

/** Every webhook of the org, to be sorted and filtered. */
export function Webhooks() {
  const { orgId } = useParams({ from: '/signed-in/orgs/$orgId' })
  const {
    health,
    sort = '-failures_24h',
    ...filter
  } = useSearch({ from: '/signed-in/orgs/$orgId/webhooks' })
  const navigate = useNavigate({ from: '/orgs/$orgId/webhooks' })
  const query = useQuery(webhooksQuery(useProject(), orgId))
  return (
    <Page title="Webhooks">
      <Loaded query={query} height="24rem">
        {({ rows, refreshedAt }) => {
          if (rows.length === 0) return <NoWebhooks />
          const found = rows.filter((row) => isLike(row, filter, now()))
          const shown = found.filter((row) => health === undefined || row.health_status === health)
          return (
            <>
              <FilterBar
                label="Find a webhook"
                find={filter.find ?? ''}
                choice={health}
                choices={Object.entries(healths).map(([value, word]) => ({
                  value,
                  word,
                  count: found.filter((row) => row.health_status === value).length,
                }))}
                onFind={(text) =>
                  void navigate({
                    search: (previous) => ({ ...previous, find: text || undefined }),
                    replace: true,
                  })
                }
                onChoose={(value) =>
                  void navigate({ search: (previous) => ({ ...previous, health: value }) })
                }
              />
              <Thresholds
                filter={filter}
                onChange={(changes) =>
                  void navigate({
                    search: (previous) => ({ ...previous, ...changes }),
                    replace: true,
                  })
                }
              />
              <Panel
                title={`${shown.length.toLocaleString()} ${shown.length === 1 ? 'webhook' : 'webhooks'}`}
                aside={<RefreshedAsOf refreshedAt={refreshedAt} />}
                flush
              >
                {shown.length === 0 ? (
                  <Empty title="None is like that">
                    <p>Another word, health or threshold may find some.</p>
                  </Empty>
                ) : (
                  <WebhookTable
                    orgId={orgId}
                    rows={shown}
                    sort={sort}
                    onSort={(next) =>
                      void navigate({ search: (previous) => ({ ...previous, sort: next }) })
                    }
                  />
                )}
              </Panel>
            </>
          )
        }}
      </Loaded>
    </Page>
  )
}
