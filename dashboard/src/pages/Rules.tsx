import { useQuery } from '@tanstack/react-query'
import { useNavigate, useParams, useSearch } from '@tanstack/react-router'
import { useProject } from '../app-context.ts'
import { rulesQuery } from '../data/metrics.ts'
import { NoRules } from '../rules/NoRules.tsx'
import { RuleTable } from '../rules/RuleTable.tsx'
import { Page } from '../shell/Page.tsx'
import { RefreshedAsOf } from '../ui/AsOf.tsx'
import { FilterBar } from '../ui/FilterBar.tsx'
import { Loaded } from '../ui/Loaded.tsx'
import { Empty, Panel } from '../ui/Panel.tsx'

/** Every automation rule of the org, and what it brings about. */
export function Rules() {
  const { orgId } = useParams({ from: '/signed-in/orgs/$orgId' })
  const {
    find = '',
    state,
    sort = '-triggers',
  } = useSearch({ from: '/signed-in/orgs/$orgId/rules' })
  const navigate = useNavigate({ from: '/orgs/$orgId/rules' })
  const query = useQuery(rulesQuery(useProject(), orgId))
  return (
    <Page title="Rules">
      <Loaded query={query} height="24rem">
        {({ rows, refreshedAt }) => {
          if (rows.length === 0) return <NoRules />
          const found = rows.filter(({ rule_name, rule_type }) =>
            `${rule_name} ${rule_type}`.toLowerCase().includes(find.toLowerCase()),
          )
          const shown = found.filter(
            ({ enabled }) => state === undefined || enabled === (state === 'enabled'),
          )
          const countOf = (enabled: boolean): number =>
            found.filter((row) => row.enabled === enabled).length
          return (
            <>
              <FilterBar
                label="Find a rule"
                find={find}
                choice={state}
                choices={[
                  { value: 'enabled', word: 'Enabled', count: countOf(true) },
                  { value: 'disabled', word: 'Disabled', count: countOf(false) },
                ]}
                onFind={(text) =>
                  void navigate({
                    search: (previous) => ({ ...previous, find: text || undefined }),
                    replace: true,
                  })
                }
                onChoose={(value) =>
                  void navigate({ search: (previous) => ({ ...previous, state: value }) })
                }
              />
              <Panel
                title="Automation rule effectiveness"
                aside={<RefreshedAsOf refreshedAt={refreshedAt} />}
                flush
              >
                {shown.length === 0 ? (
                  <Empty title="None is like that" />
                ) : (
                  <RuleTable
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
