import { costItems, costOf, type Usage } from '../data/costs.ts'
import { formatBytes, formatValue } from '../time/format.ts'
import { AsOf } from '../ui/AsOf.tsx'
import { FigureTile } from '../ui/Tile.tsx'

/** It is measured once a day: from this age on two measurements did not happen. */
const staleMs = 49 * 3_600_000

/** What the whole org holds and did, and what that costs. */
export function CostTiles({
  total,
  money,
  measuredAt,
}: {
  total: Usage
  money: (amount: number | null) => string
  measuredAt: string
}) {
  return (
    <dl className="tiles">
      <FigureTile label="Cost" value={money(costOf(total))}>
        {costItems.map(({ field, name }) => `${name} ${money(total[field])}`).join(' · ')}
      </FigureTile>
      <FigureTile label="Bytes at rest" value={formatBytes(total.bytes_at_rest)}>
        <AsOf refreshedAt={measuredAt} staleMs={staleMs} />
      </FigureTile>
      <FigureTile label="Rows" value={formatValue(total.raw_rows, 'count')} />
      <FigureTile label="Events" value={formatValue(total.events, 'count')} />
      <FigureTile label="Function calls" value={formatValue(total.function_calls, 'count')} />
      <FigureTile label="Bytes out" value={formatBytes(total.bytes_out)} />
    </dl>
  )
}
