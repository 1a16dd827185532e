import { useInfiniteQuery } from '@tanstack/react-query'
import { useParams } from '@tanstack/react-router'
import { useProject } from '../app-context.ts'
import { CostTable } from '../costs/CostTable.tsx'
import { CostTiles } from '../costs/CostTiles.tsx'
import { Savings } from '../costs/Savings.tsx'
import { costsQuery } from '../data/costs.ts'
import { Page } from '../shell/Page.tsx'
import { useRange } from '../shell/RangePicker.tsx'
import { moneyFormatter } from '../time/format.ts'
import { nameOfRange } from '../time/range.ts'
import { Loaded } from '../ui/Loaded.tsx'
import { Empty, Panel } from '../ui/Panel.tsx'

/** Bills are by the month. */
const usual = '30d'

/** What the org holds, does and pays for it, of what most, and what would save. */
export function Costs() {
  const { orgId } = useParams({ from: '/signed-in/orgs/$orgId' })
  const [range] = useRange(usual)
  const query = useInfiniteQuery(costsQuery(useProject(), orgId, range))
  return (
    <Page title="Costs" ranged={usual}>
      <Loaded query={query} height="24rem">
        {({ pages }) => {
          const [first] = pages
          if (!first?.measured_at) return <NotMeasured />
          const money = moneyFormatter(first.currency)
          return (
            <>
              <CostTiles total={first.total} money={money} measuredAt={first.measured_at} />
              <Savings orgId={orgId} />
              <Panel
                title="Who holds and uses what"
                aside={`whole hours of ${nameOfRange(range)}, of routes whole days`}
                flush
              >
                <CostTable
                  orgId={orgId}
                  rows={pages.flatMap(({ resources }) => resources)}
                  money={money}
                  query={query}
                />
              </Panel>
            </>
          )
        }}
      </Loaded>
    </Page>
  )
}

function NotMeasured() {
  return (
    <div className="panel">
      <Empty title="Nothing has been measured yet">
        <p>
          What everyone holds is measured once a day, at 03:57 UTC. Until then neither bytes nor
          costs are known.
        </p>
      </Empty>
    </div>
  )
}
