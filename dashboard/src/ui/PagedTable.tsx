import type { UseInfiniteQueryResult } from '@tanstack/react-query'
import { DataTable, type Column } from './DataTable.tsx'

/** Rows that are read page by page: the next ones on the way down. */
export function PagedTable<Row>({
  label,
  columns,
  rows,
  keyOf,
  query: { hasNextPage, isFetchingNextPage, fetchNextPage },
  others,
}: {
  label: string
  columns: Column<Row>[]
  rows: Row[]
  keyOf: (row: Row) => string
  query: Pick<
    UseInfiniteQueryResult<unknown>,
    'hasNextPage' | 'isFetchingNextPage' | 'fetchNextPage'
  >
  /** What those are that follow: for example "older". */
  others: string
}) {
  const count = rows.length.toLocaleString()
  return (
    <>
      <DataTable
        label={label}
        columns={columns}
        rows={rows}
        keyOf={keyOf}
        onEnd={() => {
          if (hasNextPage && !isFetchingNextPage) void fetchNextPage()
        }}
      />
      <p className="history-end small soft">
        {isFetchingNextPage
          ? `Reading ${others} ones …`
          : hasNextPage
            ? `${count} read, ${others} ones follow`
            : `${count} in all`}
      </p>
    </>
  )
}
