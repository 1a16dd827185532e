import type { InfiniteData, UseInfiniteQueryResult } from '@tanstack/react-query'
import { DataTable, type Column } from './DataTable.tsx'
import { Loaded } from './Loaded.tsx'
import { Empty, Panel } from './Panel.tsx'

/** Rows of the past, newest first, of one status or of all; older ones are read on the way down. */
export function History<Row extends { id: string }>({
  title,
  columns,
  query,
  status,
  statuses,
  onStatus,
}: {
  title: string
  columns: Column<Row>[]
  query: UseInfiniteQueryResult<InfiniteData<Row[]>>
  status: string | undefined
  statuses: { value: string; word: string }[]
  onStatus: (status: string | undefined) => void
}) {
  const { hasNextPage, isFetchingNextPage, fetchNextPage } = query
  return (
    <Panel
      title={title}
      aside={
        <span className="chips" role="group" aria-label="Show">
          {[{ value: undefined, word: 'All' }, ...statuses].map(({ value, word }) => (
            <button
              key={word}
              type="button"
              className="chip"
              aria-pressed={status === value}
              onClick={() => onStatus(value)}
            >
              {word}
            </button>
          ))}
        </span>
      }
      flush
    >
      <Loaded query={query} height="16rem">
        {({ pages }) => {
          const rows = pages.flat()
          if (rows.length === 0) {
            return (
              <Empty title={status === undefined ? 'Nothing yet' : `None ${status}`}>
                <p>What is tracked appears here at once.</p>
              </Empty>
            )
          }
          return (
            <>
              <DataTable
                label={title}
                columns={columns}
                rows={rows}
                keyOf={(row) => row.id}
                onEnd={() => {
                  if (hasNextPage && !isFetchingNextPage) void fetchNextPage()
                }}
              />
              <p className="history-end small soft">
                {isFetchingNextPage
                  ? 'Reading older ones …'
                  : hasNextPage
                    ? `${rows.length.toLocaleString()} read, older ones follow`
                    : `${rows.length.toLocaleString()} in all`}
              </p>
            </>
          )
        }}
      </Loaded>
    </Panel>
  )
}
